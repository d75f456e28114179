"""Views of the task page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError, TargetNotAllowed
from engine.forms import Form
from engine.model import Resubmission
from services.cases import pages
from services.cases.complete import CompleteTask, complete_task
from services.cases.return_ import ReturnTask, return_task
from services.cases.views import TaskView
from services.tasks import commands
from services.tasks.errors import TaskEnded
from web.completion import announce
from web.context import IDENTITY, acting, application, see_other
from web.errors import status_of
from web.forms import FormPage
from web.refusals import LATE_REASON, Refusal, refusal_of
from web.uploads import carries_files, store_one, store_with_form

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

OUTCOME, OPINION, REVISION = "dw-outcome", "dw-opinion", "dw-revision"
RETURN_TARGET, RETURN_WAY, RETURN_OPINION = "dw-target", "dw-way", "dw-return-opinion"
BESIDE = ("csrf_token", IDENTITY, OUTCOME, OPINION, LATE_REASON, REVISION)
"""Names of what is sent beside the form."""
OPINION_PHRASES = (
    "同意。",
    "拟同意，请××同志审定。",
    "请按程序办理。",
    "材料不齐，请补充后再报。",
    "已阅。",
)


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed beside the form, and what became of it."""

    opinion: str = ""
    late_reason: str = ""
    refusal: Refusal | None = None
    target: str = ""
    way: str = ""
    return_opinion: str = ""
    is_return: bool = False

    @property
    def asks_late_reason(self) -> bool:
        """Whether the reason of a late act is asked for."""
        asked = self.refusal is not None and self.refusal.asks_late_reason
        return asked or bool(self.late_reason)

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong with the fields of the form."""
        return self.refusal.errors if self.refusal and not self.is_return else {}


@tasks.get("/<task_id>")
def show(task_id: str) -> ResponseReturnValue:
    """Show the task with its form as known so far."""
    view = pages.task(application(), acting(), task_id)
    return _page(view, view.values, Entered(view.draft_opinion, view.draft_late_reason))


@tasks.post("/<task_id>")
def complete(task_id: str) -> ResponseReturnValue:
    """Complete the task with the outcome of the button pressed."""
    app, actor = application(), acting()
    sent = request.form.to_dict(flat=False)
    opinion, late_reason = request.form.get(OPINION, ""), request.form.get(LATE_REASON, "")
    try:
        if carries_files():
            found = pages.task_form(app, actor, task_id)
            store_with_form(found.form, sent, found.case_id, task_id)
        completed = complete_task(
            app,
            actor,
            CompleteTask(
                task_id=task_id,
                outcome=request.form.get(OUTCOME, ""),
                opinion=opinion.strip(),
                late_reason=late_reason.strip(),
                sent=sent,
                revision=request.form.get(REVISION, type=int),
            ),
        )
    except DangwuError as error:
        return _refused(task_id, sent, Entered(opinion, late_reason, refusal_of(error)), error)
    return announce(f"“{completed.step_name}”已提交", completed)


@tasks.post("/<task_id>/preview")
def preview(task_id: str) -> ResponseReturnValue:
    """Return the fields as they are shown for what is typed now; saves nothing."""
    view = pages.task(application(), acting(), task_id)
    raw = view.form.sent(request.form.to_dict(flat=False))
    if request.headers.get("HX-Request"):
        return render_template("_fields.html", page=_form_page(view, raw, {}))
    return _page(
        view, raw, Entered(request.form.get(OPINION, ""), request.form.get(LATE_REASON, ""))
    )


@tasks.post("/<task_id>/draft")
def draft(task_id: str) -> ResponseReturnValue:
    """Keep what is typed."""
    raw = request.form.to_dict(flat=False)
    for name in BESIDE:
        raw.pop(name, None)
    saved_at = commands.save_draft(
        application(),
        acting(),
        task_id,
        raw,
        opinion=request.form.get(OPINION, ""),
        late_reason=request.form.get(LATE_REASON, ""),
    )
    if request.headers.get("HX-Request"):
        return render_template("tasks/_saved.html", saved_at=saved_at)
    return see_other("tasks.show", task_id=task_id)


@tasks.post("/<task_id>/claim")
def claim(task_id: str) -> ResponseReturnValue:
    """签收: take the task for oneself."""
    commands.claim(application(), acting(), task_id)
    return see_other("tasks.show", task_id=task_id)


@tasks.post("/<task_id>/release")
def release(task_id: str) -> ResponseReturnValue:
    """取消签收: give the task back to its candidates."""
    commands.release(application(), acting(), task_id)
    return see_other("tasks.show", task_id=task_id)


@tasks.post("/<task_id>/return")
def return_(task_id: str) -> ResponseReturnValue:
    """退回: send the case back to an earlier step."""
    app, actor = application(), acting()
    target = request.form.get(RETURN_TARGET, "")
    way = request.form.get(RETURN_WAY, "")
    opinion = request.form.get(RETURN_OPINION, "")
    try:
        completed = return_task(
            app, actor, ReturnTask(task_id, target, opinion.strip(), _way_back(way))
        )
    except DangwuError as error:
        view = pages.task(app, actor, task_id)
        entered = Entered(
            target=target,
            way=way,
            return_opinion=opinion,
            refusal=refusal_of(error),
            is_return=True,
        )
        return _page(view, view.values, entered), status_of(error)
    return announce("退回成功", completed)


def _way_back(way: str) -> Resubmission | None:
    try:
        return Resubmission(way) if way else None
    except ValueError as error:
        raise TargetNotAllowed("不能以所选的方式退回。", "请在列出的退回方式中选择。") from error


@tasks.post("/<task_id>/attachments")
def attach(task_id: str) -> ResponseReturnValue:
    """Store one file of the task."""
    view = pages.task(application(), acting(), task_id)
    return store_one(view.header.case_id, task_id)


def _refused(
    task_id: str, sent: Mapping[str, list[str]], entered: Entered, error: DangwuError
) -> ResponseReturnValue:
    """Show everything that was typed: in the page of the task while it can be done, else by itself.

    Somebody else has done it more often than not: then the page of the task is not even asked for.
    """
    app, actor = application(), acting()
    if isinstance(error, TaskEnded):
        form = pages.form_of(app, error.deployment_id, error.element_id)
        return _gone(form, sent, entered, error)
    try:
        view = pages.task(app, actor, task_id)
    except DangwuError:  # not theirs to see: the names of the fields are all that is known
        return _gone(None, sent, entered, error)
    if not view.may_complete:
        return _gone(view.form, sent, entered, error)
    return _page(view, view.form.sent(sent), entered), status_of(error)


def _gone(
    form: Form | None, sent: Mapping[str, list[str]], entered: Entered, error: DangwuError
) -> ResponseReturnValue:
    """Show what was typed into a task that cannot be done any more, to be copied."""
    if form is None:
        kept = _kept({name: value for name, value in sent.items() if name not in BESIDE})
    else:
        labels = {key: component.label for key, component in form.inputs.items()}
        kept = {labels[key]: text for key, text in _kept(form.sent(sent)).items()}
    return render_template("tasks/gone.html", kept=kept, entered=entered), status_of(error)


def _kept(raw: Mapping[str, object]) -> dict[str, str]:
    return {
        key: "、".join(map(str, value)) if isinstance(value, list) else str(value)
        for key, value in raw.items()
        if value
    }


def _page(view: TaskView, values: Mapping[str, object], entered: Entered) -> str:
    page = _form_page(view, values, entered.errors)
    beside = {
        "opinion": "dw-opinion",
        "late_reason": "dw-late-reason",
        "outcome": "dw-outcomes",
        "identity": IDENTITY,
    }
    return render_template(
        "tasks/task.html",
        view=view,
        page=page,
        entered=entered,
        identity=request.form.get(IDENTITY, ""),
        error_list=[
            *page.error_list,
            *((id_, entered.errors[key]) for key, id_ in beside.items() if key in entered.errors),
        ],
        phrases=OPINION_PHRASES,
    )


def _form_page(view: TaskView, values: Mapping[str, object], errors: Mapping[str, str]) -> FormPage:
    known = {**view.values, **values}
    return FormPage(
        form=view.form,
        values=known,
        options=view.options,
        visible=pages.visible_components(application(), acting(), view.task_id, known),
        preview_url=url_for("tasks.preview", task_id=view.task_id),
        upload_url=url_for("tasks.attach", task_id=view.task_id),
        errors=errors,
        files={str(file.id): file for file in view.attachments},
    )
