"""Views of the case page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.cases import pages, queries
from services.cases.ad_hoc.commands import EndWork, StartWork, end_work, start_work
from services.cases.decisions import decision_record
from services.cases.report import ReportMessage, report_message
from services.cases.views import CaseView, MessageOption
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.errors import Conflict, Invalid, NotFound
from services.people import listing as people_listing
from web.completion import announce
from web.context import acting, application
from web.errors import status_of
from web.forms import FormPage, shown
from web.pages import page_number
from web.refusals import LATE_REASON, Refusal, refusal_of
from web.uploads import store_one, store_with_form

cases = Blueprint("cases", __name__)

TABS = {"story": "审批详情", "diagram": "流程图", "journal": "流转记录", "files": "材料附件"}


@cases.get("/cases/<int:case_id>")
def show(case_id: int) -> ResponseReturnValue:
    """Show the case; `tab` chooses story, diagram, journal or files."""
    view = pages.case(application(), acting(), case_id)
    tab = request.args.get("tab", "story")
    kind = request.args.get("kind", "")
    journal = [item for item in view.journal if not kind or item.kind == kind]
    return render_template(
        "cases/case.html",
        view=view,
        tabs=TABS,
        tab=tab if tab in TABS else "story",
        kind=kind,
        kinds={item.kind: item.kind_name for item in view.journal},
        journal=journal,
    )


@cases.get("/cases/<int:case_id>/diagram.bpmn")
def diagram(case_id: int) -> ResponseReturnValue:
    """Give the diagram to the viewer."""
    view = pages.case(application(), acting(), case_id)
    return Response(view.diagram.xml, mimetype="application/xml")


@cases.get("/cases/<int:case_id>/decisions/<int:sequence>/<int:number>")
def decision(case_id: int, sequence: int, number: int) -> ResponseReturnValue:
    """Show how a decision of one journal entry came out."""
    record = decision_record(application(), acting(), case_id, sequence, number)
    return render_template("cases/decision.html", record=record)


@cases.get("/cases/<int:case_id>/messages/<name>")
def message(case_id: int, name: str) -> ResponseReturnValue:
    """Show the form of an event that may be reported (登记事项)."""
    view = pages.case(application(), acting(), case_id)
    option = _option(view, name)
    return _message_page(view, option, option.values)


@cases.post("/cases/<int:case_id>/messages/<name>")
def report(case_id: int, name: str) -> ResponseReturnValue:
    """Report the event."""
    app, actor = application(), acting()
    view = pages.case(app, actor, case_id)
    option = _option(view, name)
    sent = request.form.to_dict(flat=False)
    try:
        store_with_form(option.form, sent, case_id, None)
        raw = option.form.sent(sent)
        completed = report_message(
            app, actor, ReportMessage(case_id, name, raw, request.form.get(LATE_REASON, ""))
        )
    except DangwuError as error:
        page = _message_page(view, option, option.form.sent(sent), refusal_of(error))
        return page, status_of(error)
    return announce(f"“{option.title}”已登记", completed)


@cases.post("/cases/<int:case_id>/messages/<name>/preview")
def preview(case_id: int, name: str) -> ResponseReturnValue:
    """Return the fields as they are shown for what is typed now; saves nothing."""
    view = pages.case(application(), acting(), case_id)
    option = _option(view, name)
    raw = option.form.sent(request.form.to_dict(flat=False))
    if request.headers.get("HX-Request"):
        return render_template("_fields.html", page=_form_page(view, option, raw))
    return _message_page(view, option, raw)


@cases.post("/cases/<int:case_id>/attachments")
def attach(case_id: int) -> ResponseReturnValue:
    """Store one file of the case."""
    return store_one(case_id, None)


@cases.post("/cases/<int:case_id>/work/<scope_id>/start/<element_id>")
def begin_work(case_id: int, scope_id: str, element_id: str) -> ResponseReturnValue:
    """Start a piece of work in an ad-hoc sub-process."""
    revision = request.form.get("revision", type=int)
    command = StartWork(case_id, scope_id, element_id, revision)
    return announce("工作已开始", start_work(application(), acting(), command))


@cases.get("/cases/<int:case_id>/work/<scope_id>/end")
def confirm_end_of_work(case_id: int, scope_id: str) -> ResponseReturnValue:
    """Say what ending an ad-hoc sub-process means, before it is ended."""
    view = pages.case(application(), acting(), case_id)
    work = next((work for work in view.ad_hoc if work.scope_id == scope_id), None)
    if work is None or not work.may_end:
        raise Conflict("这部分工作现在不能结束。", "请回到办件页面查看当前状态。")
    return render_template("cases/end_work.html", view=view, work=work)


@cases.post("/cases/<int:case_id>/work/<scope_id>/end")
def finish_work(case_id: int, scope_id: str) -> ResponseReturnValue:
    """End an ad-hoc sub-process in which nothing runs."""
    revision = request.form.get("revision", type=int)
    completed = end_work(application(), acting(), EndWork(case_id, scope_id, revision))
    return announce("自选工作已结束", completed)


@cases.get("/cases/<int:case_id>/withdraw")
def confirm_withdrawal(case_id: int) -> ResponseReturnValue:
    """Ask once before the case is ended."""
    view = pages.case(application(), acting(), case_id)
    if not view.may_withdraw:
        raise Conflict("办件当前不能撤回。", "请回到办件页面查看当前状态。")
    return render_template("cases/withdraw.html", view=view, reason="", refused=None)


@cases.post("/cases/<int:case_id>/withdraw")
def withdraw(case_id: int) -> ResponseReturnValue:
    """End the case."""
    app, actor = application(), acting()
    reason = request.form.get("reason", "")
    try:
        completed = withdraw_case(app, actor, WithdrawCase(case_id, reason.strip()))
    except Invalid as error:
        view = pages.case(app, actor, case_id)
        page = render_template(
            "cases/withdraw.html", view=view, reason=reason, refused=refusal_of(error)
        )
        return page, status_of(error)
    return announce("撤回成功", completed)


@cases.get("/cases")
def index() -> ResponseReturnValue:
    """Show every case one may see, narrowed by `q` (name, pinyin or number)."""
    text = request.args.get("q", "").strip()
    page = page_number()
    listing = queries.found(application(), acting(), text=text, page=page)
    return render_template("cases/index.html", listing=listing, text=text)


@cases.get("/search")
def search() -> ResponseReturnValue:
    """Find one's own tasks, the cases and the people one may see by name, pinyin or number."""
    app, actor = application(), acting()
    text = request.args.get("q", "").strip()
    if not text:
        return render_template("cases/search.html", text=text, pending=(), cases=(), people=())
    pending, _ = queries.inbox(app, actor, text=text)
    return render_template(
        "cases/search.html",
        text=text,
        pending=pending.items,
        cases=queries.found(app, actor, text=text).items,
        people=people_listing.search(app, actor, text),
    )


def _option(view: CaseView, name: str) -> MessageOption:
    for option in view.messages:
        if option.name == name:
            return option
    raise NotFound("办件当前不能登记这一事项。", "请回到办件页面，查看当前可以登记的事项。")


def _message_page(
    view: CaseView,
    option: MessageOption,
    values: Mapping[str, object],
    refused: Refusal | None = None,
) -> str:
    errors = refused.errors if refused else {}
    return render_template(
        "cases/message.html",
        view=view,
        option=option,
        page=_form_page(view, option, values, errors),
        refused=refused,
        late=request.form.get(LATE_REASON, ""),
    )


def _form_page(
    view: CaseView,
    option: MessageOption,
    values: Mapping[str, object],
    errors: Mapping[str, str] | None = None,
) -> FormPage:
    case_id = view.header.case_id
    known = {**option.values, **values}
    return FormPage(
        form=option.form,
        values=known,
        options=option.options,
        visible=shown(option.form, known, option.values, application().clock.now()),
        preview_url=url_for("cases.preview", case_id=case_id, name=option.name),
        upload_url=url_for("cases.attach", case_id=case_id),
        errors=errors or {},
        files={str(file.id): file for file in view.attachments},
    )
