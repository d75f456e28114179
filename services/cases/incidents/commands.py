"""The ways out of an incident: retry with corrections, skip, return, and a job put again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from engine import incidents, runtime
from engine.errors import TargetNotAllowed, TaskNotOpen
from engine.model import Advance, Incident, Value, Variables
from engine.procedure import CaseOperation
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import check_text
from services.cases.completed import completed_view
from services.cases.incidents.corrections import Change, changes
from services.cases.lanes import may_operate
from services.cases.return_ import first_act_on, give_back, targets_from
from services.cases.views import Completed
from services.cases.write_path import Deed, LockedCase, lock
from services.errors import Conflict, Forbidden, Invalid
from services.identity.actor import Actor
from services.jobs import queue


@dataclass(frozen=True, slots=True)
class RetryIncident:
    """Do the failed step again.

    `corrections` maps variables to the text typed in for them (`incidents.corrections`); when
    anything changes a reason is needed.  `revision` is the case's revision the person saw.
    """

    case_id: int
    task_id: str
    corrections: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class SkipIncident:
    """Go on without the failed element, by the sequence flow `flow` where there is a choice."""

    case_id: int
    task_id: str
    reason: str
    flow: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnIncident:
    """Send the case from the failed element back to the earlier user task `target`."""

    case_id: int
    task_id: str
    target: str
    reason: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Put a background job that was given up again."""

    case_id: int
    job_id: int


def retry_incident(app: Application, actor: Actor, command: RetryIncident) -> Completed:
    """Retry; it may fail again, then the corrections stay and the incident is told anew.

    Raises NotFound, Forbidden, Conflict, TaskNotOpen and Invalid.
    """
    check_text("reason", "更正说明", command.reason)
    with app.database.write() as session:
        case = _hold(app, session, actor, command.case_id, command.revision)
        incident = _incident(case, command.task_id)
        changed = changes(case.procedure, incident.seen, command.corrections)
        if changed:
            _require_reason(command.reason, "更正内容时须填写更正说明。")
        values: dict[str, Value] = {change.name: change.new for change in changed}
        advance = case.apply(incidents.retry, incident.task_id, values)
        return _settle(
            case, actor, advance, incident, EntryKind.INCIDENT_RETRIED, command.reason, changed
        )


def skip_incident(app: Application, actor: Actor, command: SkipIncident) -> Completed:
    """Skip the failed element; raises what `retry_incident` does, and TargetNotAllowed."""
    check_text("reason", "跳过原因", command.reason)
    _require_reason(command.reason, "请填写跳过原因。")
    with app.database.write() as session:
        case = _hold(app, session, actor, command.case_id, command.revision)
        incident = _incident(case, command.task_id)
        advance = case.apply(incidents.skip, incident.task_id, command.flow or None, {})
        details: Variables = {"flow": command.flow}
        kind = EntryKind.INCIDENT_SKIPPED
        return _settle(case, actor, advance, incident, kind, command.reason, details=details)


def return_incident(app: Application, actor: Actor, command: ReturnIncident) -> Completed:
    """Return to an earlier user task; raises what `retry_incident` does, and TargetNotAllowed."""
    check_text("reason", "退回原因", command.reason)
    _require_reason(command.reason, "请填写退回原因。")
    with app.database.write() as session:
        case = _hold(app, session, actor, command.case_id, command.revision)
        incident = _incident(case, command.task_id)
        allowed = targets_from(
            session, case.instance, case.procedure, incident.task_id, incident.element_id
        )
        if command.target not in {target.element_id for target in allowed}:
            raise TargetNotAllowed
        advance = case.apply(runtime.return_to, incident.task_id, command.target, {})
        details: Variables = {"target": command.target}
        kind = EntryKind.INCIDENT_RETURNED
        completed = _settle(case, actor, advance, incident, kind, command.reason, details=details)
        give_back(session, case, command.target)
        return completed


def retry_job(app: Application, actor: Actor, command: RetryJob) -> Completed:
    """Put the job again, due now; raises NotFound, Forbidden and TaskNotOpen."""
    with app.database.write() as session:
        case = _hold(app, session, actor, command.case_id, None)
        jobs = queue.failed(session, case.instance.id)
        job = next((job for job in jobs if job.id == command.job_id), None)
        if job is None:
            raise TaskNotOpen("该后台作业已经重新安排。")
        queue.forget_failed(session, job.key, case.now)
        queue.put(
            session,
            job.kind,
            job.key,
            case.now,
            case.now,
            topic=job.topic,
            instance_id=case.instance.id,
            payload=job.payload,
        )
        case.settle(
            runtime.inspect(case.procedure.process, case.instance.state),
            Deed(
                kind=EntryKind.INCIDENT_RETRIED,
                acted_on=case.today,
                opens_from=case.latest_act_on(),
                actor=actor,
                details={"job": job.id},
            ),
        )
        return completed_view(case, actor)


def _hold(
    app: Application, session: Session, actor: Actor, case_id: int, revision: int | None
) -> LockedCase:
    visible_instance(session, actor, case_id)
    case = lock(app, session, case_id)
    if not may_operate(
        session, case.procedure, case.instance, CaseOperation.RESOLVE_INCIDENT, actor, case.today
    ):
        raise Forbidden("您没有处理此办件异常的权限。", "请由流程规定的管理人员处理。")
    if revision is not None and revision != case.instance.revision:
        raise Conflict("您查看期间办件已有变化，操作没有生效。", "请核对最新情况后再决定如何处理。")
    return case


def _incident(case: LockedCase, task_id: str) -> Incident:
    known = runtime.inspect(case.procedure.process, case.instance.state).incidents
    incident = next((incident for incident in known if incident.task_id == task_id), None)
    if incident is None:
        raise TaskNotOpen("该异常已经处理。", "请刷新页面，查看办件的当前状态。")
    return incident


def _require_reason(reason: str, message: str) -> None:
    if not reason.strip():
        raise Invalid(message, errors={"reason": message})


def _settle(
    case: LockedCase,
    actor: Actor,
    advance: Advance,
    incident: Incident,
    kind: EntryKind,
    reason: str,
    changed: tuple[Change, ...] = (),
    *,
    details: Variables | None = None,
) -> Completed:
    target = str((details or {}).get("target", ""))
    case.settle(
        advance,
        Deed(
            kind=kind,
            acted_on=case.today,
            opens_from=first_act_on(case.session, case, target) if target else case.latest_act_on(),
            actor=actor,
            element_id=incident.element_id,
            task_id=incident.task_id,
            details={
                **(details or {}),
                "reason": reason.strip(),
                "cause": incident.message,
                "corrections": [change.to_value() for change in changed],
            },
        ),
    )
    return completed_view(case, actor)
