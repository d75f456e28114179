"""Everything a hand-over looks at, in the order in which it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from services.handover.cases import circulation_parts, role_parts, started_parts
from services.handover.handing import Handing, Part
from services.handover.posts import delegation_parts, post_parts
from services.handover.tasks import draft_parts, sub_task_parts, task_parts


def plan(handing: Handing) -> tuple[Part, ...]:
    """Return the parts of a hand-over.

    Posts end and cases learn of the successor first: what goes back to a task's candidates is then
    looked for among those who remain.
    """
    return (
        *post_parts(handing),
        *role_parts(handing),
        *started_parts(handing),
        *task_parts(handing),
        *draft_parts(handing),
        *sub_task_parts(handing),
        *circulation_parts(handing),
        *delegation_parts(handing),
    )


def digest(parts: Sequence[Part]) -> str:
    """Return what changes when anything in a plan does: who confirms it confirms what they saw."""
    told = [(p.kind, p.outcome, p.case_id, p.words, p.reason) for p in parts]
    return hashlib.sha256(repr(told).encode()).hexdigest()
