"""Views of 交接: who leaves, to whom, the preview, the confirmation, and what was done."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.handover import queries
from services.handover.commands import HandOver, hand_over
from services.handover.models import HandoverScope
from services.handover.names import SCOPE_NAMES
from services.handover.views import Preview
from services.organizations.queries import organization
from web.context import acting, application, see_other
from web.errors import status_of
from web.people_picker import PeoplePicker, chosen_people, is_search, searched_text
from web.refusals import Refusal, refusal_of
from web.registers.fields import basis, basis_fields, keys, member

handover = Blueprint("handover", __name__)

CONFIRM, SEEN = "dw-confirm", "dw-seen"
"""Names of the button that does it, and of the field that holds what was seen."""


@handover.get("/organizations/<int:organization_id>/hand-over")
def choose(organization_id: int) -> ResponseReturnValue:
    """Ask who leaves."""
    app, actor = application(), acting()
    text = request.args.get("q", "").strip()
    people = queries.leavers(app, actor, organization_id, text)
    view = organization(app, actor, organization_id)
    return render_template("handover/choose.html", view=view, people=people, text=text)


@handover.route(
    "/organizations/<int:organization_id>/hand-over/<int:person_id>", methods=["GET", "POST"]
)
def enter(organization_id: int, person_id: int) -> ResponseReturnValue:
    """Ask to whom and since when, show what goes over, and do it once that is confirmed."""
    if request.method == "GET" or is_search():
        return _form(organization_id, person_id)
    try:
        command = _command(organization_id, person_id)
        if CONFIRM not in request.form:
            seen = queries.preview(application(), acting(), command)
            return _form(organization_id, person_id, seen)
        done = hand_over(application(), acting(), command)
    except DangwuError as error:
        return _form(organization_id, person_id, refused=refusal_of(error)), status_of(error)
    flash("交接已办理", "success")
    return see_other("handover.show", handover_id=done)


@handover.get("/hand-overs/<int:handover_id>")
def show(handover_id: int) -> ResponseReturnValue:
    """Show a hand-over that was done."""
    view = queries.hand_over_page(application(), acting(), handover_id)
    return render_template("handover/handover.html", view=view)


def _command(organization_id: int, person_id: int) -> HandOver:
    """Return what was typed; raises `Invalid`."""
    seen = request.form.get(SEEN, "")
    if CONFIRM in request.form and not seen:
        raise Invalid("请先预览，再确定交接。")
    return HandOver(
        organization_id,
        person_id,
        next(iter(chosen_people()), 0),
        member(HandoverScope, "scope"),
        basis(),
        request.form.get("dw-words", ""),
        posts=keys("posts"),
        takes_up="takes_up" in request.form,
        seen=seen,
    )


def _form(
    organization_id: int,
    person_id: int,
    preview: Preview | None = None,
    refused: Refusal | None = None,
) -> str:
    app, actor = application(), acting()
    leaver = queries.leaver(app, actor, organization_id, person_id)
    text, chosen = searched_text(), frozenset(chosen_people())
    people = queries.successors(app, actor, organization_id, person_id, text, chosen)
    return render_template(
        "handover/enter.html",
        leaver=leaver,
        scopes=SCOPE_NAMES,
        picker=PeoplePicker(people, chosen, text, is_multiple=False),
        basis_fields=basis_fields("离任日期", app.clock.now().date()),
        typed=request.form,
        posts=keys("posts") if request.form else tuple(post.id for post in leaver.posts),
        preview=preview,
        refused=refused,
        seen=SEEN,
        confirm=CONFIRM,
    )
