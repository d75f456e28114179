"""Withdrawing a case before its end."""

from __future__ import annotations

from dataclasses import dataclass

from engine import lifecycle
from engine.errors import InvalidState
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import check_text
from services.cases.completed import completed_view
from services.cases.identities import of_lanes
from services.cases.lanes import acts_in_any
from services.cases.views import Completed
from services.cases.write_path import Deed, lock
from services.errors import Forbidden, Invalid
from services.identity.actor import Actor
from services.tasks.identities import in_one_of


@dataclass(frozen=True, slots=True)
class WithdrawCase:
    """End a case on the wish of the person concerned, with a reason."""

    case_id: int
    reason: str


def withdraw_case(app: Application, actor: Actor, command: WithdrawCase) -> Completed:
    """End the case as its procedure's `[withdraw]` allows."""
    if not command.reason.strip():
        message = "请填写撤回原因。"
        raise Invalid(message, errors={"reason": message})
    check_text("reason", "撤回原因", command.reason)
    with app.database.write() as session:
        visible_instance(session, actor, command.case_id)
        case = lock(app, session, command.case_id)
        rule = case.procedure.withdraw
        if rule is None or not acts_in_any(
            session, case.procedure, case.instance, rule.lanes, actor, case.today
        ):
            raise Forbidden
        if not case.instance.status.is_running:
            raise InvalidState("办件已经结束，不能撤回。")
        fitting = of_lanes(session, case.procedure, case.instance, rule.lanes, actor, case.today)
        actor = in_one_of(actor, fitting)
        case.instance.outcome = rule.outcome
        case.settle(
            case.apply(lifecycle.terminate),
            Deed(
                kind=EntryKind.CASE_WITHDRAWN,
                acted_on=case.today,
                opens_from=None,
                actor=actor,
                details={"reason": command.reason.strip()},
            ),
        )
        return completed_view(case, actor)
