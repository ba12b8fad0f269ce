"""Draws docs/pictures/rooms.svg from the imports: `python -m scripts.rooms`.

A row is a layer of the contract in pyproject.toml. A line leads down to what is imported; the wider it is,
the more imports there are.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs/pictures/rooms.svg"
CORE = "delegator.core."
WIDE, HIGH, ACROSS, DOWN = 112, 34, 132, 86


def layers(container: str) -> list[list[str]]:
    """The rooms of a package, from the top down, as the contract has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (found,) = (contract["layers"] for contract in contracts if contract.get("containers") == [container])
    return [line.translate(str.maketrans("|:()", "    ")).split() for line in found]


def imports(rooms: Collection[str]) -> Counter[tuple[str, str]]:
    """How many imports lead from one room to another. rooms: modules."""
    graph = grimp.build_graph("delegator", cache_dir=None)
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = _room(module, rooms), _room(imported, rooms)
            if None not in pair and pair[0] != pair[1]:
                found[str(pair[0]), str(pair[1])] += 1
    return found


def _room(module: str, rooms: Collection[str]) -> str | None:
    while module:
        if module in rooms:
            return module
        module = module.rpartition(".")[0]
    return None


def picture() -> str:
    upper = [[name for name in row if name != "core"] for row in layers("delegator")]
    rows = [[f"delegator.{name}" for name in row] for row in upper if row]
    rows += [[f"{CORE}{name}" for name in row] for row in layers("delegator.core")]
    width = max(map(len, rows)) * ACROSS + 20
    at = {
        name: ((width - len(row) * ACROSS) / 2 + index * ACROSS + (ACROSS - WIDE) / 2, 14 + line * DOWN)
        for line, row in enumerate(rows)
        for index, name in enumerate(row)
    }
    lines = []
    for (start, end), count in sorted(imports(at).items()):
        (x1, y1), (x2, y2) = at[start], at[end]
        from_y, to_y = (y1 + HIGH, y2 - 3) if y2 > y1 else (y1 + HIGH / 2, y2 + HIGH / 2)
        stroke = min(0.5 + count / 12, 5)
        lines.append(
            f'<line x1="{x1 + WIDE / 2:.0f}" y1="{from_y:.0f}" x2="{x2 + WIDE / 2:.0f}" y2="{to_y:.0f}" '
            f'stroke-width="{stroke:.1f}"><title>{start} imports {end}: {count}</title></line>'
        )
    boxes = [
        f'<rect class="{"core" if name.startswith(CORE) else "shell"}" x="{x:.0f}" y="{y}" width="{WIDE}" '
        f'height="{HIGH}" rx="6"/><text x="{x + WIDE / 2:.0f}" y="{y + 22}">{name.rpartition(".")[2]}</text>'
        for name, (x, y) in at.items()
    ]
    style = (
        "line{stroke:#7a8794;opacity:.45}rect{stroke:#37474f}.shell{fill:#e3eef9}.core{fill:#fdf1d8}"
        "text{font:14px sans-serif;text-anchor:middle;fill:#1b262c}"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {len(rows) * DOWN}" role="img">',
            "<title>The rooms of delegator, by their imports</title>",
            f'<style>{style}</style><rect width="100%" height="100%" style="fill:#fff;stroke:none"/>',
            *lines,
            *boxes,
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
