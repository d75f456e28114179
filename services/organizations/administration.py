"""Keeping the register of bodies: each command checks who may, does it, and journals it.

Every command returns the id of the body to be shown next, and raises `Forbidden`, `Invalid`,
`Conflict` or `NotFound`; then nothing has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.audit.registers import record_body
from services.basis import Basis
from services.bootstrap import Application
from services.cases.follow import Following, cases_below, cases_in, follow
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.identity.permissions import Permission, require
from services.organizations import commands
from services.organizations.commands import NewOrganization, in_force
from services.organizations.models import ApprovalPower, Organization


@dataclass(frozen=True, slots=True)
class RenameOrganization:
    """Give a body another name."""

    organization_id: int
    name: str
    short_name: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class MoveOrganization:
    """Put a body, with all below it, under another parent."""

    organization_id: int
    parent_id: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class GrantPower:
    """Record that a committee may approve members; `ends_on` is the last day, None for open."""

    organization_id: int
    basis: Basis
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class EndPower:
    """Record that a committee may approve members no more; the date of the act is the last day."""

    power_id: int
    basis: Basis


def establish_organization(app: Application, actor: Actor, new: NewOrganization) -> int:
    """Found a body below another one, or a new root."""
    if new.established_on is None:
        raise Invalid(errors={"acted_on": "请填写成立日期。"})
    basis = Basis(new.established_on, new.document_number).checked(app.clock.now().date())
    with app.database.write() as session:
        parent = in_force(session, new.parent_id) if new.parent_id is not None else None
        actor = require(session, actor, Permission.KEEP_ORGANIZATIONS, parent, below=True)
        body = commands.establish(session, replace(new, document_number=basis.document_number))
        _record(
            app,
            session,
            AuditKind.ORGANIZATION_ESTABLISHED,
            body,
            actor,
            basis,
            f"“{body.name}”成立。",
        )
        return body.id


def rename_organization(app: Application, actor: Actor, command: RenameOrganization) -> int:
    """Rename a body; its running cases learn the name, ended ones go on showing the old one."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        body, actor = _body(session, actor, command.organization_id)
        old = body.name
        commands.rename(session, body, command.name, command.short_name, basis)
        words = f"“{old}”更名为“{body.name}”。"
        cases = cases_in(session, [body.id])
        follow(app, session, cases, Following(actor, basis, words))
        _record(app, session, AuditKind.ORGANIZATION_RENAMED, body, actor, basis, words)
        return body.id


def move_organization(app: Application, actor: Actor, command: MoveOrganization) -> int:
    """Move a body with its subtree; who approves for its running cases is found anew."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        body, actor = _body(session, actor, command.organization_id)
        parent = in_force(session, command.parent_id)
        require(session, actor, Permission.KEEP_ORGANIZATIONS, parent, below=True)
        commands.move(session, body, parent.id, basis)
        words = f"“{body.name}”改为隶属于“{parent.name}”。"
        cases = cases_below(session, body.path)
        follow(app, session, cases, Following(actor, basis, words))
        _record(app, session, AuditKind.ORGANIZATION_MOVED, body, actor, basis, words)
        return body.id


def grant_power(app: Application, actor: Actor, command: GrantPower) -> int:
    """Record a power to approve members."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        body = in_force(session, command.organization_id)
        actor = require(session, actor, Permission.GRANT_POWERS, body)
        commands.grant_approval_power(
            session, body.id, basis.document_number, basis.acted_on, command.ends_on
        )
        _record(
            app,
            session,
            AuditKind.APPROVAL_POWER_GRANTED,
            body,
            actor,
            basis,
            "登记发展党员审批权限。",
        )
        return body.id


def end_power(app: Application, actor: Actor, command: EndPower) -> int:
    """Record the end of a power to approve members."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        power = session.get(ApprovalPower, command.power_id)
        if power is None:
            raise NotFound
        body = session.get_one(Organization, power.organization_id)
        actor = require(session, actor, Permission.GRANT_POWERS, body)
        commands.end_approval_power(session, power.id, basis)
        words = f"终止发展党员审批权限（{power.document_number}）。"
        _record(app, session, AuditKind.APPROVAL_POWER_ENDED, body, actor, basis, words)
        return body.id


def _body(session: Session, actor: Actor, organization_id: int) -> tuple[Organization, Actor]:
    body = in_force(session, organization_id)
    return body, require(session, actor, Permission.KEEP_ORGANIZATIONS, body)


def _record(
    app: Application,
    session: Session,
    kind: AuditKind,
    body: Organization,
    actor: Actor,
    basis: Basis,
    words: str,
) -> None:
    record_body(session, kind, body.id, actor, basis, words, app.clock.now())
