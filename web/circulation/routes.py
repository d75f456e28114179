"""Views of 抄送 and 传阅: sending, 待阅, 已阅."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.cases import pages
from services.cases.views import CaseView
from services.circulation import queries
from services.circulation.models import CirculationKind
from services.circulation.read import mark_read
from services.circulation.send import Circulate, circulate
from services.circulation.urge import urge_readers
from web.context import IDENTITY, acting, application, see_other
from web.errors import status_of
from web.pages import page_number
from web.people_picker import PeoplePicker, chosen_people, is_search, searched_text
from web.refusals import Refusal, refusal_of

circulation = Blueprint("circulation", __name__)

WORDS, KIND, OPINION = "dw-words", "dw-kind", "dw-opinion"


@circulation.get("/circulation")
def unread() -> ResponseReturnValue:
    """待阅."""
    listing = queries.listing(application(), acting(), is_read=False, page=page_number())
    return render_template("circulation/unread.html", listing=listing)


@circulation.get("/circulation/read")
def done() -> ResponseReturnValue:
    """已阅."""
    listing = queries.listing(application(), acting(), is_read=True, page=page_number())
    return render_template("circulation/done.html", listing=listing)


@circulation.get("/circulation/<int:circulation_id>")
def show(circulation_id: int) -> ResponseReturnValue:
    """Show what was sent, with the words of the sender."""
    item = queries.circulation(application(), acting(), circulation_id)
    return render_template("circulation/circulation.html", item=item, opinion="", refused=None)


@circulation.post("/circulation/<int:circulation_id>")
def read(circulation_id: int) -> ResponseReturnValue:
    """Mark as read, with an opinion where one is given."""
    app, actor = application(), acting()
    item = queries.circulation(app, actor, circulation_id)
    opinion = request.form.get(OPINION, "")
    try:
        case_id = mark_read(app, actor, circulation_id, opinion.strip())
    except DangwuError as error:
        page = render_template(
            "circulation/circulation.html", item=item, opinion=opinion, refused=refusal_of(error)
        )
        return page, status_of(error)
    flash("已阅", "success")
    return see_other("cases.show", case_id=case_id)


@circulation.route("/cases/<int:case_id>/circulate", methods=["GET", "POST"])
def send(case_id: int) -> ResponseReturnValue:
    """Send the case to people to read; `task` names the step it is sent from."""
    app, actor = application(), acting()
    view = pages.case(app, actor, case_id)
    if request.method == "GET" or is_search():
        return _page(view, None)
    kind = CirculationKind.OPINION if _asks_opinion() else CirculationKind.COPY
    command = Circulate(
        case_id,
        kind,
        chosen_people(),
        request.form.get(WORDS, "").strip(),
        request.values.get("task", ""),
    )
    try:
        circulate(app, actor, command)
    except DangwuError as error:
        return _page(view, refusal_of(error)), status_of(error)
    flash("传阅成功" if _asks_opinion() else "抄送成功", "success")
    return see_other("cases.show", case_id=case_id)


@circulation.post("/cases/<int:case_id>/circulate/urge")
def urge(case_id: int) -> ResponseReturnValue:
    """催阅: remind those who have not read it."""
    number = urge_readers(application(), acting(), case_id)
    flash(f"催阅成功，已提醒{number}人。", "success")
    return see_other("cases.show", case_id=case_id)


def _asks_opinion() -> bool:
    return request.form.get(KIND, "") == CirculationKind.OPINION


def _page(view: CaseView, refused: Refusal | None) -> str:
    text, chosen = searched_text(), chosen_people()
    people = queries.people_to_send(application(), acting(), view.header.case_id, text, keep=chosen)
    return render_template(
        "circulation/send.html",
        view=view,
        task_id=request.values.get("task", ""),
        picker=PeoplePicker(people, frozenset(chosen), text, is_multiple=True),
        identities=pages.identities_on_the_case(application(), acting(), view.header.case_id),
        identity=request.form.get(IDENTITY, ""),
        asks_opinion=_asks_opinion(),
        words=request.form.get(WORDS, ""),
        refused=refused,
    )
