"""`delegator leave`: the departure mail when it is asked for."""

from __future__ import annotations

from ..ports import Unavailable
from .account import Account
from .leaving import Leaving


async def leave_now(account: Account, *, send: bool) -> bytes | None:
    """The departure mail: on its way (None), or as it would be. Raises Unavailable."""
    tenure = await account.tenure()
    leaving = Leaving(tenure)
    found = leaving.coming()
    if found is None:
        raise Unavailable("no absence is to come; plan one, and this mail comes the evening before")
    if account.is_running:
        if not send:
            at = found[1].astimezone(tenure.config.owner.timezone)
            raise Unavailable(
                f"a daemon is connected to the mailbox; the mail goes {at:%a %Y-%m-%d %H:%M}, "
                "or now with --send"
            )
        tenure.leaves_now = True
        account.bells.absence.set()
        account.bells.wake.set()
        return None
    session = account.new_session(tenure, is_once=True)
    try:
        await session.open(found[0].window)
        tenure.nothing_to_decide()
        if not send:
            return await leaving.show(found[0])
        await leaving.make(*found, is_asked=True)
        await account.submit_due(tenure)
        return None
    finally:
        await account.hang_up()
