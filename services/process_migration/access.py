"""Who may move cases to another version.

Moving a whole procedure is the business of the topmost body: the posts are those of the lanes in
`[operations] migrate` of the version the cases go to, held in the root of the tree of bodies.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.procedure import CaseOperation, Procedure
from services.errors import Forbidden
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.processes.models import ProcessInstance

REFUSAL = "您不能迁移此项流程的办件。"
REMEDY = "迁移由流程规定的最高一级党组织人员办理。"


def roots_of(actor: Actor, procedure: Procedure) -> tuple[int, ...]:
    """Return the topmost bodies in which the actor holds a post that may migrate."""
    lanes = procedure.operations.get(CaseOperation.MIGRATE, ())
    posts = {post for lane in lanes for post in procedure.lanes[lane].posts}
    return tuple(
        held.organization_id
        for held in actor.posts
        if held.post in posts and held.organization_path == f"/{held.organization_id}/"
    )


def require_roots(actor: Actor, procedure: Procedure) -> tuple[int, ...]:
    """Return the bodies whose cases the actor may migrate; raises `Forbidden` for none."""
    roots = roots_of(actor, procedure)
    if not roots:
        raise Forbidden(REFUSAL, REMEDY)
    return roots


def below(session: Session, roots: tuple[int, ...] | None) -> ColumnElement[bool]:
    """SQL: the process instance of the enclosing query belongs to one of the bodies or below.

    None stands for everywhere: the command line.
    """
    if roots is None:
        return ProcessInstance.id.is_not(None)
    paths = session.scalars(select(Organization.path).where(Organization.id.in_(roots)))
    return ProcessInstance.organization_id.in_(
        select(Organization.id).where(or_(*(Organization.path.startswith(p) for p in paths)))
    )
