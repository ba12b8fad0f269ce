"""Writes the table of log events in docs/operating.md from the code: `python -m scripts.make_events`."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from delegator.maillog import MailLog

PAGE = Path(__file__).parent.parent / "docs" / "operating.md"
BEGIN, END = "<!-- events: made by `python -m scripts.make_events` -->", "<!-- end of events -->"


def events() -> str:
    """The table: each event with its level, its fields, and what its method says."""
    rows = ["| event | level | fields | what happened |", "| --- | --- | --- | --- |"]
    (kind,) = ast.parse(inspect.getsource(MailLog)).body
    assert isinstance(kind, ast.ClassDef)
    for method in kind.body:
        if not isinstance(method, ast.FunctionDef) or method.name.startswith("_"):
            continue
        level, name, fields = _logged(method)
        told = " ".join((ast.get_docstring(method) or "").split())
        rows.append(f"| `{name}` | {level} | {', '.join(f'`{field}`' for field in fields)} | {told} |")
    return "\n".join(rows)


def _logged(method: ast.FunctionDef) -> tuple[str, str, list[str]]:
    """The level, the event and its fields, of the one call that a method makes."""
    for node in ast.walk(method):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = node.func.value
            if isinstance(called, ast.Attribute) and called.attr == "_log":
                (event,) = node.args
                assert isinstance(event, ast.Constant)
                names = [(word.arg or "").replace("exc_info", "exception") for word in node.keywords]
                return node.func.attr, str(event.value), names
    raise AssertionError(f"{method.name} logs nothing")


def updated(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{events()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
