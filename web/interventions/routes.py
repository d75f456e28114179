"""Views that confirm an intervention on a case, or taking a completed task back."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.cases import pages
from services.cases.change_status import change_status
from services.cases.intervene import Intervene
from services.cases.intervention import NAMES, Intervention
from services.cases.jump import JumpCase, jump_case
from services.cases.views import Completed
from services.cases.withdraw_task import WithdrawTask, withdraw_task
from services.errors import Conflict, NotFound
from web.completion import announce
from web.context import IDENTITY, acting, application
from web.errors import status_of
from web.refusals import Refusal, refusal_of

interventions = Blueprint("interventions", __name__)

REASON, REVISION, JUMP = "reason", "dw-revision", "dw-jump"
SEPARATOR = ":"
"""Between the task and the target in the choice of a jump; nothing before it is the whole case."""


@interventions.get("/cases/<int:case_id>/operations/<kind>")
def confirm(case_id: int, kind: str) -> ResponseReturnValue:
    """Say what the intervention will do, and ask for the reason."""
    return _page(case_id, _intervention(kind))


@interventions.post("/cases/<int:case_id>/operations/<kind>")
def intervene(case_id: int, kind: str) -> ResponseReturnValue:
    """Do it."""
    intervention = _intervention(kind)
    try:
        completed = _do(case_id, intervention)
    except DangwuError as error:
        try:
            return _page(case_id, intervention, refusal_of(error)), status_of(error)
        except DangwuError:
            raise error from None
    return announce(f"{NAMES[intervention]}成功", completed)


@interventions.get("/tasks/<task_id>/withdraw")
def confirm_withdrawal(task_id: str) -> ResponseReturnValue:
    """Say what taking the task back will do."""
    return _withdrawal_page(task_id)


@interventions.post("/tasks/<task_id>/withdraw")
def withdraw(task_id: str) -> ResponseReturnValue:
    """取回: take one's own completed task back."""
    app, actor = application(), acting()
    try:
        command = WithdrawTask(task_id, request.form.get(REASON, "").strip())
        completed = withdraw_task(app, actor, command)
    except DangwuError as error:
        return _withdrawal_page(task_id, refusal_of(error)), status_of(error)
    return announce("取回成功，填写的内容已保留为草稿", completed)


def _intervention(kind: str) -> Intervention:
    try:
        return Intervention(kind)
    except ValueError as error:
        raise NotFound from error


def _do(case_id: int, intervention: Intervention) -> Completed:
    app, actor = application(), acting()
    reason = request.form.get(REASON, "").strip()
    revision = request.form.get(REVISION, type=int)
    if intervention is not Intervention.JUMP:
        return change_status(app, actor, intervention, Intervene(case_id, reason, revision))
    task_id, _, target = request.form.get(JUMP, "").rpartition(SEPARATOR)
    return jump_case(app, actor, JumpCase(case_id, reason, revision, target, task_id or None))


def _page(case_id: int, intervention: Intervention, refused: Refusal | None = None) -> str:
    return render_template(
        "cases/intervention.html",
        view=pages.intervention(application(), acting(), case_id, intervention),
        name=NAMES[intervention],
        reason=request.form.get(REASON, ""),
        chosen=request.form.get(JUMP, ""),
        identity=request.form.get(IDENTITY, ""),
        refused=refused,
    )


def _withdrawal_page(task_id: str, refused: Refusal | None = None) -> str:
    view = pages.task(application(), acting(), task_id)
    if not view.may_withdraw and refused is None:
        raise Conflict(view.why_not_withdraw or "该事项不能取回。", "请查看办件的当前环节。")
    return render_template(
        "tasks/withdraw.html", view=view, reason=request.form.get(REASON, ""), refused=refused
    )
