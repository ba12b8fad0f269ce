"""How much is tried: a little in `make test`, all of it in `make torture`, from a seed that can be given."""

from __future__ import annotations

import os

SEED = int(os.environ.get("TORTURE_SEED", "20261128"))
SHARE = int(os.environ.get("TORTURE_SIZE", "0"))
"""Percent of the full run; 0 for the little that `make test` tries."""


def so_many(few: int, all_of_them: int) -> int:
    """How many to try: few in `make test`, and in `make torture` its share of all."""
    return max(few, all_of_them * SHARE // 100)
