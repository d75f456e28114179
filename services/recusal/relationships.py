"""The register of declared relationships: entering one, and ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.cases.acts import check_text
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.models import Person
from services.recusal.models import Relationship, RelationshipKind
from services.recusal.officers import is_officer_above
from services.tasks.staffing_job import review_soon


@dataclass(frozen=True, slots=True)
class DeclareRelationship:
    """Declare that a person (`person`, 0 for oneself) is related to another; both are ids."""

    relative: int
    kind: RelationshipKind | None
    since: date | None
    note: str = ""
    person: int = 0


def declare_relationship(app: Application, actor: Actor, command: DeclareRelationship) -> int:
    """Enter a relationship, in force at once; returns its id.

    For oneself, or by an officer of the person's body or one above.  Raises `Invalid`,
    `Forbidden`.
    """
    now = app.clock.now()
    check_text("note", "说明", command.note)
    with app.database.write() as session:
        person_id = command.person or actor.person_id
        person = session.get(Person, person_id)
        relative = session.get(Person, command.relative) if command.relative else None
        errors = {}
        if relative is None or person is None:
            errors["people"] = "请选择亲属。"
        elif relative.id == person.id:
            errors["people"] = "不能申报本人。"
        elif _known(session, person.id, relative.id):
            errors["people"] = f"与{relative.name}的关系已经申报。"
        if command.kind is None:
            errors["kind"] = "请选择关系。"
        if command.since is None or command.since > now.date():
            errors["since"] = "请填写关系开始的日期，不晚于今天。"
        if errors or person is None or relative is None or command.kind is None:
            raise Invalid(next(iter(errors.values())), errors=errors)
        if person.id != actor.person_id and not is_officer_above(actor, _path(session, person)):
            raise Forbidden("您不能替他人申报。", "请由本人或者其所在党组织的书记、纪检委员申报。")
        row = Relationship(
            person_id=person.id,
            relative_id=relative.id,
            kind=command.kind,
            since=command.since,
            note=command.note.strip(),
            declared_by=actor.person_id,
            declared_at=now,
        )
        session.add(row)
        session.flush()
        _journal(session, actor, AuditKind.RELATIONSHIP_DECLARED, row, now)
        review_soon(session, now)
        return row.id


def end_relationship(app: Application, actor: Actor, relationship_id: int) -> None:
    """Record that a relationship is over from today; only officers may, since it lifts recusal.

    Raises `NotFound` for who neither is part of it nor an officer, `Forbidden`, `Conflict`.
    """
    now = app.clock.now()
    with app.database.write() as session:
        row = session.get(Relationship, relationship_id)
        if row is None:
            raise NotFound
        people = [session.get_one(Person, key) for key in (row.person_id, row.relative_id)]
        own = actor.person_id in {person.id for person in people}
        if own or not any(is_officer_above(actor, _path(session, person)) for person in people):
            if not own:
                raise NotFound
            raise Forbidden(
                "本人不能解除已申报的关系。", "请由所在党组织的书记、纪检委员登记解除。"
            )
        if row.ended_on is not None:
            raise Conflict("该关系已经解除。", "请刷新页面，查看最新情况。")
        row.ended_on = now.date()
        row.ended_by = actor.person_id
        session.flush()
        _journal(session, actor, AuditKind.RELATIONSHIP_ENDED, row, now)
        review_soon(session, now)


def _journal(
    session: Session, actor: Actor, kind: AuditKind, row: Relationship, now: datetime
) -> None:
    record(
        session,
        AuditEntry(
            book=Book.PEOPLE,
            kind=kind,
            entered_at=now,
            subject_kind=SubjectKind.PERSON,
            subject_id=row.person_id,
            actor_id=actor.person_id,
            capacity=actor.title,
            data={
                "relationship": row.id,
                "relative": row.relative_id,
                "kind": str(row.kind),
                "since": row.since,
            },
        ),
    )


def _known(session: Session, person_id: int, relative_id: int) -> bool:
    found = select(Relationship.id).where(
        Relationship.ended_on.is_(None),
        or_(
            and_(Relationship.person_id == person_id, Relationship.relative_id == relative_id),
            and_(Relationship.person_id == relative_id, Relationship.relative_id == person_id),
        ),
    )
    return session.scalars(found.limit(1)).first() is not None


def _path(session: Session, person: Person) -> str:
    return session.get_one(Organization, person.organization_id).path
