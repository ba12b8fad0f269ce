"""Public holidays, by the codes of the `holidays` package: ISO 3166-1 alpha-2 ("BE"), ISO 3166-2 ("DE-BY").

The package is imported on first use (70 ms), for most commands and many configurations need none.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from functools import lru_cache


def is_holiday(code: str, day: date) -> bool:
    """Whether a local day is a public holiday. code: one that `is_known`."""
    return day in _of_year(code, day.year)


def is_known(code: str) -> bool:
    """Whether the public holidays of a country, or of a part of one, are known."""
    try:
        _of_year(code, 2026)
    except NotImplementedError:
        return False
    return True


def known_parts(country: str) -> tuple[str, ...]:
    """The codes of the parts of a country that have holidays of their own; () if there are none."""
    from holidays import list_supported_countries

    parts = list_supported_countries(include_aliases=False).get(country, ())
    return tuple(f"{country}-{part}" for part in parts if part.isalnum() and len(part) <= 3)


@lru_cache(maxsize=64)
def _of_year(code: str, year: int) -> Container[date]:
    from holidays import country_holidays

    country, _, part = code.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))
