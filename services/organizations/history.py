"""What a body was called, and below which it stood, on any date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import NotFound
from services.organizations.models import ChangeKind, Organization, OrganizationChange
from services.organizations.names import CHANGE_NAMES


@dataclass(frozen=True, slots=True)
class BodyOn:
    """A body as it was on a date."""

    name: str
    short_name: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """An act in the history of a body; `acted_on` is None where it is not recorded.

    `parent_name` and `counterpart_name` are the names these bodies have today.
    """

    kind: ChangeKind
    kind_name: str
    acted_on: date | None
    document_number: str
    name: str
    parent_id: int | None
    parent_name: str
    counterpart_id: int | None
    counterpart_name: str


def body_on(session: Session, organization_id: int, on: date) -> BodyOn:
    """Return name and parent on the date; before the first act, what that act says.

    Raises `NotFound` for an unknown body.
    """
    rows = session.scalars(
        select(OrganizationChange)
        .where(OrganizationChange.organization_id == organization_id)
        .order_by(OrganizationChange.id)
    ).all()
    if not rows:
        raise NotFound
    found = rows[0]
    for row in rows[1:]:
        if row.acted_on is not None and row.acted_on <= on:
            found = row
    return BodyOn(found.name, found.short_name, found.parent_id)


def name_on(session: Session, organization_id: int, on: date) -> str:
    """Return what the body was called on the date; raises `NotFound`."""
    return body_on(session, organization_id, on).name


def changes_of(session: Session, organization_id: int) -> tuple[ChangeView, ...]:
    """Return the history of a body, the latest act first."""
    rows = session.scalars(
        select(OrganizationChange)
        .where(OrganizationChange.organization_id == organization_id)
        .order_by(OrganizationChange.id.desc())
    ).all()
    names = names_of(
        session, {key for row in rows for key in (row.parent_id, row.counterpart_id) if key}
    )
    return tuple(
        ChangeView(
            kind=row.kind,
            kind_name=CHANGE_NAMES[row.kind],
            acted_on=row.acted_on,
            document_number=row.document_number,
            name=row.name,
            parent_id=row.parent_id,
            parent_name=names.get(row.parent_id or 0, ""),
            counterpart_id=row.counterpart_id,
            counterpart_name=names.get(row.counterpart_id or 0, ""),
        )
        for row in rows
    )


def names_of(session: Session, ids: Collection[int]) -> Mapping[int, str]:
    """Return the present names of bodies by id."""
    if not ids:
        return {}
    rows = session.execute(
        select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    )
    return dict(rows.tuples().all())


def successor_of(session: Session, body: Organization) -> Organization:
    """Return the body that stands for this one today: itself, or the last that took over."""
    seen = {body.id}
    while body.successor_id is not None and body.successor_id not in seen:
        seen.add(body.successor_id)
        body = session.get_one(Organization, body.successor_id)
    return body
