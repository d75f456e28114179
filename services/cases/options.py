"""Choices that depend on people and bodies: a closed registry by `valuesKey` (contract §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine.forms import Form, Option
from engine.model import Variables
from services.organizations.models import Organization, OrganizationKind
from services.organizations.queries import approver_id
from services.people.models import Person, PoliticalStatus, Post, VotingRight
from services.people.queries import holders, people_of
from services.processes.models import ProcessInstance

BRANCH_KINDS = (
    OrganizationKind.BRANCH,
    OrganizationKind.JOINT_BRANCH,
    OrganizationKind.GENERAL_BRANCH,
)
NON_MEMBERS = (
    PoliticalStatus.MASSES,
    PoliticalStatus.APPLICANT,
    PoliticalStatus.ACTIVIST,
    PoliticalStatus.TARGET,
)
BRANCHES = "branches"
OptionSource = Callable[[Session, int, int | None, date], tuple[Option, ...]]


def options_for(
    session: Session, form: Form, organization_id: int, subject_id: int | None, on: date
) -> Mapping[str, tuple[Option, ...]]:
    """Return the choices a form asks for, by `valuesKey`."""
    keys = {c.values_key for c in form.inputs.values() if c.values_key is not None}
    return {key: SOURCES[key](session, organization_id, subject_id, on) for key in keys}


def options_of_case(
    session: Session, form: Form, instance: ProcessInstance, on: date
) -> Mapping[str, tuple[Option, ...]]:
    """Return the choices of a form inside a case."""
    return options_for(session, form, instance.organization_id, instance.subject_id, on)


def chosen_options(
    session: Session, filled: Iterable[tuple[Form, Variables]]
) -> Mapping[str, tuple[Option, ...]]:
    """Return the names behind the people and bodies chosen in forms, by `valuesKey`.

    Unlike `options_for` it does not ask whether they could be chosen today: they may have moved or
    changed status since.
    """
    people: set[int] = set()
    bodies: set[int] = set()
    for form, values in filled:
        for key, component in form.inputs.items():
            if component.values_key is not None:
                kind = bodies if component.values_key == BRANCHES else people
                kind.update(_ids(values.get(key)))
    named_people = _named(session, select(Person.id, Person.name).where(Person.id.in_(people)))
    named_bodies = _named(
        session, select(Organization.id, Organization.name).where(Organization.id.in_(bodies))
    )
    return {key: named_bodies if key == BRANCHES else named_people for key in SOURCES}


def _named(session: Session, query: Select[tuple[int, str]]) -> tuple[Option, ...]:
    return tuple(Option(str(row_id), name) for row_id, name in session.execute(query))


def _ids(value: object) -> Iterator[int]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.isdigit():
            yield int(item)


def _as_options(people: tuple[Person, ...]) -> tuple[Option, ...]:
    return tuple(Option(str(p.id), p.name) for p in people)


def _members(
    session: Session, organization_id: int, subject_id: int | None, on: date
) -> tuple[Option, ...]:
    del subject_id, on
    return _as_options(people_of(session, organization_id, tuple(PoliticalStatus)))


def _full_members(
    session: Session, organization_id: int, subject_id: int | None, on: date
) -> tuple[Option, ...]:
    del on
    people = people_of(session, organization_id, (PoliticalStatus.FULL,))
    return _as_options(tuple(p for p in people if p.id != subject_id))


def _voters(
    session: Session, organization_id: int, subject_id: int | None, on: date
) -> tuple[Option, ...]:
    """Return full members with the right to vote (MD-19), the person concerned left out (MD-32)."""
    del on
    people = people_of(session, organization_id, (PoliticalStatus.FULL,))
    return _as_options(
        tuple(p for p in people if p.id != subject_id and p.voting_right == VotingRight.FULL)
    )


def _non_members(
    session: Session, organization_id: int, subject_id: int | None, on: date
) -> tuple[Option, ...]:
    del subject_id, on
    return _as_options(people_of(session, organization_id, NON_MEMBERS))


def _branches(
    session: Session, organization_id: int, subject_id: int | None, on: date
) -> tuple[Option, ...]:
    del subject_id, on
    rows = session.scalars(
        select(Organization)
        .where(
            Organization.kind.in_(BRANCH_KINDS),
            Organization.id != organization_id,
            Organization.dissolved_on.is_(None),
        )
        .order_by(Organization.path)
    )
    return tuple(Option(str(o.id), o.name) for o in rows)


def _approver_members(
    session: Session, organization_id: int, subject_id: int | None, on: date
) -> tuple[Option, ...]:
    """Return who holds a post in the approving committee; nobody belongs to a committee itself."""
    people = holders(session, approver_id(organization_id, on), tuple(Post), on)
    return _as_options(tuple(p for p in people if p.id != subject_id))


SOURCES: dict[str, OptionSource] = {
    "branch_members": _members,
    "branch_full_members": _full_members,
    "branch_voters": _voters,
    "branch_nonmembers": _non_members,
    BRANCHES: _branches,
    "approver_members": _approver_members,
}
