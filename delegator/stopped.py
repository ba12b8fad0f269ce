"""What `status` says where no daemon runs: the configuration and the state, read without what makes a daemon.

It builds the little that it needs of the adapters itself, without the event loop, the mail server's client
and all that `wiring` has at hand for those who do something.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .adapters.control import state_lock
from .adapters.host import SystemClock
from .adapters.state import STATE_FILE
from .adapters.state.absence import kept_of
from .adapters.state.file import StateFile
from .adapters.state.status import account_state, state_facts
from .config import load
from .daemon.mode import first_mode, key_of
from .daemon.status import status_of
from .reports.status import Status

if TYPE_CHECKING:
    from .ports import Clock


def status(path: Path, state_dir: Path, clock: Clock | None = None) -> Status:
    """As the daemon of this configuration would say it that has just begun, and reached no server.

    clock: of a test, None: the machine's. Raises ConfigError, StateError.
    """
    config = load(path, read_secrets=False)
    address, clock = config.owner.address, clock or SystemClock()
    with state_lock(state_dir):
        file = StateFile(state_dir / STATE_FILE, clock.now)
        try:
            now = clock.now()
            live = key_of("live", address)
            state = file.transaction(partial(account_state, account=live, now=now))
            config = config.with_changes(file.transaction(partial(kept_of, account=live)), now)
            mode = first_mode(config, now, observes=state.observes)
            account = key_of(mode, address)
            state = file.transaction(partial(account_state, account=account, now=now))
            facts = file.transaction(partial(state_facts, account=account, now=now))
        finally:
            file.close()
    return Status((status_of(config, facts, mode, now, last_contact_at=state.last_contact_at),))
