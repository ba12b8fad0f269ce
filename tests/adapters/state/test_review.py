"""How often a review was refused: made anew once, and then again only at its slot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from delegator.adapters.state.store import SqliteStore
from delegator.ports import OutgoingMail

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SPAM = ("failed", "554 5.7.1 this looks like spam")
UNKNOWN = ("failed", "it may have arrived (timed out)")


@pytest.mark.parametrize(
    ("reviews", "count"),
    [
        ([], 0),
        ([SPAM], 1),
        ([SPAM, SPAM], 2),
        ([SPAM, ("pending", "")], 0),
        ([SPAM, ("sent", "")], 0),
        ([SPAM, UNKNOWN], 0),
        ([SPAM, UNKNOWN, SPAM], 1),
        ([UNKNOWN], 0),
    ],
)
async def test_refusals_count_since_a_review_that_was_not_refused(
    tmp_path: Path, reviews: list[tuple[str, str]], count: int
) -> None:
    """One that may have arrived was not."""
    store = SqliteStore(tmp_path / "state.sqlite3")
    account = store.account("sofie@x.example")
    for number in range(len(reviews)):
        mail = OutgoingMail("review", "sofie@x.example", b"octets", f"<{number}@x.example>")
        assert await account.add_review(slot=None, now=NOW, shown=(), mail=mail)
    rows = [(*outcome, id_) for id_, outcome in enumerate(reviews, 1)]
    await store.run(
        lambda db: db.executemany("UPDATE outbox SET state = ?, last_reply = ? WHERE id = ?", rows)
    )
    assert await account.reviews_refused() == count
    await store.close()
