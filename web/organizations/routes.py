"""Views of bodies: the register, one body, and the acts on it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.cases.queries import running
from services.errors import NotFound
from services.handover.queries import hand_overs
from services.identity.permissions import GRANTS, PERMISSION_NAMES, Permission, allowed, holders_of
from services.organizations import listing, queries
from services.organizations.listing import BodyFilter
from services.people.listing import PersonFilter, people
from services.roster.access import may_import
from services.roster.export import export_bodies
from web.context import acting, application
from web.downloads import send_written
from web.organizations.acts import ACTS, END_POWER, build, build_end_power
from web.pages import page_number, row_number
from web.registers.acts import answer

organizations = Blueprint("organizations", __name__, url_prefix="/organizations")


@organizations.get("")
def index() -> ResponseReturnValue:
    """Show the register: the tree, and the bodies below what is selected in it."""
    app, chosen = application(), _chosen()
    page = page_number()
    return render_template(
        "organizations/index.html",
        roots=listing.tree_around(app, chosen.selected_id),
        listed=listing.bodies(app, chosen, page),
        chosen=chosen,
        may_import=may_import(acting()),
    )


@organizations.get("/export.xlsx")
def export() -> ResponseReturnValue:
    """Give the selected body and everything below it as a workbook."""
    return send_written(partial(export_bodies, application(), acting(), _chosen()))


@organizations.get("/permissions")
def permissions() -> ResponseReturnValue:
    """Show which posts keep which part of the registers."""
    rows = [(PERMISSION_NAMES[p], holders_of(p)) for p in Permission if p in GRANTS]
    return render_template("organizations/permissions.html", rows=rows)


@organizations.get("/<int:organization_id>")
def show(organization_id: int) -> ResponseReturnValue:
    """Show one body."""
    app, actor = application(), acting()
    view = queries.organization(app, actor, organization_id)
    can = allowed(app, actor, organization_id)
    return render_template(
        "organizations/organization.html",
        view=view,
        may_end_powers=Permission.GRANT_POWERS in can.here,
        acts=[act for act in ACTS.values() if act.is_offered(can, view.kind)],
        may_hand_over=Permission.HAND_OVER in can.here,
        hand_overs=hand_overs(app, actor, organization_id),
        members=people(app, actor, PersonFilter(selected_id=organization_id)),
        cases=running(app, actor, organization_id=organization_id),
    )


@organizations.route("/<int:organization_id>/<act>", methods=["GET", "POST"])
def change(organization_id: int, act: str) -> ResponseReturnValue:
    """Ask for what an act needs, and carry it out."""
    if act not in ACTS:
        raise NotFound
    view = queries.organization(application(), acting(), organization_id)
    return answer(build(ACTS[act], view))


@organizations.route(f"/<int:organization_id>/{END_POWER}/<int:power_id>", methods=["GET", "POST"])
def end_power(organization_id: int, power_id: int) -> ResponseReturnValue:
    """Ask for the document that ends a power to approve members, and record it."""
    view = queries.organization(application(), acting(), organization_id)
    power = next((power for power in view.approval_powers if power.id == power_id), None)
    if power is None:
        raise NotFound
    return answer(build_end_power(view, power))


def _chosen() -> BodyFilter:
    """Return what narrows the register, as the address says."""
    return BodyFilter(
        text=request.args.get("q", "").strip(),
        selected_id=row_number("body"),
        with_ended="ended" in request.args,
    )
