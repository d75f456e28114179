"""The first administrators of an installation, made at the command line."""

from __future__ import annotations

from sqlalchemy import select

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.errors import Conflict
from services.identity.ask import checked_holder
from services.identity.book import Doer, book
from services.identity.commands import ONE_TIME, new_one_time_password
from services.identity.decide import store_administrator
from services.identity.models import AdministratorGrant
from services.identity.roles import ROLE_NAMES, AdministratorRole

COMMAND_LINE = Doer("（命令行）")


def install_administrator(
    app: Application, role: AdministratorRole, login: str, name: str, number: str
) -> str:
    """Make the first administrator of a kind; return the one-time password.

    Raises `Conflict` when the kind has one in office (further ones are asked for and confirmed in
    the administration pages), `RoleTaken` when the staff number belongs to an administrator, and
    `Invalid`.
    """
    name, number = checked_holder(name, number)
    password = new_one_time_password()
    now = app.wall.now()
    with app.database.write() as session:
        in_office = select(AdministratorGrant.id).where(
            AdministratorGrant.role == role, AdministratorGrant.revoked_at.is_(None)
        )
        if session.scalars(in_office.limit(1)).first() is not None:
            raise Conflict(
                f"已有{ROLE_NAMES[role]}。",
                "再设立管理员的，请在管理页面申请，由另一名管理员确认。",
            )
        store_administrator(
            session,
            role,
            login,
            name,
            number,
            password.hash,
            now,
            one_time_until=now + ONE_TIME,
        )
        book(
            session,
            app,
            AuditKind.ADMINISTRATOR_INSTALLED,
            COMMAND_LINE,
            concerned=login,
            details={"身份": ROLE_NAMES[role]},
        )
    return password.text
