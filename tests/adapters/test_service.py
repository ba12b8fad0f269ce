"""`service install` and `remove`, in the tree of another system and in a home of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from delegator.adapters import units
from delegator.adapters.service import ServiceProblem, System, User
from delegator.config import Config, load

RULES = """
version: 1
owner: {name: Sofie Janssens, address: sofie@voorbeeld.example, timezone: Europe/Brussels}
away: {from: 2026-11-14, until: 2026-11-30}
account:
  username: sofie@voorbeeld.example
  password: PASSWORD
  imap: {host: imap.voorbeeld.example}
  smtp: {host: smtp.voorbeeld.example, password: {credential: smtp-password}}
backups:
  anna: {name: Anna Peeters, address: anna@voorbeeld.example}
lists: {clients: lists/clients.csv}
rules:
  - {name: clients, when: {from: [{list: clients}]}, forward: anna}
"""


def config_of(folder: Path, password: str = "{credential: mail-password}") -> Config:
    (folder / "lists").mkdir(parents=True, exist_ok=True)
    (folder / "lists/clients.csv").write_text("email\njan@acme.example\n")
    (folder / "rules.yaml").write_text(RULES.replace("PASSWORD", password))
    for name in ("mail-password", "smtp-password"):
        (folder / name).write_text("geheim\n")
        (folder / name).chmod(0o600)
    return load(folder / "rules.yaml", read_secrets=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def files(root: Path) -> dict[str, int]:
    return {
        str(path.relative_to(root)): path.stat().st_mode & 0o777
        for path in root.rglob("*")
        if path.is_file() and "delegator" in str(path.relative_to(root))
    }


def test_all_that_it_needs_is_put_in_place(root: Path, tmp_path: Path) -> None:
    """Configuration and lists for the service's group, secrets for one alone; each credential is loaded."""
    told: list[str] = []
    assert System(told.append, root).install(config_of(tmp_path / "mine"))
    assert files(root) == {
        "etc/sysusers.d/delegator.conf": 0o644,
        "etc/delegator/rules.yaml": 0o640,
        "etc/delegator/lists/clients.csv": 0o640,
        "etc/delegator/mail-password": 0o600,
        "etc/delegator/smtp-password": 0o600,
        "etc/systemd/system/delegator.service": 0o644,
        "etc/systemd/system/delegator@.service": 0o644,
    }
    unit = (root / "etc/systemd/system/delegator.service").read_text()
    assert unit.count("LoadCredential=") == 2
    assert "LoadCredential=smtp-password:/etc/delegator/smtp-password\n" in unit
    assert "run /etc/delegator/rules.yaml\n" in unit
    assert set(units.files_in(unit)) == {
        Path("/etc/delegator", name)
        for name in ("rules.yaml", "lists/clients.csv", "mail-password", "smtp-password")
    }
    assert "wrote /etc/delegator/rules.yaml" in told
    assert "geheim" not in "".join(told) + unit


def test_what_was_written_is_taken_back(root: Path, tmp_path: Path) -> None:
    """But not what was changed since, nor what is somebody else's; secrets always. Twice is a problem."""
    config, told = config_of(tmp_path / "mine"), list[str]()
    System(told.append, root).install(config)
    for name, text in (("rules.yaml", "# mine"), ("other.yaml", "x"), ("smtp-password", "another")):
        with (root / "etc/delegator" / name).open("a") as file:
            file.write(text)
    System(told.append, root).remove()
    assert set(files(root)) == {"etc/delegator/rules.yaml", "etc/delegator/other.yaml"}
    assert "kept /etc/delegator/rules.yaml: it was changed since it was installed" in told
    with pytest.raises(ServiceProblem, match="no service is installed"):
        System(told.append, root).remove()


def test_all_of_it_goes_where_nothing_was_changed(root: Path, tmp_path: Path) -> None:
    """Installed again, as after an upgrade, what was written the first time is still known."""
    config = config_of(tmp_path / "mine")
    System(print, root).install(config)
    System(print, root).install(config)
    System(print, root).install(load(root / "etc/delegator/rules.yaml", read_secrets=False))
    System(print, root).remove()
    assert files(root) == {}
    assert not (root / "etc/delegator").exists()


def test_what_the_administrator_wrote_there_stays(root: Path) -> None:
    """A configuration in /etc/delegator is guarded, not copied, and no `remove` deletes it."""
    config, told = config_of(root / "etc/delegator"), list[str]()
    System(told.append, root).install(config)
    assert (root / "etc/delegator/rules.yaml").stat().st_mode & 0o777 == 0o640
    assert (root / "etc/delegator").stat().st_mode & 0o777 == 0o750
    System(told.append, root).remove()
    assert "kept /etc/delegator: lists, mail-password, rules.yaml, smtp-password" in told


def test_nothing_is_written_over(root: Path, tmp_path: Path) -> None:
    """Another configuration is there: nothing is changed, and it is said which."""
    System(print, root).install(config_of(tmp_path / "mine"))
    before = (root / "etc/delegator/rules.yaml").read_text()
    other = config_of(tmp_path / "other", "{credential: other-password}")
    with pytest.raises(ServiceProblem, match=r"/etc/delegator/rules.yaml is there and differs from"):
        System(print, root).install(other)
    assert (root / "etc/delegator/rules.yaml").read_text() == before


def test_a_secret_that_is_nowhere_is_asked_for(root: Path, tmp_path: Path) -> None:
    """Without anybody to ask it is a problem that says what to do, before anything is written."""
    config = config_of(tmp_path / "mine", "{credential: another}")
    with pytest.raises(ServiceProblem, match="another has no file /etc/delegator/another; write"):
        System(print, root).install(config)
    assert files(root) == {}
    told: list[str] = []
    System(told.append, root, lambda name: f"typed for {name}").install(config)
    assert (root / "etc/delegator/another").read_text() == "typed for another\n"
    assert (root / "etc/delegator/another").stat().st_mode & 0o777 == 0o600
    assert "typed" not in "".join(told)
    System(print, root).remove()
    assert files(root) == {}


def test_what_the_service_cannot_see_is_told(root: Path, tmp_path: Path) -> None:
    """The environment of a shell, a file in a home directory."""
    config = config_of(tmp_path / "mine", "{env: MAIL_PASSWORD}")
    with pytest.raises(ServiceProblem, match=r"rules.yaml:\d+:\d+: a service has not the environment"):
        System(print, root).install(config)
    config = config_of(tmp_path / "mine", "{file: /home/sofie/password}")
    with pytest.raises(ServiceProblem, match=r"/home/sofie/password .* put it beside rules.yaml"):
        System(print, root).install(config)
    assert files(root) == {}


def test_one_place_for_both_servers_is_one_sentence(root: Path, tmp_path: Path) -> None:
    """Reading and sending mail share a password, and what is wrong with its place."""
    config_of(tmp_path, "{env: MAIL_PASSWORD}")
    rules = (tmp_path / "rules.yaml").read_text().replace(", password: {credential: smtp-password}", "")
    (tmp_path / "rules.yaml").write_text(rules)
    with pytest.raises(ServiceProblem) as caught:
        System(print, root).install(load(tmp_path / "rules.yaml", read_secrets=False))
    assert len(str(caught.value).splitlines()) == 1


def test_a_users_service_leaves_all_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit, which names the configuration and loads the credentials; and it goes again."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere"))
    folder = tmp_path / "my 100%"
    told: list[str] = []
    assert User(told.append).install(config_of(folder))
    unit = tmp_path / "config/systemd/user/delegator.service"
    text = unit.read_text()
    assert f'run "{tmp_path}/my 100%%/rules.yaml"\n' in text
    assert text.count("LoadCredential=") == 2
    (folder / "smtp-password").unlink()
    with pytest.raises(ServiceProblem, match="the credential smtp-password has no file"):
        User(told.append).install(load(folder / "rules.yaml", read_secrets=False))
    User(told.append).remove()
    assert not unit.exists()
    with pytest.raises(ServiceProblem, match="no service of yours"):
        User(told.append).remove()
