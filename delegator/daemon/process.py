"""The daemon's process: its accounts together, its signals, its watchdog, and what it answers to commands."""

from __future__ import annotations

import asyncio
import base64
import gc
import itertools
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from ..core.health import Subject
from ..core.lessons import Lessons, Tried
from ..core.logins.consent import Consent
from ..core.people import normal_address
from ..ports import Refused, StateUnusable, TokenLogin, Unavailable
from ..reports.json import to_json
from ..reports.status import AccountStatus, Status
from .account import Account
from .alarm import UnstoredAlarm
from .away import AwayRefused, set_away
from .departure import leave_now
from .forgetting import forget_account, forget_person
from .homecoming import HomeDesk, HomeSaid

T = TypeVar("T")

Talk = dict[str, Any]
"""A request of a command, or the answer to it: one JSON object each way."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the process has of its machine.

    serve: answers requests for as long as its block runs. notify: tells the service manager.
    watchdog_interval_s: how often that wants to hear "WATCHDOG=1"; None: never. end_within: ends the process
    after so many seconds, whatever still hangs then. give_memory_back: what is no longer used; blocks.
    """

    serve: Callable[[Callable[[Talk], Awaitable[Talk]]], AbstractAsyncContextManager[None]]
    notify: Callable[[str], None]
    watchdog_interval_s: float | None
    end_within: Callable[[float], None]
    give_memory_back: Callable[[], None] = lambda: None


async def run_accounts(accounts: Sequence[Account], host: Host) -> None:
    """For ever, until SIGTERM or SIGINT; or SIGHUP, when the terminal ends that it was started from."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            loop.add_signal_handler(number, _stop, accounts, host)
    async with host.serve(lambda request: answer_request(accounts, request)):
        watchdog = asyncio.create_task(_feed_watchdog(host))
        tidying = asyncio.create_task(_tidy(host))
        host.notify("READY=1")
        try:
            async with asyncio.TaskGroup() as group:
                for account in accounts:
                    group.create_task(account.run())
        finally:
            watchdog.cancel()
            tidying.cancel()
            host.notify("STOPPING=1")


async def opened(open_state: Callable[[], T], alarms: Sequence[UnstoredAlarm], host: Host) -> T:
    """The state, once it can be used. Until then each account's alarm tells that it cannot.

    A machine that starts with a full disk, while everybody is away, would else have a process that ends again
    and again without a word to anybody. Raises StateError where waiting does not mend it.
    """
    pause_s, telling, watchdog = FIRST_LOOK_S, None, None
    try:
        while True:
            try:
                return open_state()
            except StateUnusable as fault:
                for alarm in alarms:
                    if alarm.health.faults.get(Subject.ACCOUNT) is None:
                        alarm.log.state_unusable(what=str(fault))
                    alarm.health.failed(Subject.ACCOUNT, "state", str(fault))
            if watchdog is None:
                watchdog = asyncio.create_task(_feed_watchdog(host))
                host.notify("READY=1")
            if telling is None or telling.done():
                telling = asyncio.ensure_future(asyncio.gather(*(alarm.tell() for alarm in alarms)))
            await asyncio.wait([telling], timeout=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_LOOK_S)
    finally:
        for task in (telling, watchdog):
            if task is not None:
                task.cancel()


FIRST_LOOK_S, LONGEST_LOOK_S = 1.0, 30.0
END_WITHIN_S = 8.0
"""systemd and people wait ten; on a machine under load it hears of the signal late."""


def _stop(accounts: Sequence[Account], host: Host) -> None:
    host.end_within(END_WITHIN_S)
    for account in accounts:
        account.stop.set()


async def _feed_watchdog(host: Host) -> None:
    """That the process's own loop turns. What is stuck in an account begins anew by itself: a restart
    would stop all the others for it."""
    while host.watchdog_interval_s is not None:
        host.notify("WATCHDOG=1")
        await asyncio.sleep(host.watchdog_interval_s)


TIDY_EVERY_S = 60.0
WHOLE_AT, WHOLE_EVERY = (1, 3), 60  # times; a start with many accounts may take minutes


async def _tidy(host: Host) -> None:
    """What a start, a review or a large mail needed for a moment is the machine's again.

    A TLS connection that has ended is a circle of objects of 300 kB. What is there after the start stays
    for good, and is not looked through again: of 2,000 accounts that would hold up everybody for 0.2 s.
    """
    for times in itertools.count(1):
        await asyncio.sleep(TIDY_EVERY_S)
        is_whole = times in WHOLE_AT or times % WHOLE_EVERY == 0
        if is_whole:  # what seemed to stay may have ended
            gc.unfreeze()
        gc.collect()
        if is_whole:
            gc.freeze()
        await asyncio.to_thread(host.give_memory_back)


# --- what commands ask, of a running daemon or of a state that none serves


async def answer_request(accounts: Sequence[Account], request: Talk) -> Talk:
    match request:
        case {"command": "status"}:
            return status_facts(Status(tuple([await account.status() for account in accounts])))
        case {"command": "forget", "address": str(address), "person": bool(is_person)} if accounts:
            return await _forget(accounts, address, is_person=is_person)
        case {"command": str(command), "owner": str(owner)}:
            address = normal_address(owner)
            for account in accounts:
                if normal_address(account.address) == address:
                    return await _answer_for(account, command, request)
            return {"problem": f"the running daemon does not serve {owner}; is this the right --state?"}
        case _:
            return _UNKNOWN


async def _forget(accounts: Sequence[Account], address: str, *, is_person: bool) -> Talk:
    configs, tools = [account.config for account in accounts], accounts[0].tools
    if is_person:
        found = await forget_person(address, configs, tools.store, tools.clock.now())
        for account in accounts:  # what was to be sent, and the list, are made anew
            for bell in (account.bells.review, account.bells.absence, account.bells.wake):
                bell.set()
    else:
        found = await forget_account(address, configs, tools.store, tools.clock.now(), is_running=True)
    tools.log.forgotten(messages=found.messages)
    return asdict(found)


_UNKNOWN: Talk = {"problem": "the running daemon does not know this command; restart it"}


async def _set_away(account: Account, request: Talk) -> Talk:
    def text(name: str) -> str | None:
        value = request.get(name)
        return value if isinstance(value, str) else None

    try:
        tenure = await account.tenure()
        done = await set_away(tenure, text("span"), text("backup"), end=bool(request.get("end")))
    except AwayRefused as refused:
        return {"problem": str(refused)}
    return {
        **asdict(done),
        "from_at": done.from_at.isoformat(),
        "until_at": done.until_at.isoformat(),
    }


async def _come_home(account: Account) -> HomeSaid:
    """Whatever absence runs ends now, and is told, as one that has ended is."""
    said = await HomeDesk(await account.tenure()).end_now()
    if said == "home" and not account.is_running:
        await account.once()
    return said


async def _answer_for(account: Account, command: str, request: Talk) -> Talk:
    match command:
        case "review" if request.get("send"):
            await account.send_review()
            return {}
        case "review":
            return {"octets": _text(await account.compose_review())}
        case "home" if request.get("send"):
            return {"said": await _come_home(account)}
        case "home":
            octets = await HomeDesk(await account.tenure()).preview()
            return {"octets": None if octets is None else _text(octets)}
        case "trial":
            octets, message_id = await account.compose_test_mail(str(request.get("from") or ""))
            return {"octets": _text(octets), "message_id": message_id}
        case "briefs":
            try:
                return {"sent": await account.send_briefs()}
            except Unavailable as fault:
                return {"sent": [], "why": str(fault)}
        case "leave":
            try:
                octets_ = await leave_now(account, send=bool(request.get("send")))
            except Unavailable as fault:
                return {"problem": str(fault)}
            return {} if octets_ is None else {"octets": _text(octets_)}
        case "away":
            return await _set_away(account, request)
        case "learn":
            values = request.get("values")
            if isinstance(values, dict):
                if (lessons := Lessons.from_values(values)) is not None:
                    await account.learn(lessons)
                await account.learn(Tried.from_values(values))
            return {}
        case "token" | "refresh login":
            return await _token_for(account, command, request)
        case "keep login":
            consent = Consent.from_text(str(request.get("consent")))
            if consent is not None:
                await account.keep_login(str(request.get("login")), consent)
            return {}
        case _:
            return _UNKNOWN


async def _token_for(account: Account, command: str, request: Talk) -> Talk:
    """A token to log in with, or what is known of the login after a refresh; or why there is neither."""
    login = account.login(str(request.get("login")))
    try:
        if command == "token":
            token = await login.get(str(request.get("refused") or ""))
            return {"token": token, "to_do": login.to_do}
        await login.refresh_now()
    except Unavailable as fault:
        return {"why": str(fault), "is_refused": isinstance(fault, Refused), "consents": await _texts(login)}
    return {"consents": await _texts(login)}


async def _texts(login: TokenLogin) -> list[str]:
    """Without the tokens."""
    return [replace(consent, refresh_token="").to_text() for consent in await login.consents()]


def status_facts(status: Status) -> Talk:
    """Also as it is printed: whoever asks every minute need not load what would print it."""
    return {
        "accounts": [_account_facts(account) for account in status.accounts],
        "text": status.to_text(),
        "json": to_json(status.to_dict()),
        "has_problems": status.has_problems,
    }


def _account_facts(status: AccountStatus) -> Talk:
    for_people = {
        "handovers": status.handovers,
        "backups": status.backups,
        "timezone": status.timezone,
        "absences": [absence.to_dict() for absence in status.absences],
        "paused_since": status.paused_since.isoformat() if status.paused_since else None,
    }
    return {**status.to_dict(), **for_people}


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
