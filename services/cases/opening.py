"""The row of a new case: its number, and that a person has only one case of a procedure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.model import InstanceStatus
from engine.procedure import Procedure
from services.clock import SHANGHAI
from services.errors import Conflict
from services.people.models import Person
from services.processes.models import Deployment, ProcessInstance


@dataclass(frozen=True, slots=True)
class About:
    """Where a new case belongs, whom it is about, and who has started it."""

    organization_id: int
    subject_id: int | None
    started_by: int


def refuse_second(session: Session, procedure: Procedure, person: Person) -> None:
    """Raise `Conflict` while the person has a running case of the procedure."""
    running = session.scalar(
        select(ProcessInstance.number).where(
            ProcessInstance.key == procedure.key,
            ProcessInstance.subject_id == person.id,
            ProcessInstance.status.in_(
                (InstanceStatus.ACTIVE, InstanceStatus.SUSPENDED, InstanceStatus.INCIDENT)
            ),
        )
    )
    if running:
        raise Conflict(
            f"{person.name}已有办理中的“{procedure.title}”（{running}）。", "请在原办件中继续办理。"
        )


def new_instance(
    session: Session, deployment: Deployment, procedure: Procedure, about: About, now: datetime
) -> ProcessInstance:
    """Add the row of a case with the next number of the year.

    The caller has locked the deployment, so that numbers have no gaps and no doubles.
    """
    year = now.astimezone(SHANGHAI).year
    last = session.scalar(
        select(func.max(ProcessInstance.sequence)).where(
            ProcessInstance.key == procedure.key, ProcessInstance.year == year
        )
    )
    sequence = (last or 0) + 1
    instance = ProcessInstance(
        deployment_id=deployment.id,
        key=procedure.key,
        year=year,
        sequence=sequence,
        number=f"{procedure.number_prefix}〔{year}〕{sequence}号",
        organization_id=about.organization_id,
        subject_id=about.subject_id,
        started_by=about.started_by,
        started_at=now,
        status=InstanceStatus.ACTIVE,
        state=b"",
        variables=b"{}",
        awaits="[]",
        revision=0,
        journal_length=0,
        journal_hash="",
    )
    session.add(instance)
    session.flush()
    return instance
