"""Writes the reference tables of rules.md from the format: `python -m scripts.make_reference`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from delegator.config import format as fmt
from delegator.config import values
from delegator.config.schema import describe
from delegator.config.shapes import Choice, Either, Key, Lazy, ListOf, Named, Section, Text

PAGE = Path(__file__).parent.parent / "docs" / "rules.md"
BEGIN, END = "<!-- reference: made by `python -m scripts.make_reference` -->", "<!-- end of reference -->"

SECTIONS: tuple[tuple[str, tuple[Key[Any], ...]], ...] = (
    ("The file", fmt.FILE_FORMAT.keys),
    ("A rule", fmt.RULE.keys),
    ("Conditions, under `when`, `any`, `all` and `not`", fmt.CONDITIONS.keys),
    ("In place of an address", (fmt.LIST,)),
    ("`owner`", fmt.OWNER.keys),
    ("`away`, of the owner and of a backup", (fmt.FROM, fmt.UNTIL)),
    ("A backup", fmt.BACKUP.keys),
    ("`account`", fmt.ACCOUNT.keys),
    ("`imap` and `smtp`", fmt.SMTP.keys),
    ("`password`: exactly one of", fmt.SECRET_KINDS),
    ("`token`", fmt.TOKEN_KINDS),
    ("`follow_up`", fmt.FOLLOW_UP.keys),
    ("`review`", fmt.REVIEW.keys),
    ("`to_do`", (fmt.TO_DO_FILE, fmt.TO_DO_MAIL, fmt.PRESET, fmt.TAGS)),
    ("`alert`", fmt.ALERT.keys),
    ("`expect`", fmt.EXPECTATION.keys),
    ("A mail under `expect`", fmt.TESTED_MAIL.keys),
)

_WRITTEN: dict[Callable[[str], Any], str] = {
    values.line: "text",
    values.moment: "`2026-12-19`, `2026-12-19T17:00`",
    values.duration: "`90s`, `15m`, `2h15m`, `3d`",
    values.clock_time: '`"09:00"`',
    values.size: "`500kB`, `10MB`",
    values.working_hours: "`mon-fri 09:00-17:30`",
    values.country: "`BE`, `DE-BY`",
    values.keyword: '`word`, `"*word*"`, `a phrase`, `/expression/`',
    values.address_pattern: '`jan@acme.example`, `"@acme.example"`',
    values.flag: "`true`, `false`",
}


def reference() -> str:
    """The tables, one a section."""
    tables = []
    for title, keys in SECTIONS:
        rows = [f"| `{key.name}` | {_written(key.shape)} | {_meaning(key)} |" for key in keys]
        tables.append(
            "\n".join([f"### {title}", "", "| Key | Write | Means |", "| --- | --- | --- |", *rows])
        )
    return "\n\n".join(tables)


def _meaning(key: Key[Any]) -> str:
    required = " **Required.**" if key.required else ""
    if key.default is None:
        return f"{describe(key)}{required}"
    default = key.default if isinstance(key.default, str) else json.dumps(key.default)
    return f"{describe(key)} Default: `{default}`."


def _written(shape: Any) -> str:
    match shape:
        case Text(values.WholeNumber(least, most)):
            return f"{least} to {most}"
        case Text(parse, expected):
            return _WRITTEN.get(parse, expected if expected != "one value" else "text")
        case Choice(words):
            return ", ".join(f"`{word}`" for word in words)
        case ListOf(item):
            return f"{_written(item)}; or a list" if not isinstance(item, Section | Lazy) else _written(item)
        case Either(text):
            return f"{_written(text)}, `{{list: NAME}}`"
        case Named(_, item):
            return f"`NAME: …`, each {_written(item)}"
        case Section() | fmt.Secret():
            return "see below"
        case Lazy():
            return "conditions; or a list of them"
        case _:
            raise TypeError(f"no words for {shape!r}")


def _lines(page: str) -> Iterator[str]:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    yield from (before, BEGIN, "\n\n", reference(), "\n\n", END, after)


def current_page() -> str:
    """The page as it should be."""
    return "".join(_lines(PAGE.read_text("utf-8")))


if __name__ == "__main__":
    PAGE.write_text(current_page(), "utf-8")
