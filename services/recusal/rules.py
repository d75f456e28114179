"""Who is kept out of a case, and why: one SQL expression, and one function that says the reason.

Nobody acts through a post on their own case (MD-32), on the case of a relative, on one they were
recused from, or on a step that is kept separate from what they did before.  What one did on
somebody's behalf counts for both.

The expressions stand in queries that select from `ProcessInstance`; `person` is the id of a person
or a column of such ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from services.people.models import Person
from services.processes.models import ProcessInstance
from services.recusal.models import Recusal, Relationship
from services.recusal.names import GROUND_NAMES, KIND_NAMES
from services.tasks.models import TaskState, UserTask

PersonId: TypeAlias = (
    int | ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
)
Done = aliased(UserTask)
_Member = TypeVar("_Member", bound=StrEnum)

SEPARATOR = " "


def separation(element_ids: Sequence[str]) -> str:
    """Return what `UserTask.separate_from` holds: the ids, each between blanks."""
    return "".join(f"{SEPARATOR}{element_id}{SEPARATOR}" for element_id in element_ids)


def is_subject(person: PersonId) -> ColumnElement[bool]:
    """SQL: the case is the person's own."""
    return and_(ProcessInstance.subject_id.is_not(None), ProcessInstance.subject_id == person)


def is_recused(person: PersonId, separate_from: str | None = None) -> ColumnElement[bool]:
    """SQL: the person is kept out of the case of somebody else.

    `separate_from` as `separation` gives it; None takes that of the `UserTask` of the query.
    """
    return or_(_is_relative(person), _is_listed(person), _has_handled(person, separate_from))


def _is_relative(person: PersonId) -> ColumnElement[bool]:
    return exists().where(_declared(person)).correlate_except(Relationship)


def _is_listed(person: PersonId) -> ColumnElement[bool]:
    return exists().where(_decided(person)).correlate_except(Recusal)


def _declared(person: PersonId) -> ColumnElement[bool]:
    subject = ProcessInstance.subject_id
    return and_(
        Relationship.ended_on.is_(None),
        or_(
            and_(Relationship.person_id == person, Relationship.relative_id == subject),
            and_(Relationship.relative_id == person, Relationship.person_id == subject),
        ),
    )


def _decided(person: PersonId) -> ColumnElement[bool]:
    return and_(
        Recusal.instance_id == ProcessInstance.id,
        Recusal.person_id == person,
        Recusal.lifted_at.is_(None),
    )


def _has_handled(person: PersonId, separate_from: str | None) -> ColumnElement[bool]:
    """SQL: the person completed, for themselves or for another, what the step is kept apart from.

    Cutting the id out of the list changes it exactly when it stands in there.
    """
    if separate_from == "":
        return false()
    kept = UserTask.separate_from if separate_from is None else literal(separate_from)
    named = func.replace(kept, literal(SEPARATOR) + Done.element_id + SEPARATOR, "") != kept
    return and_(
        kept != "",
        exists()
        .where(
            Done.instance_id == ProcessInstance.id,
            Done.state == TaskState.COMPLETED,
            or_(Done.completed_by == person, Done.on_behalf_of == person),
            named,
        )
        .correlate_except(Done),
    )


def why_recused(
    session: Session,
    instance: ProcessInstance,
    person_ids: Collection[int],
    separate_from: str = "",
) -> Mapping[int, str]:
    """Return, by person, why they are kept out of the case; nobody else is in the answer.

    The words say the reason in full, e.g. “与办理对象有夫妻关系”.  One statement for any number
    of people.
    """
    if not person_ids:
        return {}
    rows = session.execute(
        select(
            Person.id,
            is_subject(Person.id),
            _first(Relationship.kind, _declared(Person.id)),
            _first(Recusal.ground, _decided(Person.id)),
            _has_handled(Person.id, separate_from),
        )
        .join(ProcessInstance, ProcessInstance.id == instance.id)
        .where(Person.id.in_(person_ids))
    )
    reasons = {}
    for person_id, own, kind, ground, handled in rows:
        if own:
            reasons[person_id] = "系办理对象本人"
        elif kind is not None:
            reasons[person_id] = f"与办理对象有{KIND_NAMES[kind]}"
        elif ground is not None:
            reasons[person_id] = GROUND_NAMES[ground]
        elif handled:
            reasons[person_id] = "办理过须与本环节分离的环节"
    return reasons


def _first(
    column: InstrumentedAttribute[_Member], condition: ColumnElement[bool]
) -> ScalarSelect[_Member]:
    return (
        select(column).where(condition).limit(1).correlate_except(column.parent).scalar_subquery()
    )
