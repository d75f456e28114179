"""Views of recusal: 回避申报, and 回避 in a case."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.cases import pages
from services.recusal import queries
from services.recusal.commands import LiftRecusal, Recuse, lift_recusal, recuse
from services.recusal.models import Ground, RelationshipKind
from services.recusal.names import GROUND_NAMES, KIND_NAMES
from services.recusal.relationships import (
    DeclareRelationship,
    declare_relationship,
    end_relationship,
)
from services.tasks.colleagues import Colleague
from web.context import acting, application, see_other
from web.dates import day_in_form
from web.errors import status_of
from web.people_picker import PeoplePicker, chosen_people, is_search, searched_text
from web.refusals import Refusal, refusal_of

recusal = Blueprint("recusal", __name__)

WORDS = "dw-words"


@recusal.get("/relationships")
def index() -> ResponseReturnValue:
    """The relationships that concern the actor."""
    items = queries.relationships(application(), acting())
    return render_template("recusal/index.html", items=items)


@recusal.route("/relationships/new", methods=["GET", "POST"])
def declare() -> ResponseReturnValue:
    """The form of a declaration."""
    if request.method == "GET" or is_search():
        return _declaration(None)
    kind = request.form.get("kind", "")
    command = DeclareRelationship(
        relative=next(iter(chosen_people()), 0),
        kind=RelationshipKind(kind) if kind in set(RelationshipKind) else None,
        since=day_in_form("since"),
        note=request.form.get(WORDS, ""),
    )
    try:
        declare_relationship(application(), acting(), command)
    except DangwuError as error:
        return _declaration(refusal_of(error)), status_of(error)
    flash("已申报，自即日起回避其办件", "success")
    return see_other("recusal.index")


@recusal.post("/relationships/<int:relationship_id>/end")
def end(relationship_id: int) -> ResponseReturnValue:
    """Record that a relationship is over."""
    end_relationship(application(), acting(), relationship_id)
    flash("已登记解除", "success")
    return see_other("recusal.index")


@recusal.route("/cases/<int:case_id>/recusals/new", methods=["GET", "POST"])
def request_recusal(case_id: int) -> ResponseReturnValue:
    """Declare one's own recusal in a case."""
    return _recuse(case_id, is_order=False)


@recusal.route("/cases/<int:case_id>/recusals/order", methods=["GET", "POST"])
def order(case_id: int) -> ResponseReturnValue:
    """Order somebody's recusal in a case."""
    return _recuse(case_id, is_order=True)


@recusal.post("/cases/<int:case_id>/recusals/<int:recusal_id>/lift")
def lift(case_id: int, recusal_id: int) -> ResponseReturnValue:
    """Lift a recusal."""
    lift_recusal(application(), acting(), LiftRecusal(recusal_id, request.form.get(WORDS, "")))
    flash("已解除回避", "success")
    return see_other("cases.show", case_id=case_id)


def _recuse(case_id: int, *, is_order: bool) -> ResponseReturnValue:
    if request.method == "GET" or is_search():
        return _form(case_id, is_order, None)
    ground = request.form.get("ground", "")
    person = next(iter(chosen_people()), -1) if is_order else 0
    command = Recuse(
        case_id,
        Ground(ground) if ground in set(Ground) else None,
        request.form.get(WORDS, ""),
        person,
    )
    try:
        recuse(application(), acting(), command)
    except DangwuError as error:
        return _form(case_id, is_order, refusal_of(error)), status_of(error)
    flash("回避已登记", "success")
    return see_other("cases.show", case_id=case_id)


def _form(case_id: int, is_order: bool, refused: Refusal | None) -> str:  # noqa: FBT001 - two pages, one form
    view = pages.case(application(), acting(), case_id)
    people: tuple[Colleague, ...] = ()
    if is_order:
        people = queries.people_to_recuse(application(), acting(), case_id, searched_text())
    picker = PeoplePicker(people, frozenset(chosen_people()), searched_text(), is_multiple=False)
    return render_template(
        "recusal/recuse.html",
        view=view,
        is_order=is_order,
        picker=picker,
        grounds=GROUND_NAMES,
        typed=request.form,
        refused=refused,
    )


def _declaration(refused: Refusal | None) -> str:
    text = searched_text()
    people = queries.namesakes(application(), acting(), text)
    return render_template(
        "recusal/declare.html",
        picker=PeoplePicker(people, frozenset(chosen_people()), text, is_multiple=False),
        kinds=KIND_NAMES,
        typed=request.form,
        refused=refused,
    )
