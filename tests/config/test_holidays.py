from __future__ import annotations

from datetime import date

import pytest

from delegator.config.holidays import is_holiday, is_known, known_parts
from delegator.config.shapes import Invalid
from delegator.config.values import country


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("BE", date(2026, 11, 11), True),
        ("NL", date(2026, 11, 11), False),
        ("BE", date(2026, 11, 12), False),
        ("FR", date(2027, 7, 14), True),
        ("DE", date(2026, 1, 6), False),
        ("DE-BY", date(2026, 1, 6), True),
        ("GB-SCT", date(2026, 11, 30), True),
    ],
)
def test_public_holidays(code: str, day: date, expected: bool) -> None:
    """Holidays are a country's, or those of a part of one that has its own."""
    assert is_holiday(code, day) is expected


def test_known_codes() -> None:
    """Those that have holidays; a country's parts only where they differ."""
    assert is_known("BE")
    assert not is_known("XX")
    assert not is_known("BE-VLG")
    assert "DE-BY" in known_parts("DE")
    assert known_parts("XX") == ()


@pytest.mark.parametrize(
    ("text", "to_do"),
    [
        ("be", 'did you mean "BE"?'),
        ("Belgium", "write two capitals like BE, or with a region like DE-BY"),
        ("XX", "write the two capitals of a country, like BE, NL or DE (ISO 3166)"),
        ("BE-VLG", "write BE, for all of it"),
        ("GB-XXX", "write GB, or one of GB-ENG, GB-NIR, GB-SCT, GB-WLS"),
    ],
)
def test_an_unknown_code_says_what_to_write(text: str, to_do: str) -> None:
    """Before the absence, not at the first deadline."""
    with pytest.raises(Invalid) as raised:
        country(text)
    assert raised.value.to_do == to_do
