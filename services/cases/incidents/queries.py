"""Reading incidents: of one case, and the list of those a person may resolve."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from engine import runtime
from engine.forms import Option
from engine.model import Incident, InstanceStatus, ProcessDefinition
from engine.procedure import CaseOperation, Procedure, Scope
from services.bootstrap import Application
from services.cases.access import visible_to
from services.cases.incidents.corrections import corrections, label_of, shown
from services.cases.lanes import may_operate, people_for
from services.cases.return_ import targets_from
from services.cases.views import CaseIncidents, IncidentItem, IncidentView
from services.clock import SHANGHAI
from services.identity.actor import Actor
from services.jobs import queue
from services.organizations.models import ApprovalPower, Organization
from services.people.models import Person
from services.processes.models import ProcessInstance


def incidents_of(
    session: Session, instance: ProcessInstance, procedure: Procedure, actor: Actor, on: date
) -> CaseIncidents:
    """Return the incidents of a case the actor may see; ways out only when the actor may act."""
    if instance.status is not InstanceStatus.INCIDENT:
        return CaseIncidents()
    operation = CaseOperation.RESOLVE_INCIDENT
    may = may_operate(session, procedure, instance, operation, actor, on)
    resolvers = people_for(session, procedure, instance, operation, on)
    steps = (
        _step(session, instance, procedure, incident, ways_out=may)
        for incident in runtime.inspect(procedure.process, instance.state).incidents
    )
    return CaseIncidents(
        items=(*steps, *_jobs(session, instance)),
        may_resolve=may,
        resolvers=tuple(person.name for person in resolvers),
    )


def list_incidents(app: Application, actor: Actor) -> tuple[IncidentItem, ...]:
    """Return the cases with incidents that the actor may resolve, the oldest first."""
    today = app.clock.now().date()
    found = []
    with app.database.read() as session:
        rows = session.scalars(
            select(ProcessInstance)
            .where(
                and_(ProcessInstance.status == InstanceStatus.INCIDENT, visible_to(actor)),
            )
            .order_by(ProcessInstance.id)
        ).all()
        for row in rows:
            procedure = app.procedures.get(session, row.deployment_id)
            known = incidents_of(session, row, procedure, actor, today)
            if known.may_resolve and known.items:
                found.append(_item(session, row, procedure, known.items))
    return tuple(sorted(found, key=lambda item: (item.since, item.case_id)))


def may_resolve_somewhere(app: Application, actor: Actor) -> bool:
    """Tell whether a post of the actor resolves incidents of some procedure in some case."""
    if not actor.posts:
        return False
    with app.database.read() as session:
        rules = [
            procedure.lanes[lane]
            for procedure in app.procedures.newest(session)
            for lane in procedure.operations.get(CaseOperation.RESOLVE_INCIDENT, ())
        ]
        places = {
            (rule.scope, held.organization_id)
            for rule in rules
            for held in actor.posts
            if held.post in rule.posts
        }
        return any(_is_body_of(session, scope, body) for scope, body in places)


def _is_body_of(session: Session, scope: Scope, organization_id: int) -> bool:
    """Tell whether a body can be what `scope` means, for whichever case."""
    match scope:
        case Scope.APPROVER:
            power = select(ApprovalPower.id).where(ApprovalPower.organization_id == organization_id)
            return session.scalars(power.limit(1)).first() is not None
        case Scope.ABOVE_APPROVER:
            below = select(Organization.id).where(Organization.department_id == organization_id)
            return session.scalars(below.limit(1)).first() is not None
    return True


def _step(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    incident: Incident,
    *,
    ways_out: bool,
) -> IncidentView:
    process = procedure.process.owner_of(incident.element_id)
    view = IncidentView(
        step_name=process.nodes[incident.element_id].name or incident.element_id,
        message=incident.message,
        since=incident.since,
        element_id=incident.element_id,
        task_id=incident.task_id,
        remedy=incident.remedy,
    )
    if not ways_out:
        return view
    return replace(
        view,
        expression=incident.expression,
        seen=tuple((label_of(procedure, n), shown(v)) for n, v in incident.seen.items()),
        corrections=corrections(procedure, incident.seen),
        flows=_flows(process, incident.flows),
        return_targets=targets_from(
            session, instance, procedure, incident.task_id, incident.element_id
        ),
        revision=instance.revision,
    )


def _flows(process: ProcessDefinition, flow_ids: Collection[str]) -> tuple[Option, ...]:
    flows = (process.flows[flow_id] for flow_id in flow_ids)
    return tuple(
        Option(flow.id, f"{flow.name}：" * bool(flow.name) + f"至“{_named(process, flow.target)}”")
        for flow in flows
    )


def _named(process: ProcessDefinition, element_id: str) -> str:
    """Return the name of an element, or of what follows when it only joins ways."""
    seen: set[str] = set()
    here = element_id
    while not process.nodes[here].name and here not in seen:
        seen.add(here)
        following = [flow.target for flow in process.flows.values() if flow.source == here]
        if len(following) != 1:
            return element_id
        here = following[0]
    return process.nodes[here].name or element_id


def _jobs(session: Session, instance: ProcessInstance) -> tuple[IncidentView, ...]:
    return tuple(
        IncidentView(
            step_name="到期事项",
            message="后台作业多次失败，已停止重试。",
            since=job.run_at,
            job_id=job.id,
            remedy="请排除故障后重新执行。",
        )
        for job in queue.failed(session, instance.id)
    )


def _item(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    items: tuple[IncidentView, ...],
) -> IncidentItem:
    subject = session.get(Person, instance.subject_id) if instance.subject_id else None
    first = min(items, key=lambda item: item.since)
    return IncidentItem(
        case_id=instance.id,
        case_number=instance.number,
        title=f"{subject.name}·{procedure.title}" if subject else procedure.title,
        procedure_title=procedure.title,
        steps=tuple(dict.fromkeys(item.step_name for item in items)),
        message=first.message,
        since=first.since.astimezone(SHANGHAI),
    )
