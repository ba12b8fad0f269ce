"""The architecture that the package tells is the one that it has."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import get_args

import delegator
import delegator.cli
import delegator.ports
import delegator.wiring
from delegator.core.rules.conditions import Condition

PACKAGE = Path(delegator.__file__).parent
ROOM = re.compile(r"^( {4}| {6})([a-z_]+)(/?) {2,}\S", re.MULTILINE)


def told(indent: int, package: ModuleType = delegator) -> list[str]:
    assert package.__doc__
    found = ROOM.findall(package.__doc__)
    return [name + slash for spaces, name, slash in found if len(spaces) == indent]


def there(folder: Path) -> set[str]:
    packages = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    return packages | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


TOLD = {
    "": told(4),
    "core": told(6),
    "cli": told(4, delegator.cli),
    "wiring": told(4, delegator.wiring),
}
"""The rooms of each package that has layers, in the order in which a docstring tells them."""


def test_every_room_has_its_line() -> None:
    """And no line is about a room that is not there."""
    for container, rooms in TOLD.items():
        assert sorted(rooms) == sorted(there(PACKAGE / container)), container


def test_every_module_that_is_named_is_there() -> None:
    """In the package's docstring, and where docs/message.md tells a mail's way."""
    assert delegator.__doc__
    message = (PACKAGE.parent / "docs" / "message.md").read_text("utf-8")
    modules = re.findall(r"`((?:core|adapters)\.[a-z_.]+)`", delegator.__doc__)
    files = re.findall(r"`([a-z_/]+\.py)`", message)
    assert len(modules) > 2
    assert len(files) > 8
    missing = [name for name in modules if not (PACKAGE / f"{name.replace('.', '/')}.py").is_file()]
    assert missing + [name for name in files if not (PACKAGE / name).is_file()] == []


def test_the_layers_are_told_in_their_order() -> None:
    """As import-linter has them: nothing imports what stands above it."""
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))
    contracts = [one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    containers = [container.partition(".")[2] for one in contracts for container in one["containers"]]
    assert containers == list(TOLD)
    for contract, rooms in zip(contracts, TOLD.values(), strict=True):
        order = [re.findall(r"[a-z_]+", line) for line in contract["layers"]]
        rank = {name: number for number, names in enumerate(order) for name in names}
        names = [name.rstrip("/") for name in rooms]
        assert contract["exhaustive"]
        assert [rank[name] for name in names] == sorted(rank[name] for name in names)


def test_no_role_is_large() -> None:
    """At most sixteen methods, those of the roles within it included; only all of them together have more."""
    counted = {}
    for module in pkgutil.iter_modules(delegator.ports.__path__, "delegator.ports."):
        for name, role in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if getattr(role, "_is_protocol", False) and role.__module__ == module.name:
                counted[name] = sum(not method.startswith("_") for method in dir(role))
    assert counted["MailQueue"] == 1, "all that the alarm needs"
    assert [name for name, methods in counted.items() if methods > 16] == ["AccountStore"]


def test_nothing_is_large_without_a_reason() -> None:
    """No module has over 600 lines and no class over 400, unless its docstring says why they are in one."""
    large = []
    for folder in ("delegator", "tests"):
        for path in sorted((PACKAGE.parent / folder).rglob("*.py")):
            text = path.read_text("utf-8")
            lines = text.count("\n")
            if lines < 400:
                continue
            tree = ast.parse(text)
            is_told = "in one file" in (ast.get_docstring(tree) or "")
            if lines > 600 and not is_told:
                large.append(str(path))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno >= 400:
                    is_told = "in one class" in (ast.get_docstring(node) or "")
                    large += [] if is_told else [f"{path}: {node.name}"]
    assert large == []


def test_every_match_on_a_condition_is_exhaustive() -> None:
    """It ends in `assert_never`, so that the type checker lists every place that a new condition needs."""
    kinds = {kind.__name__ for kind in get_args(Condition)}
    missing = []
    matched = 0
    for path in sorted((PACKAGE / "core").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Match):
                continue
            named = {
                one.cls.id
                for case in node.cases
                for one in ast.walk(case.pattern)
                if isinstance(one, ast.MatchClass) and isinstance(one.cls, ast.Name)
            }
            if len(named & kinds) < 2:
                continue
            matched += 1
            if "assert_never" not in ast.unparse(node.cases[-1]):
                missing.append(f"{path.name}:{node.lineno}")
    assert missing == []
    assert matched >= 15
