"""Scope → body: in which body the post or the members of a lane are looked for."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from engine.model import Variables
from engine.procedure import LaneRule, Scope
from services.organizations.models import Organization
from services.organizations.queries import ancestors, approver_of, department_above


def body_of(
    session: Session, rule: LaneRule, own: int, variables: Variables, on: date
) -> int | None:
    """Return the body a rule means, seen from the body of the case; None when there is none."""
    match rule.scope:
        case Scope.OWN:
            return own
        case Scope.PARENT:
            return session.get_one(Organization, own).parent_id
        case Scope.APPROVER:
            return _id(approver_of(session, own, on))
        case Scope.ABOVE_APPROVER:
            approver = approver_of(session, own, on)
            return _id(approver and department_above(session, approver.id))
        case Scope.DEPARTMENT:
            return _id(department_above(session, own))
        case Scope.NAMED:
            return _id(_named(session, rule, variables))
        case Scope.LEVEL:
            chain = (session.get_one(Organization, own), *ancestors(session, own))
            return next((body.id for body in chain if body.level is rule.level), None)
        case Scope.COMMON_SUPERIOR:
            return _common_superior(
                session.get_one(Organization, own), _named(session, rule, variables)
            )


def _named(session: Session, rule: LaneRule, variables: Variables) -> Organization | None:
    value = variables.get(rule.body or "")
    if not isinstance(value, str) or not value.isdecimal():
        return None
    return session.get(Organization, int(value))


def _common_superior(one: Organization, other: Organization | None) -> int | None:
    """Return the lowest body at or above both; a path lists the ids from the root down."""
    if other is None:
        return None
    lowest = None
    for left, right in zip(_ids(one), _ids(other), strict=False):
        if left != right:
            break
        lowest = left
    return lowest


def _ids(body: Organization) -> list[int]:
    return [int(part) for part in body.path.split("/") if part]


def _id(body: Organization | None) -> int | None:
    return body.id if body is not None else None
