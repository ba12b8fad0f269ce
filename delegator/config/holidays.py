"""Public holidays, by the codes of the `holidays` package: "BE", "DE-BY"."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def _of_year(code: str, year: int) -> Container[date]:
    import holidays

    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


def is_holiday(code: str, day: date) -> bool:
    """Whether a local day is a public holiday. code: one that the configuration has accepted."""
    return day in _of_year(code, day.year)
