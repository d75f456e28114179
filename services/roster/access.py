"""Whose register an import may touch: the permissions of the actor, worked out once for many rows.

The table of posts is that of `services.identity.permissions`; this says the same of a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import Forbidden
from services.identity.actor import Actor
from services.identity.permissions import GRANTS, Permission, holders_of
from services.organizations.models import Organization
from services.people.models import Post

PARTS = (Permission.KEEP_PEOPLE, Permission.KEEP_ORGANIZATIONS, Permission.APPOINT)
"""What an import may do, any of which makes it worth beginning."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor may keep; without an actor (the command line) everything.

    `departments` maps the paths of bodies to the organisation departments they are linked to.
    """

    actor: Actor | None
    departments: Mapping[str, int]

    def allows(self, permission: Permission, path: str, *, below: bool = False) -> bool:
        """Tell whether the actor may keep this part of the register for the body of a path.

        With `below` it is about a body directly below it that is not there yet.
        """
        if self.actor is None:
            return True
        grant = GRANTS[permission]
        for held in self.actor.posts:
            if path.startswith(held.organization_path):
                is_above = below or path != held.organization_path
                if held.post in (grant.above | grant.own if is_above else grant.own):
                    return True
        department = self._department_above(path)
        return any(
            held.post in grant.department and held.organization_id == department
            for held in self.actor.posts
        )

    def _department_above(self, path: str) -> int | None:
        """Return the department of the body, or of the nearest body above it that has one."""
        links = (self.departments.get(above) for above in _upwards(path))
        return next((link for link in links if link is not None), None)


def may_import(actor: Actor) -> bool:
    """Tell whether the actor keeps any part of the register anywhere."""
    return any(held.post in _posts(part) for part in PARTS for held in actor.posts)


def scope_of(session: Session, actor: Actor | None) -> Scope:
    """Return what the actor may keep; raises `Forbidden` for nothing at all."""
    if actor is not None and not may_import(actor):
        raise Forbidden("您不能导入名册。", f"请由{holders_of(Permission.KEEP_PEOPLE)}办理。")
    links = session.execute(
        select(Organization.path, Organization.department_id).where(
            Organization.department_id.is_not(None)
        )
    )
    return Scope(actor, {path: int(department or 0) for path, department in links})


def _posts(permission: Permission) -> frozenset[Post]:
    grant = GRANTS[permission]
    return grant.above | grant.own | grant.department


def _upwards(path: str) -> Iterator[str]:
    """Yield a path and the paths above it: `/1/4/`, `/1/`."""
    while len(path) > 1:
        yield path
        path = path[: path.rstrip("/").rindex("/") + 1]
