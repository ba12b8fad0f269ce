"""Data classes as the standard library's, but quicker to load and to make.

The standard library writes and compiles up to six methods for each class that is loaded, called or not. That
is a third of a millisecond, which for a hundred classes is more than all else of them takes. Here `__init__`
is written when it is first called, and the other methods are the same functions for all. A frozen class also
gives each field its value in one call and not two, which takes a third of the time off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool, kw_only: bool = False) -> Callable[[type], type]:
        """As `dataclasses.dataclass`, with slots. What the class itself defines stays."""
        assert slots

        def make(cls: type) -> type:
            own = dict(vars(cls))
            cls.__doc__ = (
                own["__doc__"] or cls.__name__
            )  # else its signature, which takes as long as a method
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
            compared = [field.name for field in fields(cls) if field.compare]
            cls.__compared__ = attrgetter(*(compared or ["__class__"]))
            methods = {"__init__": _first_init(cls, frozen), "__repr__": _repr, "__eq__": _is_equal}
            for name, method in (methods | (_FROZEN if frozen else {"__hash__": None})).items():
                if own.get(name) is None:
                    setattr(cls, name, method)
            return cls

        return make


def _first_init(cls: Any, is_frozen: bool) -> Callable[..., None]:
    def init(record: Any, *values: Any, **named: Any) -> None:
        cls.__init__ = method = _init(cls, is_frozen)
        method(record, *values, **named)

    return init


def _init(cls: Any, is_frozen: bool) -> Any:
    """The method that gives each field its value, as the standard library would write it."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    by_place: list[str] = []
    by_name: list[str] = []
    lines: list[str] = []
    for field in fields(cls):
        name = value = field.name
        default = ""
        if field.default_factory is not MISSING:
            known[f"_new_{name}"] = field.default_factory
            default, value = "=_MISSING", f"_new_{name}()"
            if field.init:
                value += f" if {name} is _MISSING else {name}"
        elif field.default is not MISSING:
            known[f"_default_{name}"] = field.default
            default = f"=_default_{name}"
            value = name if field.init else f"_default_{name}"
        elif not field.init:
            continue  # __post_init__ does
        if field.init:
            (by_name if field.kw_only else by_place).append(name + default)
        lines.append(f"_set(self, {name!r}, {value})" if is_frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(("self", *by_place, *(("*", *by_name) if by_name else ())))
    text = f"def __init__({parameters}):\n " + "\n ".join(lines or ["pass"])
    exec(text, known)  # noqa: S102 (as the standard library does; names come from our own classes)
    init = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


@recursive_repr()
def _repr(record: Any) -> str:
    shown = (f"{field.name}={getattr(record, field.name)!r}" for field in fields(record) if field.repr)
    return f"{type(record).__qualname__}({', '.join(shown)})"


def _is_equal(record: Any, other: Any) -> Any:
    if other.__class__ is not record.__class__:
        return NotImplemented
    return record.__compared__(record) == record.__compared__(other)


def _hash(record: Any) -> int:
    return hash(record.__compared__(record))


def _refuse_value(record: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_end(record: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _values(record: Any) -> list[Any]:
    return [getattr(record, field.name) for field in fields(record)]


def _fill(record: Any, values: list[Any]) -> None:
    for field, value in zip(fields(record), values, strict=True):
        object.__setattr__(record, field.name, value)


_FROZEN = {
    "__hash__": _hash,
    "__setattr__": _refuse_value,
    "__delattr__": _refuse_end,
    "__getstate__": _values,  # to pickle, which a frozen class with slots would refuse
    "__setstate__": _fill,
}
