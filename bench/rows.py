"""One line of docs/performance.md: what a script measured, and what it is held to.

Every script of bench/ that takes `--json` prints a list of these on stdout, as `Row.to_dict` has them, and
nothing else there; progress goes to stderr. `make bench` calls the scripts in turn and puts their rows into
one table, in the order that it got them. A script exits 0 when it could measure, whether or not the aim is
met; with another status it was not able to, and is named as left out with the last line of its stderr.
Every script takes a size small enough to be over in seconds, for the tests.

    rows = [
        Row("arrival to accepted forward, median", ours=31.0, unit="ms", floor=22.5,
            peers={"fetchmail --idle": 70.1}, held=8.5, aim=10, aim_text="floor + 10 ms"),
        Row("submission of 3 MB", ours=0.9, unit="s", floor=0.5, peers={"smtplib": 1.2},
            held=0.55, aim=0.6, at_least=True, aim_text=">= 0.6 of smtp-source's speed"),
    ]
    print_rows(rows, as_json=options.json)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """row: what was measured, unique. ours, floor and peers: in `unit`, less is better; None: not there, or
    not to be had. held: what the aim is about: a ratio or a difference to the floor or a peer, in
    the words of `aim_text`; None: `ours` itself. at_least: the aim is a lower bound. checked: what was seen
    to be the same before it was compared. note: one sentence of what has to be known to read the figures,
    such as the reason why an aim is not met.
    """

    row: str
    ours: float
    unit: str
    floor: float | None = None
    peers: Mapping[str, float | None] = field(default_factory=dict)
    held: float | None = None
    aim: float | None = None
    at_least: bool = False
    aim_text: str = ""
    checked: str = ""
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """None: nothing is aimed at."""
        if self.aim is None:
            return None
        value = self.ours if self.held is None else self.held
        return value >= self.aim if self.at_least else value <= self.aim

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"peers": dict(self.peers), "met": self.is_met}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Row:
        return cls(**{name: value for name, value in values.items() if name != "met"})

    @property
    def held_text(self) -> str:
        return number_text(self.ours if self.held is None else self.held)


def number_text(value: float | None) -> str:
    """Three digits that count: 0.123, 1.23, 12.3, 123, 12,345."""
    if value is None:
        return "–"
    size = abs(value)
    digits = 3 if 0 < size < 0.1 else 2 if size < 10 else 1 if size < 100 else 0
    return f"{value:,.{digits}f}"


def table(rows: Iterable[Row]) -> str:
    """As Markdown. What a peer does better than we is in bold; 2× is: we take twice as much."""
    lines = [
        "| what | ours | floor | peers | held to the aim | aim | |",
        "| --- | ---: | --- | --- | ---: | --- | --- |",
    ]
    for row in rows:
        peers = ", ".join(f"{name} {_beside(row, value)}" for name, value in row.peers.items())
        met = {True: "met", False: "**not met**", None: ""}[row.is_met]
        floor = "" if row.floor is None else _beside(row, row.floor, is_peer=False)
        held = row.held_text if row.aim is not None else ""
        ours = f"{number_text(row.ours)} {row.unit}"
        lines.append(f"| {row.row} | {ours} | {floor} | {peers} | {held} | {row.aim_text} | {met} |")
    return "\n".join(lines)


def _beside(row: Row, value: float | None, *, is_peer: bool = True) -> str:
    """A figure and what ours is in times of it."""
    if value is None:
        return "left out"
    text = number_text(value)
    if is_peer and value < row.ours:
        text = f"**{text}**"
    return f"{text} ({number_text(row.ours / value)}×)" if value > 0 else text


def print_rows(rows: Iterable[Row], *, as_json: bool) -> None:
    """What a script prints at its end."""
    rows = list(rows)
    print(json.dumps([row.to_dict() for row in rows], indent=1) if as_json else table(rows))
