"""The register of people as those who may see them browse it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from engine.forms import Option
from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.people.models import Appointment, Person, PersonKind, PoliticalStatus
from services.people.names import PERSON_KIND_NAMES, STATUS_NAMES
from services.people.numbers import number_in
from services.people.queries import held_on, visible_to
from services.people.search import matches

PAGE_SIZE = 50
CHOICES = 20
READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PersonItem:
    """A person in a search result."""

    id: int
    name: str
    organization_name: str
    status_name: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the table; `posts` are those held today, each with its body."""

    id: int
    name: str
    sex: str
    kind_name: str
    status_name: str
    status_since: date | None
    organization_name: str
    posts: tuple[str, ...]
    has_left: bool
    is_sample: bool


@dataclass(frozen=True, slots=True)
class PersonList:
    """One page of the table; `selected_name` is empty when nothing is selected in the tree."""

    items: tuple[PersonRow, ...]
    total: int
    page: int
    page_size: int
    selected_id: int | None
    selected_name: str


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """What narrows the table; None and an empty text narrow nothing."""

    text: str = ""
    selected_id: int | None = None
    status: PoliticalStatus | None = None
    kind: PersonKind | None = None
    with_left: bool = False


def people(app: Application, actor: Actor, chosen: PersonFilter, page: int = 1) -> PersonList:
    """Return the people the actor may see in the selected body and those below it."""
    today = app.clock.now().date()
    with app.database.read() as session:
        selected = _selected(session, chosen)
        query = _query(session, actor, chosen, selected)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(Organization.path, Person.id)
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        ).all()
        items = _rows(session, rows, today)
    if number := number_in(chosen.text):
        number.note(app, actor, [item.id for item in items])
    name = selected.name if selected is not None else ""
    return PersonList(items, total, page, PAGE_SIZE, chosen.selected_id, name)


def everybody(app: Application, actor: Actor, chosen: PersonFilter) -> Iterator[PersonRow]:
    """Yield what all pages of the table show, some hundreds read at a time."""
    today = app.clock.now().date()
    with app.database.read() as session:
        query = _query(session, actor, chosen, _selected(session, chosen))
        found = session.execute(
            query.order_by(Organization.path, Person.id).execution_options(yield_per=READ_AT_ONCE)
        )
        for rows in found.partitions():
            yield from _rows(session, rows, today)


def _selected(session: Session, chosen: PersonFilter) -> Organization | None:
    if chosen.selected_id is None:
        return None
    selected = session.get(Organization, chosen.selected_id)
    if selected is None:
        raise NotFound
    return selected


def search(app: Application, actor: Actor, text: str) -> tuple[PersonItem, ...]:
    """Return people the actor may see, by name, pinyin or number; at most twenty."""
    if not text.strip():
        return ()
    number = number_in(text)
    with app.database.read() as session:
        rows = session.execute(
            select(Person, Organization.short_name)
            .join(Organization, Organization.id == Person.organization_id)
            .where(_meant(session, actor, text), visible_to(actor))
            .order_by(Person.name, Person.id)
            .limit(CHOICES)
        )
        items = tuple(
            PersonItem(p.id, p.name, organization, STATUS_NAMES[p.status], p.is_sample)
            for p, organization in rows
        )
    if number is not None:
        number.note(app, actor, [item.id for item in items])
    return items


def _meant(session: Session, actor: Actor, text: str) -> ColumnElement[bool]:
    number = number_in(text)
    return number.belongs(session, actor) if number is not None else matches(text)


def _query(
    session: Session, actor: Actor, chosen: PersonFilter, selected: Organization | None
) -> Select[tuple[Person, str]]:
    where = [visible_to(actor)]
    if chosen.text.strip():
        where.append(_meant(session, actor, chosen.text))
    if chosen.status is not None:
        where.append(Person.status == chosen.status)
    if chosen.kind is not None:
        where.append(Person.kind == chosen.kind)
    if not chosen.with_left:
        where.append(Person.left_on.is_(None))
    if selected is not None:
        where.append(Organization.path.startswith(selected.path, autoescape=True))
    return (
        select(Person, Organization.short_name)
        .join(Organization, Organization.id == Person.organization_id)
        .where(*where)
    )


def _rows(
    session: Session, found: Sequence[Row[tuple[Person, str]]], today: date
) -> tuple[PersonRow, ...]:
    posts: dict[int, list[str]] = defaultdict(list)
    for person_id, body, post in session.execute(
        select(Appointment.person_id, Organization.short_name, Appointment.post)
        .join(Organization, Organization.id == Appointment.organization_id)
        .where(Appointment.person_id.in_([person.id for person, _ in found]), held_on(today))
        .order_by(Appointment.starts_on, Appointment.id)
    ):
        posts[person_id].append(f"{body}{POST_NAMES[post]}")
    return tuple(
        PersonRow(
            id=person.id,
            name=person.name,
            sex=person.sex,
            kind_name=PERSON_KIND_NAMES[person.kind],
            status_name=STATUS_NAMES[person.status],
            status_since=person.status_since,
            organization_name=body,
            posts=tuple(posts[person.id]),
            has_left=person.left_on is not None,
            is_sample=person.is_sample,
        )
        for person, body in found
    )


def choices(
    app: Application, actor: Actor, text: str, organization_id: int | None = None
) -> tuple[Option, ...]:
    """Return people to choose from, by name or pinyin, at most twenty; never the actor."""
    where = [visible_to(actor), Person.left_on.is_(None), Person.id != actor.person_id]
    if text.strip():
        where.append(matches(text))
    if organization_id is not None:
        where.append(Person.organization_id == organization_id)
    with app.database.read() as session:
        query = (
            select(Person.id, Person.name, Organization.short_name)
            .join(Organization, Organization.id == Person.organization_id)
            .where(*where)
            .order_by(Person.id)
        )
        rows = session.execute(query if organization_id is not None else query.limit(CHOICES))
        return tuple(Option(str(person), f"{name}（{body}）") for person, name, body in rows)
