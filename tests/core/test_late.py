"""Expressions that are compiled when something is first looked for."""

from __future__ import annotations

import re
import subprocess
import sys

from delegator.core.late import late
from delegator.core.mail.wider import wider

LONG = 1000


def test_it_is_written_when_it_is_first_used_and_once() -> None:
    written: list[str] = []

    def write() -> str:
        written.append("it")
        return r"(?P<day>\d+)\s*(?:may|mei)"

    expression = late(write, re.IGNORECASE)
    assert written == []
    match = expression.search("on 12 May")
    assert match is not None
    assert match["day"] == "12"
    assert expression.fullmatch("3 MEI")
    assert expression.sub("-", "1 mei, 2 mei") == "-, -"
    assert written == ["it"]


def test_it_has_all_that_a_compiled_one_has() -> None:
    """So that who takes an expression need not know which it is."""
    compiled, expression = re.compile("(a)|b", re.I), late(lambda: "(a)|b", re.I)
    names = ("pattern", "flags", "groups", "groupindex")
    assert [getattr(expression, name) for name in names] == [getattr(compiled, name) for name in names]
    assert expression.findall("A b") == compiled.findall("A b")
    assert wider(late(lambda: "(a)|b", re.I), is_ascii=True) == wider(compiled, is_ascii=True)


def test_no_long_expression_is_compiled_by_loading_the_program() -> None:
    """Whatever is loaded: over a thousand characters it takes a millisecond, whether it is needed or not."""
    program = """
import importlib, pkgutil, re, sys
from re import _compiler
compile_it, long = _compiler.compile, []
def noted(pattern, flags=0):
    if len(pattern) > LONG:
        long.append(pattern[:60])
    return compile_it(pattern, flags)
_compiler.compile = noted
import delegator
for module in pkgutil.walk_packages(delegator.__path__, "delegator."):
    if not module.name.startswith("delegator.demo"):
        importlib.import_module(module.name)
print(len(sys.modules), long)
"""
    done = subprocess.run(
        [sys.executable, "-c", program.replace("LONG", str(LONG))], capture_output=True, text=True, check=True
    )
    modules, _, found = done.stdout.strip().partition(" ")
    assert int(modules) > 300
    assert found == "[]"
