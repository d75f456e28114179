"""Who holds which post where, row by row, as those who may see the people browse it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on, visible_to

READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PostRow:
    """An appointment; `body_code` and `body_name` are those of the body the post is in."""

    name: str
    body_code: str
    body_name: str
    post_name: str
    starts_on: date
    document_number: str
    ends_on: date | None
    end_document: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class PostFilter:
    """The body whose posts are meant, with those below it, or all; those held today, or ever."""

    selected_id: int | None = None
    with_ended: bool = False


def posts(app: Application, actor: Actor, chosen: PostFilter) -> Iterator[PostRow]:
    """Yield the posts of the people the actor may see, body by body, some hundreds at a time.

    Raises `NotFound` for an unknown body.
    """
    with app.database.read() as session:
        where = []
        if chosen.selected_id is not None:
            selected = session.get(Organization, chosen.selected_id)
            if selected is None:
                raise NotFound
            where.append(Organization.path.startswith(selected.path, autoescape=True))
        if not chosen.with_ended:
            where.append(held_on(app.clock.now().date()))
        visible = (
            select(Person.id)
            .join(Organization, Organization.id == Person.organization_id)
            .where(visible_to(actor))
        )
        rows = session.execute(
            select(Appointment, Person.name, Person.is_sample, Organization)
            .join(Person, Person.id == Appointment.person_id)
            .join(Organization, Organization.id == Appointment.organization_id)
            .where(Appointment.person_id.in_(visible), *where)
            .order_by(Organization.path, Appointment.starts_on, Appointment.id)
            .execution_options(yield_per=READ_AT_ONCE)
        )
        for held, name, is_sample, body in rows:
            yield PostRow(
                name=name,
                body_code=body.code,
                body_name=body.name,
                post_name=POST_NAMES[held.post],
                starts_on=held.starts_on,
                document_number=held.document_number,
                ends_on=held.ends_on,
                end_document=held.end_document,
                is_sample=is_sample,
            )
