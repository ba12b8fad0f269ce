"""The site of docs/: it builds, and no link of it leads nowhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def build(into: Path) -> subprocess.CompletedProcess[str]:
    # Never --quiet: it drops the warnings before --strict counts them.
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", into],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )


def test_the_site_builds(tmp_path: Path) -> None:
    """Every page is in its menu, every link leads somewhere, and nothing is fetched from elsewhere."""
    built = build(tmp_path)
    assert built.returncode == 0, built.stderr
    pages = {path.stem for path in (REPOSITORY / "docs").glob("*.md")}
    assert {path.stem for path in tmp_path.glob("*.html")} - {"404"} == pages
    for path in tmp_path.glob("*.html"):
        fetched = re.findall(
            r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(https?:[^"]+)"', path.read_text()
        )
        assert fetched == [], path.name


def test_readme_links_lead_somewhere() -> None:
    """README.md is read outside the site: its links are to files of the project."""
    links = re.findall(r"(?:\]\(|src=\")([^)\"#]+)", (REPOSITORY / "README.md").read_text())
    local = [link for link in links if "://" not in link]
    assert len(local) > 5
    assert [link for link in local if not (REPOSITORY / link).exists()] == []


def test_every_file_that_a_page_names_is_there() -> None:
    """`core/…` and the like are below the package; `xx` stands for a language to come."""
    named = [
        (page.name, name)
        for page in (*(REPOSITORY / "docs").glob("*.md"), *REPOSITORY.glob("*.md"))
        if page.name != "CHANGELOG.md"
        for name in re.findall(
            r"`((?:adapters|bench|config|core|daemon|delegator|docs|ports|preview|scripts|tests)/[\w./]*)[`:]",
            page.read_text(),
        )
    ]
    assert len(named) > 50
    assert [
        (page, name)
        for page, name in named
        if "/xx" not in name
        and not (REPOSITORY / name).exists()
        and not (REPOSITORY / "delegator" / name).exists()
    ] == []
