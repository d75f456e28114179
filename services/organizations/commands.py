"""Founding bodies and recording what they may approve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import Invalid, NotFound
from services.organizations.models import ApprovalPower, Level, Organization, OrganizationKind


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """A body to be entered; `department_id` is the organisation department it reports to."""

    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    level: Level
    parent_id: int | None = None
    department_id: int | None = None
    is_sample: bool = False


def establish(session: Session, new: NewOrganization) -> Organization:
    """Enter a body below its parent; raises `Invalid` when the code is taken."""
    if session.scalar(select(Organization.id).where(Organization.code == new.code)) is not None:
        raise Invalid(errors={"code": f"组织代码“{new.code}”已被使用。"})
    parent = _get(session, new.parent_id) if new.parent_id is not None else None
    row = Organization(
        code=new.code,
        name=new.name,
        short_name=new.short_name,
        kind=new.kind,
        level=new.level,
        parent_id=new.parent_id,
        department_id=new.department_id,
        is_sample=new.is_sample,
    )
    session.add(row)
    session.flush()
    row.path = f"{parent.path if parent else '/'}{row.id}/"
    session.flush()
    return row


def grant_approval_power(
    session: Session,
    organization_id: int,
    document_number: str,
    granted_on: date,
    ends_on: date | None = None,
) -> ApprovalPower:
    """Record that a committee may approve members, by which document and from when.

    Only a committee can be given the power: a general branch examines and passes on, a branch
    resolves, a temporary body does neither (发展党员工作细则, rule MD-T5).  Raises `Invalid`.
    """
    organization = _get(session, organization_id)
    if organization.kind != OrganizationKind.INDUSTRY_COMMITTEE:
        raise Invalid(
            f"“{organization.name}”不是党的委员会，不能登记党员审批权限。",
            "请登记到其上级具有审批权限的党委。",
        )
    if ends_on is not None and ends_on < granted_on:
        raise Invalid(errors={"ends_on": "终止日期不能早于授权日期。"})
    power = ApprovalPower(
        organization_id=organization_id,
        document_number=document_number,
        granted_on=granted_on,
        ends_on=ends_on,
    )
    session.add(power)
    session.flush()
    return power


def _get(session: Session, organization_id: int) -> Organization:
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotFound
    return organization
