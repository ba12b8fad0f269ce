"""What `init` reports: the servers, what the mail proposed, and what was written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.setup.proposals import Learnt, Proposal

if TYPE_CHECKING:
    from ..config.draft import Draft
    from .dry_run import DryRun


@dataclass(frozen=True, slots=True)
class Init:
    """written: the files, rules.yaml first. dry_run: None where `delegator login` comes first.

    seconds: from the command to the end of the dry run.
    """

    draft: Draft
    how: str
    provider: str | None
    learnt: Learnt
    written: tuple[Path, ...]
    dry_run: DryRun | None
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        draft = self.draft
        servers = {
            name: {"host": one.host, "port": one.port, "security": one.security, "username": one.username}
            for name, one in (("imap", draft.imap), ("smtp", draft.smtp))
        }
        return {
            "address": draft.address,
            "found_by": self.how,
            "provider": self.provider,
            **servers,
            "read": {
                "days": draft.days,
                "received": self.learnt.received,
                "sent": self.learnt.sent,
                "answered": self.learnt.answered,
            },
            "proposals": [self._proposal(one) for one in self.learnt.proposals],
            "written": [str(path) for path in self.written],
            "dry_run": self.dry_run.summary() if self.dry_run else None,
            "seconds": round(self.seconds, 1),
        }

    def _proposal(self, one: Proposal) -> dict[str, Any]:
        return {
            "kind": one.kind,
            "values": list(one.values),
            "name": one.name or None,
            "evidence": one.evidence,
            "accepted": one in self.draft.accepted,
        }
