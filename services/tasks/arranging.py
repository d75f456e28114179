"""Which body names somebody for a task that nobody can take (无人可办)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.organizations.models import Organization
from services.organizations.queries import ancestors, department_above
from services.people.models import Appointment, Post
from services.people.queries import held_on

ARRANGERS = frozenset(
    {
        Post.ORGANIZATION_COMMISSIONER,
        Post.ORGANIZER,
        Post.SECRETARY,
        Post.DEPUTY_SECRETARY,
        Post.DEPARTMENT_CLERK,
        Post.DEPARTMENT_HEAD,
        Post.REGISTER_KEEPER,
    }
)
"""Who keeps the register of a body, or leads it: they name somebody for the bodies below."""


@dataclass(frozen=True, slots=True)
class Arranger:
    """The body that has to name somebody."""

    organization_id: int
    name: str


def arranger(session: Session, organization_id: int, on: date) -> Arranger | None:
    """Return the nearest body above that has somebody to do it, else the linked department.

    The body itself comes last, for one that stands below none; None where nobody is anywhere.
    """
    above = [body.id for body in ancestors(session, organization_id)]
    department = department_above(session, organization_id)
    order = [*above, *([department.id] if department is not None else []), organization_id]
    rows = session.execute(
        select(Organization.id, Organization.name)
        .join(Appointment, Appointment.organization_id == Organization.id)
        .where(Organization.id.in_(order), Appointment.post.in_(ARRANGERS), held_on(on))
        .distinct()
    )
    staffed = {row.id: Arranger(row.id, row.name) for row in rows}
    return next((staffed[body] for body in order if body in staffed), None)
