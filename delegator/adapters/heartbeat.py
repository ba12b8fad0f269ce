"""The heartbeat: a URL of a dead man's switch, fetched while all is well. Its absence is the alarm."""

from __future__ import annotations

import asyncio

from .lanes import Lane

_TIMEOUT_S = 10.0
_LANE = Lane(16, "heartbeat")  # a URL that does not answer holds up other heartbeats, and nothing else


async def beat(url: str) -> str | None:
    """Fetch it; why it could not be fetched, or None. Nothing about mail is in the request."""

    def fetch() -> str | None:
        import urllib.request  # two megabytes, and most have no such URL

        request = urllib.request.Request(url, headers={"User-Agent": "delegator"})
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                answer.read(1024)
        except (OSError, ValueError) as error:
            return str(error)[:200]
        return None

    return await asyncio.wrap_future(_LANE.submit(fetch))
