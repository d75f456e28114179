"""Reading the sensitive fields of one step of a case in full, with a reason that is recorded.

Everybody else sees that something was filled in, not what.  Who filled it in sees it as ever.  Who
has the case in hand, and who keeps the records of its body or of one above, may read it, one step
at a time; the person concerned and whoever is kept out of the case may not.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from services.audit.models import JournalEntry, SubjectKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.describe import header
from services.cases.history import sensitive_fields, story
from services.cases.versions import deployment_at
from services.cases.views import SensitiveStep
from services.disclosure.access import as_record_keeper
from services.disclosure.purposes import Reason, record_read
from services.errors import Forbidden, NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.processes.models import ProcessInstance
from services.recusal.rules import is_recused, is_subject
from services.tasks.conditions import is_open, may_be_taken_by
from services.tasks.models import UserTask


@dataclass(frozen=True, slots=True)
class ReadSensitive:
    """Read what was filled in at an entry of the journal; `sequence` is its number in the case."""

    case_id: int
    sequence: int
    reason: Reason


def may_read(session: Session, actor: Actor, instance: ProcessInstance) -> bool:
    """Tell whether the actor may read sensitive fields of the case others have filled in."""
    query = select(ProcessInstance.id).where(ProcessInstance.id == instance.id, _readable_by(actor))
    return session.scalar(query) is not None


def _readable_by(actor: Actor) -> ColumnElement[bool]:
    in_hand = (
        exists()
        .where(UserTask.instance_id == ProcessInstance.id, is_open(), may_be_taken_by(actor))
        .correlate(ProcessInstance)
    )
    keeps = [
        exists().where(
            Organization.id == ProcessInstance.organization_id,
            Organization.path.startswith(held.organization_path, autoescape=True),
        )
        for held in as_record_keeper(actor).posts
    ]
    return and_(
        or_(in_hand, *keeps),
        ~is_subject(actor.person_id),
        ~is_recused(actor.person_id, separate_from=""),
    )


def masked_step(app: Application, actor: Actor, case_id: int, sequence: int) -> SensitiveStep:
    """Return what is shown before the reason is given.

    Raises `NotFound` for who may not see the case or when the step hides nothing, `Forbidden` for
    who may not read what it hides.
    """
    with app.database.read() as session:
        return _step(app, session, actor, case_id, sequence, in_full=False)


def read_sensitive(app: Application, actor: Actor, command: ReadSensitive) -> SensitiveStep:
    """Return the fields in full and record who read them and why, both or neither.

    Raises as `masked_step` does, and `Invalid` for a missing reason.
    """
    with app.database.write() as session:
        step = _step(app, session, actor, command.case_id, command.sequence, in_full=True)
        record_read(
            session,
            actor,
            app.clock.now(),
            (SubjectKind.CASE, command.case_id),
            command.reason.checked(),
            [f"第{command.sequence}号记录“{step.step_name}”：{label}" for label, _ in step.fields],
        )
        return step


def _step(
    app: Application,
    session: Session,
    actor: Actor,
    case_id: int,
    sequence: int,
    *,
    in_full: bool,
) -> SensitiveStep:
    instance = visible_instance(session, actor, case_id)
    procedure = app.procedures.get(session, instance.deployment_id)
    row = session.scalars(
        select(JournalEntry).where(
            JournalEntry.instance_id == case_id, JournalEntry.sequence == sequence
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    version = app.procedures.get(session, deployment_at(session, instance, sequence))
    items = story(session, [(row, version)], (), reader=actor)
    if not items or not items[0].hides:
        raise NotFound
    if not may_read(session, actor, instance):
        raise Forbidden(
            "您没有查阅这些内容的权限。",
            "正在办理本事项的人员，以及办件所在党组织和上级党组织管理党员档案的人员可以查阅。",
        )
    return SensitiveStep(
        header=header(session, instance, procedure),
        sequence=sequence,
        step_name=items[0].step_name,
        actor=items[0].actor,
        acted_on=row.acted_on,
        fields=sensitive_fields(session, version, row, mask=not in_full),
    )
