"""Views of 我的委托: giving, revoking, and being away."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.delegation import queries
from services.delegation.commands import (
    BeAway,
    Delegate,
    be_away,
    cancel_absence,
    delegate,
    revoke,
)
from services.delegation.models import AbsenceKind
from services.delegation.names import ABSENCE_NAMES
from web.context import acting, application, see_other
from web.dates import day_in_form
from web.errors import status_of
from web.people_picker import PeoplePicker, chosen_people, is_search, searched_text
from web.refusals import Refusal, refusal_of

delegation = Blueprint("delegation", __name__)


@delegation.get("/delegations")
def index() -> ResponseReturnValue:
    """What one has delegated, to whom one is an agent, and when one is away."""
    page = queries.page(application(), acting())
    return render_template(
        "delegation/index.html", page=page, kinds=ABSENCE_NAMES, refused=None, typed={}
    )


@delegation.route("/delegations/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """The form of a new delegation."""
    if request.method == "GET" or is_search():
        return _form(None)
    command = Delegate(
        agent=next(iter(chosen_people()), 0),
        starts_on=day_in_form("starts_on"),
        ends_on=day_in_form("ends_on"),
        reason=request.form.get("dw-words", ""),
        procedure_key=request.form.get("procedure", ""),
    )
    try:
        delegate(application(), acting(), command)
    except DangwuError as error:
        return _form(refusal_of(error)), status_of(error)
    flash("委托已登记", "success")
    return see_other("delegation.index")


@delegation.post("/delegations/<int:delegation_id>/revoke")
def end(delegation_id: int) -> ResponseReturnValue:
    """Revoke a delegation, or give it back."""
    revoke(application(), acting(), delegation_id)
    flash("委托已结束", "success")
    return see_other("delegation.index")


@delegation.post("/absences")
def away() -> ResponseReturnValue:
    """Record an absence."""
    kind = request.form.get("kind", "")
    command = BeAway(
        kind=AbsenceKind(kind) if kind in set(AbsenceKind) else AbsenceKind.LEAVE,
        starts_on=day_in_form("starts_on"),
        ends_on=day_in_form("ends_on"),
        note=request.form.get("note", ""),
    )
    try:
        be_away(application(), acting(), command)
    except DangwuError as error:
        page = render_template(
            "delegation/index.html",
            page=queries.page(application(), acting()),
            kinds=ABSENCE_NAMES,
            refused=refusal_of(error),
            typed=request.form,
        )
        return page, status_of(error)
    flash("已登记", "success")
    return see_other("delegation.index")


@delegation.post("/absences/<int:absence_id>/cancel")
def back(absence_id: int) -> ResponseReturnValue:
    """Take an absence back (销假)."""
    cancel_absence(application(), acting(), absence_id)
    flash("已销假", "success")
    return see_other("delegation.index")


def _form(refused: Refusal | None) -> str:
    text, chosen = searched_text(), chosen_people()
    people = queries.agents(application(), acting(), text)
    return render_template(
        "delegation/new.html",
        page=queries.page(application(), acting()),
        picker=PeoplePicker(people, frozenset(chosen), text, is_multiple=False),
        typed=request.form,
        refused=refused,
    )
