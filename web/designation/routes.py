"""Views of 无人可办: the list of the body above, and naming somebody."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.cases import pages
from services.cases.designate import Designate, designate, people_to_designate, unstaffed
from web.context import acting, application, see_other
from web.errors import status_of
from web.people_picker import PeoplePicker, chosen_people, is_search, searched_text
from web.refusals import Refusal, refusal_of

designation = Blueprint("designation", __name__)


@designation.get("/unstaffed")
def index() -> ResponseReturnValue:
    """The tasks nobody can take below the actor's bodies."""
    return render_template("designation/index.html", items=unstaffed(application(), acting()))


@designation.route("/tasks/<task_id>/designate", methods=["GET", "POST"])
def name_somebody(task_id: str) -> ResponseReturnValue:
    """Name somebody for one of them."""
    if request.method == "GET" or is_search():
        return _form(task_id, None)
    command = Designate(task_id, next(iter(chosen_people()), 0), request.form.get("dw-words", ""))
    try:
        designate(application(), acting(), command)
    except DangwuError as error:
        return _form(task_id, refusal_of(error)), status_of(error)
    flash("已指定办理人", "success")
    return see_other("designation.index")


def _form(task_id: str, refused: Refusal | None) -> str:
    app, actor = application(), acting()
    view = pages.task(app, actor, task_id)
    people = people_to_designate(app, actor, task_id, searched_text())
    picker = PeoplePicker(people, frozenset(chosen_people()), searched_text(), is_multiple=False)
    return render_template(
        "designation/designate.html",
        view=view,
        picker=picker,
        words=request.form.get("dw-words", ""),
        refused=refused,
    )
