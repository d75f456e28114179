"""The units (law firms) a joint branch (联合党支部) is for, and what is unusual about them.

The figures come from reprints of the text only (待核对), and the text says “generally”: they warn,
and nothing is refused for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.organizations.models import Organization, OrganizationKind
from services.people.models import Person, PoliticalStatus

MAX_UNITS = 5
OWN_BRANCH_FROM = 3
"""Full members from which a unit is to have a branch of its own."""
SOURCE = "《中国共产党支部工作条例（试行）》（待核对）"


@dataclass(frozen=True, slots=True)
class Unit:
    """A law firm some people of a branch work for, with how many of them are full members."""

    id: int
    name: str
    people: int
    full_members: int


def units_of(session: Session, branch: Organization) -> tuple[Unit, ...]:
    """Return the units of a joint branch by name; nothing for other bodies."""
    if branch.kind is not OrganizationKind.JOINT_BRANCH:
        return ()
    full = func.sum(case((Person.status == PoliticalStatus.FULL, 1), else_=0))
    rows = session.execute(
        select(Organization.id, Organization.name, func.count(), full)
        .join(Person, Person.employer_id == Organization.id)
        .where(Person.organization_id == branch.id, Person.left_on.is_(None))
        .group_by(Organization.id, Organization.name)
        .order_by(Organization.name, Organization.id)
    )
    return tuple(Unit(key, name, people, int(members)) for key, name, people, members in rows)


def warnings_about(units: Sequence[Unit]) -> tuple[str, ...]:
    """Return in words what is unusual about the units of a joint branch."""
    found = []
    if len(units) > MAX_UNITS:
        found.append(f"联合党支部覆盖{len(units)}家单位，一般不超过{MAX_UNITS}家，请核实。{SOURCE}")
    large = [unit.name for unit in units if unit.full_members >= OWN_BRANCH_FROM]
    if large:
        found.append(
            f"{'、'.join(large)}的正式党员已有{OWN_BRANCH_FROM}人以上，"
            f"一般应当单独成立党支部，请核实。{SOURCE}"
        )
    return tuple(found)


def warnings_of(app: Application, organization_id: int) -> tuple[str, ...]:
    """Return what is unusual about the units of a body, empty for all but joint branches."""
    with app.database.read() as session:
        branch = session.get(Organization, organization_id)
        return warnings_about(units_of(session, branch)) if branch is not None else ()
