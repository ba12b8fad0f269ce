"""The wheel and the source distribution as they are released: what is in them, and that they work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def ran(*words: str | Path, cwd: Path | None = None) -> str:
    """What a command says; the environment names no path of this repository to it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, cwd=cwd, env=environment
    )
    assert result.returncode == 0, (words, result.stdout[-2000:], result.stderr[-2000:])
    return result.stdout


def built(folder: Path) -> tuple[Path, Path]:
    """A source distribution, and the wheel that is built from it and not from the repository."""
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def kept_in_git(under: str) -> set[str]:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this is no clone, so it is not known which files belong to it")
    return set(ran("git", "ls-files", under, cwd=REPOSITORY).splitlines())


def test_what_is_in_the_packages(tmp_path: Path) -> None:
    """Every file of the package: templates, catalogues, schema and units too; in the source all else."""
    sdist, wheel = built(tmp_path)
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    assert names == kept_in_git("delegator")
    kinds = {Path(name).suffix for name in names}
    assert {".html", ".txt", ".po", ".json", ".service", ".conf", ".typed"} <= kinds
    with tarfile.open(sdist) as packed_source:
        sources = {name.partition("/")[2] for name in packed_source.getnames()}
    assert kept_in_git(".") - sources <= {".gitignore", "systemd"}  # a link to delegator/systemd


@pytest.mark.network
def test_the_wheel_as_installed(tmp_path: Path) -> None:
    """In an environment of its own, away from the source: the version, the units, the demo to its end."""
    _, wheel = built(tmp_path / "dist")
    venv.create(tmp_path / "venv", with_pip=True)
    there = tmp_path / "venv/bin"
    try:
        ran(there / "pip", "install", "--quiet", f"{wheel}[demo]")
    except AssertionError as error:
        if re.search("Connection|resolution|timed out|No matching distribution", str(error)):
            pytest.skip("no package index can be reached")
        raise
    version = wheel.name.split("-")[1]
    assert ran(there / "delegator", "--version").strip() == f"delegator, version {version}"
    assert '"$schema"' in ran(there / "delegator", "schema")
    (tmp_path / "root").mkdir()
    ran(there / "delegator", "service", "install", "--units", "--root", tmp_path / "root")
    unit = (tmp_path / "root/etc/systemd/system/delegator.service").read_text()
    assert f"ExecStart={there.resolve()}/delegator run" in unit
    said = ran(there / "delegator", "demo", "--output", tmp_path / "holiday", cwd=tmp_path)
    assert re.search(r"\d+ received = ", said)
    assert (tmp_path / "holiday/index.html").exists()
    modules = ran(there / "python", "-c", "import delegator; print(delegator.__file__)", cwd=tmp_path)
    assert modules.startswith(str(tmp_path)), "it is the installed one that was tried"


def test_the_metadata() -> None:
    """Versions come from the tags alone; everything that a stranger looks for is named."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["dynamic"] == ["version"]
    assert project["authors"]
    assert {"Homepage", "Documentation", "Changelog"} <= project["urls"].keys()
    unbounded = [each for each in project["dependencies"] if not re.search(r">=", each)]
    assert not unbounded, "each dependency says from which version on it works"
