"""Administrators: three kinds, each an account of its own, none of which acts in a procedure.

`Administrator` is no `Actor` and cannot be turned into one, so that the type checker refuses to
hand an administrator to anything that reads or moves a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AdministratorRole(StrEnum):
    """The kinds of administrators (三员); a person holds at most one."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


ROLE_NAMES: Mapping[AdministratorRole, str] = {
    AdministratorRole.SYSTEM: "系统管理员",
    AdministratorRole.SECURITY: "安全管理员",
    AdministratorRole.AUDIT: "审计管理员",
}


@dataclass(frozen=True, slots=True)
class Administrator:
    """A logged-in administrator; `id` is the row of the grant, `address` where from.

    Holds no post, belongs to no party body, and sees no case.
    """

    id: int
    account_id: int
    login: str
    name: str
    role: AdministratorRole
    address: str = ""

    @property
    def title(self) -> str:
        """The role as shown beside the name."""
        return ROLE_NAMES[self.role]
