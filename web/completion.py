"""What a person reads after a command: what happens next, who has it now, what is theirs next."""

from __future__ import annotations

from flask import flash, url_for
from werkzeug.wrappers import Response

from engine.model import InstanceStatus
from services.cases.views import Completed
from web.context import see_other
from web.formatting import INSTANCE_STATUS

_SHOWN_HOLDERS = 3
_SHOWN_STEPS = 6
"""The news travels in a cookie: a countersign of a thousand must fit."""


def announce(words: str, completed: Completed) -> Response:
    """Keep the news for the next page and show the case."""
    steps = () if completed.status is InstanceStatus.SUSPENDED else completed.next_steps
    flash(
        {  # type: ignore[arg-type]  # flash takes anything the session can hold
            "words": words,
            "status": INSTANCE_STATUS[completed.status],
            "outcome": completed.outcome_name,
            "waits": completed.status is InstanceStatus.ACTIVE,
            "next": [
                {
                    "name": step.step_name,
                    "holders": _names(step.holders),
                    "reason": step.fallback_reason,
                    "due": step.due.text,
                    "address": (
                        url_for("tasks.show", task_id=step.task_id) if step.is_mine else None
                    ),
                }
                for step in steps[:_SHOWN_STEPS]
            ],
            "more": max(len(steps) - _SHOWN_STEPS, 0),
            "mine": (
                url_for("tasks.show", task_id=completed.next_task_id)
                if completed.next_task_id
                else None
            ),
            "warnings": list(completed.warnings),
            "failed": "、".join(f"“{name}”" for name in completed.incidents),
        },
        "completed",
    )
    return see_other("cases.show", case_id=completed.case_id)


def _names(holders: tuple[str, ...]) -> str:
    names = "、".join(holders[:_SHOWN_HOLDERS])
    return f"{names}等{len(holders)}人" if len(holders) > _SHOWN_HOLDERS else names
