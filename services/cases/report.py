"""Reporting an event the case waits for (登记事项): a BPMN message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine import runtime
from engine.errors import NoMatchingEvent
from engine.model import InstanceStatus, TriggerKind
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import ActRequest
from services.cases.completed import completed_view
from services.cases.lanes import acts_in_any
from services.cases.views import Completed
from services.cases.write_path import Deed, lock
from services.documents.commands import attach
from services.errors import Forbidden, NotFound
from services.events.subscriptions import awaited
from services.identity.actor import Actor


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """Report an event by its message name, with its form."""

    case_id: int
    message: str
    data: Mapping[str, object]
    late_reason: str = ""


def report_message(app: Application, actor: Actor, command: ReportMessage) -> Completed:
    """Correlate the message with the case; `NoMatchingEvent` when nothing waits for it."""
    with app.database.write() as session:
        visible_instance(session, actor, command.case_id)
        case = lock(app, session, command.case_id)
        rule = case.procedure.messages.get(command.message)
        if rule is None:
            raise NotFound
        if not acts_in_any(session, case.procedure, case.instance, rule.lanes, actor, case.today):
            raise Forbidden
        if case.instance.status is InstanceStatus.SUSPENDED:
            raise NoMatchingEvent("办件已挂起，恢复办理以前不能登记事项。")
        if command.message not in awaited(case.instance, TriggerKind.MESSAGE):
            raise NoMatchingEvent
        form = case.procedure.forms[rule.form]
        act = case.accept(
            ActRequest(
                command.message,
                form,
                command.data,
                late_reason=command.late_reason,
                not_before=case.latest_act_on(),
            )
        )
        advance = case.apply(runtime.correlate, command.message, act.changes)
        limit_mb = int(app.settings.max_case_mb)
        attach(session, act.values, form, case.instance.id, None, limit_mb)
        case.settle(
            advance,
            Deed(
                kind=EntryKind.MESSAGE_REPORTED,
                acted_on=act.acted_on,
                opens_from=act.acted_on,
                actor=actor,
                element_id=command.message,
                values=act.values,
                details={
                    "message": command.message,
                    "rule_version": act.rule_version,
                    "late_reason": command.late_reason.strip(),
                    "warnings": list(act.warnings),
                },
            ),
        )
        return completed_view(case, actor, act.warnings)
