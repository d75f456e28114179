"""Words for a case: its title, its stages, and what a completed step says."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import FlowNode
from engine.procedure import Procedure
from services.cases.views import CaseHeader, StageView
from services.clock import SHANGHAI
from services.organizations.history import name_on, successor_of
from services.organizations.models import Organization
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.models import UserTask

RETURNED = "returned"
RETURNED_NAME = "退回"
WITHDRAWN_NAME = "已取回"


def case_title(procedure: Procedure, subject: str, step: str, organization: str) -> str:
    """Return the title of a task as procedure.toml words it."""
    return procedure.case_title.format(
        subject=subject, step=step, organization=organization, procedure=procedure.title
    )


def outcome_name(node: FlowNode, outcome: str) -> str:
    """Return the words of a chosen outcome, empty when there was no choice."""
    if outcome == RETURNED:
        return RETURNED_NAME
    return next((o.name for o in node.outcomes if o.id == outcome), "")


def header(session: Session, instance: ProcessInstance, procedure: Procedure) -> CaseHeader:
    """Return what stands on top of every page of a case."""
    subject = session.get(Person, instance.subject_id) if instance.subject_id else None
    body = session.get_one(Organization, instance.organization_id)
    then = name_on(session, body.id, instance.started_at.astimezone(SHANGHAI).date())
    now = successor_of(session, body).name
    return CaseHeader(
        case_id=instance.id,
        number=instance.number,
        title=f"{subject.name}·{procedure.title}" if subject else procedure.title,
        procedure_key=instance.key,
        procedure_title=procedure.title,
        subject_name=subject.name if subject else "",
        organization_name=then,
        present_organization_name=now if now != then else "",
        status=instance.status,
        outcome_name=procedure.outcomes.get(instance.outcome, ""),
        stages=_stages(session, instance, procedure),
        started_by=session.get_one(Person, instance.started_by).name,
        started_at=instance.started_at,
        ended_at=instance.ended_at,
        starter_successor=session.get_one(Person, instance.starter_successor_id).name
        if instance.starter_successor_id is not None
        else "",
    )


def _stages(
    session: Session, instance: ProcessInstance, procedure: Procedure
) -> tuple[StageView, ...]:
    """Return the stages; the latest step with a stage is where the case stands.

    Steps that the version the case runs on no longer has are passed over.
    """
    latest = session.scalars(
        select(UserTask.element_id)
        .where(UserTask.instance_id == instance.id)
        .order_by(UserTask.created_at.desc())
    )
    nodes = (procedure.nodes.get(element) for element in latest)
    current = next((n.stage for n in nodes if n is not None and n.stage is not None), 1)
    ended = instance.ended_at is not None
    return tuple(
        StageView(
            name=name,
            is_done=number < current or (ended and number == current),
            is_current=number == current and not ended,
        )
        for number, name in enumerate(procedure.stages, start=1)
    )
