"""Which post may keep which part of the registers: the one table, and the one place that reads it.

A post reaches the bodies below its own (`above`), its own body as well (`own`), or the bodies
linked to its organisation department and those below them (`department`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from engine.procedure import Post
from services.bootstrap import Application
from services.errors import Forbidden
from services.identity.actor import POST_NAMES, Actor, HeldPost
from services.organizations.models import Organization
from services.organizations.queries import department_above


class Permission(StrEnum):
    """A part of the registers somebody may keep."""

    KEEP_ORGANIZATIONS = "keep_organizations"
    GRANT_POWERS = "grant_powers"
    APPOINT = "appoint"
    KEEP_PEOPLE = "keep_people"
    HAND_OVER = "hand_over"


PERMISSION_NAMES: Mapping[Permission, str] = {
    Permission.KEEP_ORGANIZATIONS: "组织设置和变更",
    Permission.GRANT_POWERS: "审批权限登记",
    Permission.APPOINT: "任免登记",
    Permission.KEEP_PEOPLE: "人员登记和组织关系转接",
    Permission.HAND_OVER: "离任交接",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """The posts that have a permission, by how far it reaches."""

    above: frozenset[Post] = frozenset()
    own: frozenset[Post] = frozenset()
    department: frozenset[Post] = frozenset()


_SUPERIOR = frozenset(
    {Post.SECRETARY, Post.DEPUTY_SECRETARY, Post.ORGANIZATION_COMMISSIONER, Post.ORGANIZER}
)
_KEEPER = frozenset({Post.REGISTER_KEEPER})
_DEPARTMENT = frozenset({Post.DEPARTMENT_HEAD, Post.DEPARTMENT_CLERK})

GRANTS: Mapping[Permission, Grant] = {
    Permission.KEEP_ORGANIZATIONS: Grant(above=_SUPERIOR, own=_KEEPER, department=_DEPARTMENT),
    Permission.GRANT_POWERS: Grant(above=_SUPERIOR, own=_KEEPER, department=_DEPARTMENT),
    Permission.APPOINT: Grant(above=_SUPERIOR, own=_KEEPER, department=_DEPARTMENT),
    Permission.KEEP_PEOPLE: Grant(
        above=_SUPERIOR,
        own=_KEEPER | {Post.SECRETARY, Post.ORGANIZATION_COMMISSIONER, Post.ORGANIZER},
        department=_DEPARTMENT,
    ),
    Permission.HAND_OVER: Grant(
        above=_SUPERIOR,
        own=frozenset(
            {
                Post.SECRETARY,
                Post.ORGANIZATION_COMMISSIONER,
                Post.ORGANIZER,
                Post.DEPARTMENT_HEAD,
            }
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an actor may keep of one body, and of bodies to be founded below it."""

    here: frozenset[Permission]
    below: frozenset[Permission]


def allowed(app: Application, actor: Actor, organization_id: int) -> Allowed:
    """Return what the actor may do on the page of a body; nothing once it has ended."""
    with app.database.read() as session:
        body = session.get(Organization, organization_id)
        if body is None or body.dissolved_on is not None:
            return Allowed(frozenset(), frozenset())
        return Allowed(
            frozenset(p for p in Permission if authority(session, actor, p, body)),
            frozenset(p for p in Permission if authority(session, actor, p, body, below=True)),
        )


def require_allowed(
    app: Application,
    actor: Actor,
    permission: Permission,
    organization_id: int,
    *,
    below: bool = False,
) -> None:
    """Raise `Forbidden` when the actor may not keep this part of the register for a body."""
    can = allowed(app, actor, organization_id)
    if permission not in (can.below if below else can.here):
        raise refusal(permission)


def refusal(permission: Permission) -> Forbidden:
    """Return the refusal that says who may do it."""
    return Forbidden(
        f"您没有“{PERMISSION_NAMES[permission]}”的权限。", f"请由{holders_of(permission)}办理。"
    )


def require(
    session: Session,
    actor: Actor,
    permission: Permission,
    body: Organization | None,
    *,
    below: bool = False,
) -> Actor:
    """Return the actor in the post that gives the permission; raises `Forbidden`."""
    held = authority(session, actor, permission, body, below=below)
    if held is None:
        raise refusal(permission)
    return actor.choosing(held.identity.key)


def authority(
    session: Session,
    actor: Actor,
    permission: Permission,
    body: Organization | None,
    *,
    below: bool = False,
) -> HeldPost | None:
    """Return the post in which the actor may do it, None if there is none.

    With `below` it is about a body directly below `body` that is not there yet.  Without a body it
    is about a new root, for which one has to keep the register of a root.
    """
    grant = GRANTS[permission]
    if body is None:
        return next((h for h in actor.posts if h.post in _KEEPER and _is_root(h)), None)
    for held in actor.posts:
        if not body.path.startswith(held.organization_path):
            continue
        is_above = below or held.organization_id != body.id
        if held.post in (grant.above | grant.own if is_above else grant.own):
            return held
    in_departments = [h for h in actor.posts if h.post in grant.department]
    if in_departments:
        department = department_above(session, body.id)
        for held in in_departments:
            if department is not None and held.organization_id == department.id:
                return held
    return None


def holders_of(permission: Permission) -> str:
    """Return who has a permission, in words."""
    grant = GRANTS[permission]
    parts = [f"上级党组织的{_words(grant.above)}"]
    if grant.own - _KEEPER:
        parts.append(f"本组织的{_words(grant.own - _KEEPER)}")
    if grant.department:
        parts.append(f"对口组织部门的{_words(grant.department)}")
    parts += [POST_NAMES[post] for post in sorted(grant.own & _KEEPER)]
    return "，或者".join(("、".join(parts[:-1]), parts[-1]))


def _words(posts: frozenset[Post]) -> str:
    return "、".join(POST_NAMES[post] for post in Post if post in posts)


def _is_root(held: HeldPost) -> bool:
    return held.organization_path == f"/{held.organization_id}/"
