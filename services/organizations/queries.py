"""Reading the tree of bodies: ancestors, approval powers, and the pages about them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import POST_NAMES, Actor
from services.organizations.history import ChangeView, changes_of, successor_of
from services.organizations.joint import Unit, units_of, warnings_about
from services.organizations.models import ApprovalPower, Organization, OrganizationKind
from services.organizations.names import KIND_NAMES, LEVEL_NAMES
from services.organizations.rules import RULES
from services.people.models import Appointment, Person, PoliticalStatus, Post
from services.people.names import STATUS_NAMES


@dataclass(frozen=True, slots=True)
class OrganizationRef:
    """A body named on a page of another one."""

    id: int
    name: str
    short_name: str
    kind: OrganizationKind
    kind_name: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class OrganizationNode:
    """A body in the tree with everything below it."""

    id: int
    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    kind_name: str
    level_name: str
    has_approval_power: bool
    is_sample: bool
    children: tuple[OrganizationNode, ...]


@dataclass(frozen=True, slots=True)
class ApprovalPowerView:
    """A recorded power to approve members (审批权限)."""

    id: int
    document_number: str
    granted_on: date
    ends_on: date | None
    end_document: str
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class HolderView:
    """A person who holds a post, and since when."""

    appointment_id: int
    person_id: int
    name: str
    since: date
    document_number: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class PostView:
    """A post of a body; no holder means vacant."""

    post: Post
    name: str
    holders: tuple[HolderView, ...]


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many people of a status belong to a body and the bodies below it."""

    status: PoliticalStatus
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """The page of a body; `ancestors` runs from the root down to the parent.

    `dissolved_on` and `successor` are of a body that has ended; `changes` begin with the latest.
    `units` are the law firms of a joint branch, `warnings` what is unusual about them.
    """

    id: int
    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    kind_name: str
    level_name: str
    is_sample: bool
    parent: OrganizationRef | None
    ancestors: tuple[OrganizationRef, ...]
    department: OrganizationRef | None
    approver: OrganizationRef | None
    approval_powers: tuple[ApprovalPowerView, ...]
    posts: tuple[PostView, ...]
    people: tuple[StatusCount, ...]
    children: tuple[OrganizationRef, ...]
    dissolved_on: date | None
    successor: OrganizationRef | None
    changes: tuple[ChangeView, ...]
    units: tuple[Unit, ...]
    warnings: tuple[str, ...]


def power_in_force(on: date) -> ColumnElement[bool]:
    """SQL: the `ApprovalPower` of the enclosing query is in force on the day (both ends count)."""
    return (ApprovalPower.granted_on <= on) & or_(
        ApprovalPower.ends_on.is_(None), ApprovalPower.ends_on >= on
    )


def ancestors(session: Session, organization_id: int) -> tuple[Organization, ...]:
    """Return the bodies above one, the nearest first; raises `NotFound` for an unknown body."""
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotFound
    above = [int(part) for part in organization.path.split("/") if part][:-1]
    rows = {
        o.id: o for o in session.scalars(select(Organization).where(Organization.id.in_(above)))
    }
    return tuple(rows[key] for key in reversed(above))


def approver_id(organization_id: int, on: date) -> ScalarSelect[int]:
    """SQL: the id of the nearest body above one whose power to approve members is in force then.

    The power is a recorded fact: kind, level and name of a body say nothing about it.
    """
    above = aliased(Organization)
    return (
        select(above.id)
        .join(ApprovalPower, ApprovalPower.organization_id == above.id)
        .where(
            _path_of(organization_id).startswith(above.path),
            above.id != organization_id,
            power_in_force(on),
        )
        .order_by(func.length(above.path).desc())
        .limit(1)
        .scalar_subquery()
    )


def approver_of(session: Session, organization_id: int, on: date) -> Organization | None:
    """Return the body of `approver_id`, None if there is none."""
    return session.scalars(
        select(Organization).where(Organization.id == approver_id(organization_id, on))
    ).one_or_none()


def department_above(session: Session, organization_id: int) -> Organization | None:
    """Return the organisation department linked to a body or to the nearest body above it."""
    linked = aliased(Organization)
    return session.scalars(
        select(Organization)
        .join(linked, linked.department_id == Organization.id)
        .where(_path_of(organization_id).startswith(linked.path))
        .order_by(func.length(linked.path).desc())
        .limit(1)
    ).first()


def _path_of(organization_id: int) -> ScalarSelect[str]:
    own = aliased(Organization)
    return select(own.path).where(own.id == organization_id).scalar_subquery()


def tree(app: Application) -> tuple[OrganizationNode, ...]:
    """Return all bodies as trees; organisation departments are roots of their own, at the end."""
    today = app.clock.now().date()
    with app.database.read() as session:
        rows = session.scalars(
            select(Organization)
            .where(Organization.dissolved_on.is_(None))
            .order_by(Organization.id)
        ).all()
        empowered = set(
            session.scalars(select(ApprovalPower.organization_id).where(power_in_force(today)))
        )
    children: dict[int | None, list[Organization]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)

    def node(row: Organization) -> OrganizationNode:
        return OrganizationNode(
            id=row.id,
            code=row.code,
            name=row.name,
            short_name=row.short_name,
            kind=row.kind,
            kind_name=KIND_NAMES[row.kind],
            level_name=LEVEL_NAMES[row.level],
            has_approval_power=row.id in empowered,
            is_sample=row.is_sample,
            children=tuple(node(child) for child in children[row.id]),
        )

    roots = sorted(children[None], key=lambda row: row.kind == OrganizationKind.DEPARTMENT)
    return tuple(node(row) for row in roots)


def organization(app: Application, actor: Actor, organization_id: int) -> OrganizationView:
    """Return the page of a body; raises `NotFound`.

    The directory of bodies and posts is open to everybody who can log in; people are only counted.
    """
    del actor
    today = app.clock.now().date()
    with app.database.read() as session:
        row = session.get(Organization, organization_id)
        if row is None:
            raise NotFound
        above = ancestors(session, organization_id)
        approver = approver_of(session, organization_id, today)
        department = department_above(session, organization_id)
        units = units_of(session, row)
        below = session.scalars(
            select(Organization)
            .where(Organization.parent_id == organization_id, Organization.dissolved_on.is_(None))
            .order_by(Organization.id)
        )
        return OrganizationView(
            id=row.id,
            code=row.code,
            name=row.name,
            short_name=row.short_name,
            kind=row.kind,
            kind_name=KIND_NAMES[row.kind],
            level_name=LEVEL_NAMES[row.level],
            is_sample=row.is_sample,
            parent=_ref(above[0]) if above else None,
            ancestors=tuple(_ref(o) for o in reversed(above)),
            department=_ref(department) if department else None,
            approver=_ref(approver) if approver else None,
            approval_powers=_powers(session, organization_id, today),
            posts=_posts(session, row, today),
            people=_people_counts(session, row),
            children=tuple(_ref(o) for o in below),
            dissolved_on=row.dissolved_on,
            successor=_ref(successor_of(session, row)) if row.successor_id else None,
            changes=changes_of(session, organization_id),
            units=units,
            warnings=warnings_about(units),
        )


def _ref(row: Organization) -> OrganizationRef:
    kind_name = KIND_NAMES[row.kind]
    return OrganizationRef(row.id, row.name, row.short_name, row.kind, kind_name, row.is_sample)


def _powers(session: Session, organization_id: int, on: date) -> tuple[ApprovalPowerView, ...]:
    rows = session.execute(
        select(ApprovalPower, power_in_force(on))
        .where(ApprovalPower.organization_id == organization_id)
        .order_by(ApprovalPower.granted_on.desc(), ApprovalPower.id)
    )
    return tuple(
        ApprovalPowerView(
            p.id, p.document_number, p.granted_on, p.ends_on, p.end_document, bool(in_force)
        )
        for p, in_force in rows
    )


def _posts(session: Session, row: Organization, on: date) -> tuple[PostView, ...]:
    found = session.execute(
        select(Appointment.post, Person, Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.organization_id == row.id,
            Appointment.starts_on <= on,
            or_(Appointment.ends_on.is_(None), Appointment.ends_on >= on),
        )
        .order_by(Appointment.post, Appointment.starts_on, Appointment.id)
    )
    held = {
        post: tuple(_holder(person, row) for _, person, row in group)
        for post, group in groupby(found, key=lambda r: r[0])
    }
    expected = RULES[row.kind].posts
    further = tuple(post for post in Post if post in held and post not in expected)
    return tuple(
        PostView(post, POST_NAMES[post], held.get(post, ())) for post in (*expected, *further)
    )


def _holder(person: Person, row: Appointment) -> HolderView:
    return HolderView(
        appointment_id=row.id,
        person_id=person.id,
        name=person.name,
        since=row.starts_on,
        document_number=row.document_number,
        is_sample=person.is_sample,
    )


def _people_counts(session: Session, row: Organization) -> tuple[StatusCount, ...]:
    found = session.execute(
        select(Person.status, func.count())
        .join(Organization, Organization.id == Person.organization_id)
        .where(Organization.path.startswith(row.path, autoescape=True), Person.left_on.is_(None))
        .group_by(Person.status)
    )
    counts = dict(found.tuples().all())
    return tuple(StatusCount(s, name, counts.get(s, 0)) for s, name in STATUS_NAMES.items())
