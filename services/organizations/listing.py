"""The register of bodies as people browse it: a tree opened along one path, and a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from engine.forms import Option
from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import POST_NAMES
from services.organizations.models import ApprovalPower, Organization, OrganizationKind
from services.organizations.names import KIND_NAMES, LEVEL_NAMES
from services.organizations.queries import power_in_force
from services.organizations.rules import RULES
from services.people.models import Appointment, Person, Post
from services.people.queries import held_on

PAGE_SIZE = 50
CHOICES = 20
READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A body in the tree; `children` are loaded only where the tree is open."""

    id: int
    name: str
    short_name: str
    is_selected: bool
    children: tuple[TreeNode, ...]


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A line of the table; `vacant` names the usual posts nobody holds."""

    id: int
    code: str
    name: str
    kind_name: str
    level_name: str
    parent_name: str
    secretary: str
    vacant: tuple[str, ...]
    people: int
    has_approval_power: bool
    is_dissolved: bool
    is_sample: bool


@dataclass(frozen=True, slots=True)
class BodyList:
    """One page of the table; `selected_name` is empty when nothing is selected in the tree."""

    items: tuple[BodyRow, ...]
    total: int
    page: int
    page_size: int
    selected_id: int | None
    selected_name: str


@dataclass(frozen=True, slots=True)
class BodyFilter:
    """What narrows the table; the text is a part of name or code, empty narrows nothing."""

    text: str = ""
    selected_id: int | None = None
    with_ended: bool = False


def tree_around(app: Application, selected_id: int | None) -> tuple[TreeNode, ...]:
    """Return the roots, opened from the root down to the children of the selected body."""
    with app.database.read() as session:
        path = ""
        if selected_id is not None:
            path = (
                session.scalar(select(Organization.path).where(Organization.id == selected_id))
                or _missing()
            )
        opened = [int(part) for part in path.split("/") if part]
        rows = session.scalars(
            select(Organization)
            .where(
                Organization.dissolved_on.is_(None),
                or_(Organization.parent_id.is_(None), Organization.parent_id.in_(opened)),
            )
            .order_by(Organization.kind == OrganizationKind.DEPARTMENT, Organization.id)
        ).all()
    children: dict[int | None, list[Organization]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)

    def node(row: Organization) -> TreeNode:
        below = tuple(node(child) for child in children[row.id])
        return TreeNode(row.id, row.name, row.short_name, row.id == selected_id, below)

    return tuple(node(row) for row in children[None])


def bodies(app: Application, chosen: BodyFilter, page: int = 1) -> BodyList:
    """Return the bodies directly below the selected one, or all below it that a text finds.

    Raises `NotFound` for an unknown selection.
    """
    today = app.clock.now().date()
    with app.database.read() as session:
        selected = _selected(session, chosen)
        where = _where(chosen, selected, is_deep=bool(chosen.text.strip()))
        total = session.scalar(select(func.count()).select_from(Organization).where(*where)) or 0
        rows = session.scalars(
            select(Organization)
            .where(*where)
            .order_by(Organization.id)
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        ).all()
        items = _rows(session, rows, today)
    name = selected.name if selected is not None else ""
    return BodyList(items, total, page, PAGE_SIZE, chosen.selected_id, name)


def all_bodies(app: Application, chosen: BodyFilter) -> Iterator[BodyRow]:
    """Yield the selected body and everything below it, those above first, some hundreds at a time.

    Without a selection all bodies; a text narrows them.  Raises `NotFound` as `bodies`.
    """
    today = app.clock.now().date()
    with app.database.read() as session:
        where = _where(chosen, _selected(session, chosen), is_deep=True)
        found = session.scalars(
            select(Organization)
            .where(*where)
            .order_by(Organization.path)
            .execution_options(yield_per=READ_AT_ONCE)
        )
        for rows in found.partitions():
            yield from _rows(session, rows, today)


def _selected(session: Session, chosen: BodyFilter) -> Organization | None:
    if chosen.selected_id is None:
        return None
    selected = session.get(Organization, chosen.selected_id)
    if selected is None:
        raise NotFound
    return selected


def _where(
    chosen: BodyFilter, selected: Organization | None, *, is_deep: bool
) -> list[ColumnElement[bool]]:
    where = [_place(selected, is_deep=is_deep)]
    if chosen.text.strip():
        where.append(matches(chosen.text))
    if not chosen.with_ended:
        where.append(Organization.dissolved_on.is_(None))
    return where


def _rows(session: Session, rows: Sequence[Organization], today: date) -> tuple[BodyRow, ...]:
    ids = [row.id for row in rows]
    parents = _names(session, [row.parent_id for row in rows if row.parent_id is not None])
    people = dict(
        session.execute(
            select(Person.organization_id, func.count())
            .where(Person.organization_id.in_(ids), Person.left_on.is_(None))
            .group_by(Person.organization_id)
        )
        .tuples()
        .all()
    )
    held: dict[int, dict[Post, str]] = defaultdict(dict)
    for body, post, name in session.execute(
        select(Appointment.organization_id, Appointment.post, Person.name)
        .join(Person, Person.id == Appointment.person_id)
        .where(Appointment.organization_id.in_(ids), held_on(today))
        .order_by(Appointment.starts_on, Appointment.id)
    ):
        held[body].setdefault(post, name)
    empowered = set(
        session.scalars(
            select(ApprovalPower.organization_id).where(
                ApprovalPower.organization_id.in_(ids), power_in_force(today)
            )
        )
    )
    return tuple(
        BodyRow(
            id=row.id,
            code=row.code,
            name=row.name,
            kind_name=KIND_NAMES[row.kind],
            level_name=LEVEL_NAMES[row.level],
            parent_name=parents.get(row.parent_id or 0, ""),
            secretary=held[row.id].get(Post.SECRETARY, ""),
            vacant=tuple(
                POST_NAMES[post]
                for post in RULES[row.kind].posts
                if post not in held[row.id] and row.dissolved_on is None
            ),
            people=people.get(row.id, 0),
            has_approval_power=row.id in empowered,
            is_dissolved=row.dissolved_on is not None,
            is_sample=row.is_sample,
        )
        for row in rows
    )


def choices(
    app: Application, text: str, kinds: frozenset[OrganizationKind] | None = None
) -> tuple[Option, ...]:
    """Return bodies in force to choose from, found by a part of name or code, at most twenty."""
    where = [Organization.dissolved_on.is_(None), matches(text)]
    if kinds is not None:
        where.append(Organization.kind.in_(kinds))
    with app.database.read() as session:
        rows = session.execute(
            select(Organization.id, Organization.name)
            .where(*where)
            .order_by(Organization.path)
            .limit(CHOICES)
        )
        return tuple(Option(str(body), name) for body, name in rows)


def matches(text: str) -> ColumnElement[bool]:
    """SQL: the `Organization` of the enclosing query is meant by a part of its name or code."""
    part = text.strip()
    return or_(
        Organization.name.contains(part, autoescape=True),
        Organization.code.startswith(part.upper(), autoescape=True),
    )


def _place(selected: Organization | None, *, is_deep: bool) -> ColumnElement[bool]:
    if selected is None:
        return Organization.id.is_not(None) if is_deep else Organization.parent_id.is_(None)
    if is_deep:
        return Organization.path.startswith(selected.path, autoescape=True)
    return or_(Organization.parent_id == selected.id, Organization.id == selected.id)


def _names(session: Session, ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Organization.id, Organization.short_name).where(Organization.id.in_(ids))
    )
    return dict(rows.tuples().all())


def _missing() -> str:
    raise NotFound
