"""The format of rules.yaml as a JSON Schema, so that editors complete and explain the file.

Made from the table in `format`; `schema.json` beside it is what is shipped. An editor must never mark
what `load` accepts, so the schema is the wider of the two: it knows nothing of what depends on another
key, such as the names of backups. Run as a module, it writes `schema.json` anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import format as fmt
from . import values
from .shapes import Choice, Either, Key, Lazy, ListOf, Named, Section, Text

Schema = dict[str, Any]

SHIPPED = Path(__file__).parent / "schema.json"

# Every scalar is read as it is written; to an editor 17 is a number all the same.
_ANY_SCALAR: Schema = {"type": ["string", "number", "boolean"]}

_TEXTS: dict[Callable[[str], Any], Schema] = {
    values.flag: {"type": ["boolean", "string"], "pattern": "^(true|false)$"},
    values.duration: {
        "type": "string",
        "pattern": "^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$",
        "examples": ["90s", "15m", "2h15m", "3d"],
    },
    values.size: {"type": "string", "pattern": "^\\d+ ?[kKMG]B$", "examples": ["500kB", "10MB"]},
    values.clock_time: {
        "type": "string",
        "pattern": "^([01]?\\d|2[0-3]):[0-5]\\d$",
        "examples": ["09:00", "17:00"],
    },
    values.moment: {
        "type": "string",
        "pattern": "^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}.*)?$",
        "examples": ["2026-12-19", "2026-12-19T17:00", "2026-12-19T17:00+01:00"],
    },
    values.day: {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$", "examples": ["2027-05-01"]},
    values.country: {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "examples": ["BE", "DE-BY"]},
    values.working_hours: {"type": "string", "examples": ["mon-fri 09:00-17:30", "mon,wed 13:00-24:00"]},
    values.time_zone: {"type": "string", "examples": ["Europe/Brussels", "Europe/Berlin", "Europe/London"]},
    values.address: {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"},
    values.address_pattern: {
        **_ANY_SCALAR,
        "examples": ["jan@acme.example", "@acme.example", "*@*.acme.example"],
    },
    values.keyword: {**_ANY_SCALAR, "examples": ["bestelling", "*offerte*", "purchase order", "/PO-\\d{4}/"]},
}


def json_schema() -> Schema:
    """The whole format (JSON Schema draft 7, which editors know best)."""
    made = _Maker()
    root = made.section(fmt.FILE_FORMAT)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "delegator's rules.yaml",
        "description": "Who is away, who takes over, and what becomes of which mail.",
        **root,
        "definitions": made.definitions,
    }


class _Maker:
    """Turns shapes into schemas; those that hold themselves become definitions."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def of(self, shape: Any, name: str = "") -> Schema:
        """name: of the key that has this shape, for a definition."""
        match shape:
            case Text(parse):
                if isinstance(parse, values.WholeNumber):
                    bounds = {"minimum": parse.least, "maximum": parse.most}
                    return {"type": ["integer", "string"], "pattern": "^\\d+$", **bounds}
                return dict(_TEXTS.get(parse, _ANY_SCALAR))
            case Choice(words):
                return {"enum": list(words)}
            case ListOf(item, filled):
                one = self.defined(name, item) if isinstance(item, Section) else self.of(item)
                several: Schema = {"type": "array", "items": one}
                if filled:
                    return {"anyOf": [one, {**several, "minItems": 1}]}
                return {"anyOf": [one, several, {"type": "null"}]}
            case Either(text, section):
                return {"anyOf": [self.of(text), self.of(section)]}
            case Named(read_name, item):
                named: Schema = {"type": ["object", "null"], "additionalProperties": self.of(item)}
                if read_name is values.backup_key:
                    named["propertyNames"] = {"pattern": "^[a-z][a-z0-9_-]{0,59}$"}
                return named
            case Section():
                return self.defined("conditions", shape) if shape is fmt.CONDITIONS else self.section(shape)
            case Lazy():
                return self.of(shape.shape())
            case fmt.Secret(section) if section is fmt.TOKEN_SHAPE.section:
                return self.section(section)
            case fmt.Secret(section):
                return {**self.section(section), "minProperties": 1, "maxProperties": 1}
            case _:
                raise TypeError(f"no schema for {shape!r}")

    def defined(self, name: str, section: Section) -> Schema:
        """A reference to a section that stands in the definitions, once."""
        if name not in self.definitions:
            self.definitions[name] = {}  # it may hold itself
            self.definitions[name] = self.section(section)
        return {"$ref": f"#/definitions/{name}"}

    def section(self, section: Section) -> Schema:
        required = [key.name for key in section.keys if key.required]
        if section is fmt.FILE_FORMAT:
            required = [name for name in required if name not in ("away", "account")]
        made: Schema = {
            "type": "object" if required else ["object", "null"],
            "properties": {key.name: self.key(key) for key in section.keys},
            "additionalProperties": False,
        }
        if required:
            made["required"] = required
        return made

    def key(self, key: Key[Any]) -> Schema:
        made = self.of(key.shape, key.name)
        # Beside a $ref nothing else counts in draft 7.
        made = {"allOf": [made]} if "$ref" in made else made
        default = {} if key.default is None else {"default": key.default}
        return {"description": describe(key), **made, **default}


def describe(key: Key[Any]) -> str:
    """What a key is for, in whole sentences."""
    is_value = key.about.startswith(("true: ", "tls, "))  # which stays as it is written
    about = key.about if is_value else key.about[:1].upper() + key.about[1:]
    return f"{about}. {key.more}".rstrip()


def to_json() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SHIPPED.write_text(to_json(), "utf-8")
