"""Writing the register of bodies: what every change does to its rows.

These functions work in the transaction of the caller and ask nobody for permission; who may do it,
what moves along and the journal are for `services.organizations.administration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.basis import Basis
from services.errors import Conflict, Invalid, NotFound
from services.organizations.models import (
    ApprovalPower,
    ChangeKind,
    Level,
    Organization,
    OrganizationChange,
    OrganizationKind,
)
from services.organizations.rules import require_place, require_power

MAX_CODE, MAX_NAME, MAX_SHORT_NAME = 32, 120, 40


@dataclass(frozen=True, slots=True)
class NewOrganization:
    """A body to be entered; `department_id` is the organisation department it reports to.

    `established_on` and `document_number` are the act that founded it, where they are known.
    """

    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    level: Level
    parent_id: int | None = None
    department_id: int | None = None
    established_on: date | None = None
    document_number: str = ""
    is_sample: bool = False


def establish(
    session: Session, new: NewOrganization, split_from: Organization | None = None
) -> Organization:
    """Enter a body below its parent; raises `Invalid`, or `Conflict` for a parent that has ended.

    Where the day it was founded is not known, the register says only that it was entered (建档).
    """
    lock_tree(session)
    code, name, short_name = checked_words(new.code, new.name, new.short_name)
    if session.scalar(select(Organization.id).where(Organization.code == code)) is not None:
        raise Invalid(errors={"code": f"组织代码“{code}”已被使用。"})
    parent = in_force(session, new.parent_id) if new.parent_id is not None else None
    require_place(new.kind, new.level, (parent.kind, parent.level) if parent else None)
    row = Organization(
        code=code,
        name=name,
        short_name=short_name,
        kind=new.kind,
        level=new.level,
        parent_id=new.parent_id,
        department_id=new.department_id,
        is_sample=new.is_sample,
    )
    session.add(row)
    session.flush()
    row.path = f"{parent.path if parent else '/'}{row.id}/"
    kind = ChangeKind.REGISTERED if new.established_on is None else ChangeKind.ESTABLISHED
    if split_from is not None:
        kind = ChangeKind.SPLIT_OFF
    session.add(
        OrganizationChange(
            organization_id=row.id,
            kind=kind,
            acted_on=new.established_on,
            document_number=new.document_number,
            name=name,
            short_name=short_name,
            parent_id=new.parent_id,
            counterpart_id=split_from.id if split_from is not None else None,
        )
    )
    session.flush()
    return row


def rename(session: Session, body: Organization, name: str, short_name: str, basis: Basis) -> None:
    """Give a body another name from the date of the act; raises `Invalid`."""
    _, name, short_name = checked_words(body.code, name, short_name)
    if (name, short_name) == (body.name, body.short_name):
        raise Invalid(errors={"name": "名称没有变化。"})
    body.name, body.short_name = name, short_name
    note(session, body, ChangeKind.RENAMED, basis)


def move(session: Session, body: Organization, parent_id: int, basis: Basis) -> None:
    """Put a body with everything below it under another parent; raises `Invalid`, `Conflict`."""
    lock_tree(session)
    session.refresh(body)
    parent = in_force(session, parent_id)
    if parent.id == body.parent_id:
        raise Invalid(errors={"parent_id": "上级组织没有变化。"})
    if parent.path.startswith(body.path):
        raise Invalid(errors={"parent_id": "不能隶属于本组织或者本组织的下级。"})
    require_place(body.kind, body.level, (parent.kind, parent.level))
    body.parent_id = parent.id
    _rebase(session, body, parent.path)
    note(session, body, ChangeKind.MOVED, basis)


def close(
    session: Session,
    body: Organization,
    kind: ChangeKind,
    successor: Organization | None,
    basis: Basis,
) -> None:
    """End a body from which everything has been taken away: MERGED or DISSOLVED."""
    body.dissolved_on = basis.acted_on
    body.successor_id = successor.id if successor is not None else None
    last = basis.acted_on - timedelta(days=1)
    for power in session.scalars(
        select(ApprovalPower).where(ApprovalPower.organization_id == body.id)
    ):
        if power.ends_on is None or power.ends_on > last:
            power.ends_on = last
            power.end_document = basis.document_number
    note(session, body, kind, basis, successor)


def note(
    session: Session,
    body: Organization,
    kind: ChangeKind,
    basis: Basis,
    counterpart: Organization | None = None,
) -> None:
    """Add an act to the history of a body; raises `Invalid` when a later one is there already."""
    last = session.scalar(
        select(func.max(OrganizationChange.acted_on)).where(
            OrganizationChange.organization_id == body.id
        )
    )
    if last is not None and basis.acted_on < last:
        raise Invalid(errors={"acted_on": f"日期不能早于“{body.name}”最近一次变更（{last}）。"})
    session.add(
        OrganizationChange(
            organization_id=body.id,
            kind=kind,
            acted_on=basis.acted_on,
            document_number=basis.document_number,
            name=body.name,
            short_name=body.short_name,
            parent_id=body.parent_id,
            counterpart_id=counterpart.id if counterpart is not None else None,
        )
    )
    session.flush()


def grant_approval_power(
    session: Session,
    organization_id: int,
    document_number: str,
    granted_on: date,
    ends_on: date | None = None,
) -> ApprovalPower:
    """Record that a committee may approve members, by which document and from when.

    Raises `Invalid` for a body that cannot be given the power.
    """
    organization = in_force(session, organization_id)
    require_power(organization.kind, organization.name)
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


def end_approval_power(session: Session, power_id: int, basis: Basis) -> ApprovalPower:
    """Record the last day of a power (the date of the act) and the document; raises `Invalid`."""
    power = session.get(ApprovalPower, power_id, with_for_update=True)
    if power is None:
        raise NotFound
    if basis.acted_on < power.granted_on:
        raise Invalid(errors={"acted_on": "终止日期不能早于授权日期。"})
    if power.ends_on is not None and power.ends_on <= basis.acted_on:
        raise Conflict("该审批权限已经终止。", "请刷新页面，核对审批权限。")
    power.ends_on = basis.acted_on
    power.end_document = basis.document_number
    session.flush()
    return power


def in_force(session: Session, organization_id: int) -> Organization:
    """Return a body that has not ended; raises `NotFound`, `Conflict`."""
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotFound
    if organization.dissolved_on is not None:
        raise Conflict(f"“{organization.name}”已经撤销或者合并。", "请刷新页面，选择现有的组织。")
    return organization


def lock_tree(session: Session) -> None:
    """Let changes of the tree take turns: paths are written from the paths above them."""
    session.execute(
        select(Organization.id)
        .where(Organization.parent_id.is_(None))
        .order_by(Organization.id)
        .with_for_update(key_share=True)
    )


def _rebase(session: Session, body: Organization, above: str) -> None:
    old, new = body.path, f"{above}{body.id}/"
    session.flush()
    session.execute(
        update(Organization)
        .where(Organization.path.startswith(old, autoescape=True))
        .values(path=new + func.substr(Organization.path, len(old) + 1))
        .execution_options(synchronize_session="fetch")
    )


def checked_words(code: str, name: str, short_name: str) -> tuple[str, str, str]:
    """Return the three without outer spaces; raises `Invalid` for missing or too long ones."""
    errors: dict[str, str] = {}
    cleaned = []
    for key, label, text, limit in (
        ("code", "组织代码", code, MAX_CODE),
        ("name", "全称", name, MAX_NAME),
        ("short_name", "简称", short_name, MAX_SHORT_NAME),
    ):
        cleaned.append(text.strip())
        if not text.strip():
            errors[key] = f"请填写{label}。"
        elif len(text.strip()) > limit:
            errors[key] = f"{label}不能超过{limit}个字。"
    if errors:
        raise Invalid(errors=errors)
    return cleaned[0], cleaned[1], cleaned[2]
