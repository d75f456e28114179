"""Views of the operations on a task (转办, 委派, 加签, 减签, 取回提交, 催办)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.cases import pages
from services.cases.countersign import (
    AddCountersigner,
    RemoveCountersigner,
    add_countersigner,
    remove_countersigner,
)
from services.cases.views import TaskView
from services.errors import Conflict, Forbidden, NotFound
from services.tasks.answer import AnswerSubTask, answer_sub_task
from services.tasks.delegate import DelegateTask, delegate_task
from services.tasks.models import SubTaskKind, Verdict
from services.tasks.operations import people_for
from services.tasks.recall import recall_submission
from services.tasks.sign import AddSigners, add_signers
from services.tasks.transfer import TransferTask, transfer_task
from services.tasks.urge import UrgeTask, urge_task
from services.tasks.views import SubTaskView
from services.tasks.withdraw import WithdrawSubTask, withdraw_sub_task
from web.completion import announce
from web.context import IDENTITY, acting, application, see_other
from web.errors import status_of
from web.people_picker import PeoplePicker, chosen_people, is_search, searched_text
from web.refusals import Refusal, refusal_of

operations = Blueprint("operations", __name__, url_prefix="/tasks")

WORDS, WAY, VERDICT = "dw-words", "dw-way", "dw-verdict"
SIGNING = (SubTaskKind.SIGN_BEFORE, SubTaskKind.SIGN_PARALLEL, SubTaskKind.SIGN_AFTER)


@dataclass(frozen=True, slots=True)
class Sharing:
    """A page that hands a task to people: `verb` on its button, `key` of the text beside them."""

    endpoint: str
    verb: str
    key: str
    label: str
    is_needed: bool
    allowed: Callable[[TaskView], bool]


TRANSFER = Sharing(
    endpoint="transfer",
    verb="转办",
    key="reason",
    label="转办原因",
    is_needed=True,
    allowed=lambda view: view.operations.may_transfer,
)
DELEGATE = Sharing(
    endpoint="delegate",
    verb="委派",
    key="request",
    label="委派说明",
    is_needed=False,
    allowed=lambda view: view.operations.may_delegate,
)
SIGN = Sharing(
    endpoint="sign",
    verb="加签",
    key="request",
    label="加签说明",
    is_needed=False,
    allowed=lambda view: view.operations.may_sign,
)
NOBODY = 0


@operations.route("/<task_id>/transfer", methods=["GET", "POST"])
def transfer(task_id: str) -> ResponseReturnValue:
    """转办: hand the task to a colleague."""

    def act(people: tuple[int, ...]) -> None:
        command = TransferTask(task_id, next(iter(people), NOBODY), _words())
        transfer_task(application(), acting(), command)

    return _share(task_id, TRANSFER, act)


@operations.route("/<task_id>/delegate", methods=["GET", "POST"])
def delegate(task_id: str) -> ResponseReturnValue:
    """委派: let a colleague prepare it."""

    def act(people: tuple[int, ...]) -> None:
        command = DelegateTask(task_id, next(iter(people), NOBODY), _words())
        delegate_task(application(), acting(), command)

    return _share(task_id, DELEGATE, act)


@operations.route("/<task_id>/sign", methods=["GET", "POST"])
def sign(task_id: str) -> ResponseReturnValue:
    """加签: ask colleagues to sign."""

    def act(people: tuple[int, ...]) -> None:
        command = AddSigners(task_id, _way() or SubTaskKind.DELEGATION, people, _words())
        add_signers(application(), acting(), command)

    return _share(task_id, SIGN, act)


@operations.post("/<task_id>/answer/<int:sub_task_id>")
def answer(task_id: str, sub_task_id: int) -> ResponseReturnValue:
    """Answer what one was asked on the task."""
    app, actor = application(), acting()
    view = pages.task(app, actor, task_id)
    chosen = request.form.get(VERDICT, "")
    verdict = Verdict(chosen) if chosen in set(Verdict) else None
    try:
        answer_sub_task(app, actor, AnswerSubTask(sub_task_id, _words(), verdict))
    except DangwuError as error:
        if view.operations.mine is None or view.operations.mine.id != sub_task_id:
            raise
        page = render_template(
            "operations/answer.html",
            view=view,
            words=_words(),
            verdict=chosen,
            refused=refusal_of(error),
        )
        return page, status_of(error)
    flash("答复成功", "success")
    return see_other("cases.show", case_id=view.header.case_id)


@operations.route("/<task_id>/withdraw/<int:sub_task_id>", methods=["GET", "POST"])
def withdraw(task_id: str, sub_task_id: int) -> ResponseReturnValue:
    """减签, 撤销委派: ask a person no more."""
    app, actor = application(), acting()
    view = pages.task(app, actor, task_id)
    asked = next((s for s in view.operations.sub_tasks if s.id == sub_task_id), None)
    if asked is None:
        raise NotFound
    if request.method == "GET":
        if not asked.may_withdraw:
            raise Conflict("当前不能撤销。", "请回到办理页面查看最新情况。")
        return _withdrawal(view, asked, None)
    try:
        withdraw_sub_task(app, actor, WithdrawSubTask(sub_task_id, _words()))
    except DangwuError as error:
        return _withdrawal(view, asked, refusal_of(error)), status_of(error)
    flash("撤销委派成功" if asked.is_delegation else "减签成功", "success")
    return see_other("tasks.show", task_id=task_id)


@operations.post("/<task_id>/recall")
def recall(task_id: str) -> ResponseReturnValue:
    """取回提交: have back what signers have not confirmed."""
    recall_submission(application(), acting(), task_id)
    flash("取回成功，您可以修改后重新提交。", "success")
    return see_other("tasks.show", task_id=task_id)


@operations.route("/<task_id>/urge", methods=["GET", "POST"])
def urge(task_id: str) -> ResponseReturnValue:
    """催办: remind whoever has it."""
    app, actor = application(), acting()
    view = pages.task(app, actor, task_id)
    if request.method == "GET":
        if not view.operations.may_urge:
            raise Conflict(
                "该事项当前不能催办。", "同一事项24小时内只能催办一次；已办结的不需要催办。"
            )
        return _urge_page(view, None)
    try:
        urge_task(app, actor, UrgeTask(task_id, _words()))
    except DangwuError as error:
        return _urge_page(view, refusal_of(error)), status_of(error)
    flash("催办成功，已通知办理人。", "success")
    return see_other("cases.show", case_id=view.header.case_id)


def _urge_page(view: TaskView, refused: Refusal | None) -> str:
    return render_template(
        "operations/urge.html",
        view=view,
        identities=pages.identities_to_urge(application(), acting(), view.task_id),
        identity=request.form.get(IDENTITY, ""),
        words=_words(),
        refused=refused,
    )


@operations.get("/<task_id>/countersign")
def countersign(task_id: str) -> ResponseReturnValue:
    """Show who may be added to the running countersign, and the form to take this person out."""
    return _countersign_page(_adjustable(task_id), None)


@operations.post("/<task_id>/countersign/add")
def add(task_id: str) -> ResponseReturnValue:
    """会签加签: ask one more."""
    view = _adjustable(task_id)
    if is_search():
        return _countersign_page(view, None)
    person = next(iter(chosen_people()), NOBODY)
    try:
        completed = add_countersigner(
            application(), acting(), AddCountersigner(task_id, person, _words())
        )
    except DangwuError as error:
        return _countersign_page(view, refusal_of(error)), status_of(error)
    return announce("会签加签成功", completed)


@operations.post("/<task_id>/countersign/remove")
def remove(task_id: str) -> ResponseReturnValue:
    """会签减签: ask this person no more."""
    view = _adjustable(task_id)
    try:
        completed = remove_countersigner(
            application(), acting(), RemoveCountersigner(task_id, _words())
        )
    except DangwuError as error:
        return _countersign_page(view, refusal_of(error), is_removal=True), status_of(error)
    return announce("会签减签成功", completed)


def _adjustable(task_id: str) -> TaskView:
    view = pages.task(application(), acting(), task_id)
    if not view.operations.may_adjust:
        raise Forbidden("您不能调整该会签。", "按人员分派的会签由其发起人调整。")
    return view


def _countersign_page(view: TaskView, refused: Refusal | None, *, is_removal: bool = False) -> str:
    text, chosen = searched_text(), frozenset(chosen_people())
    return render_template(
        "operations/countersign.html",
        view=view,
        picker=PeoplePicker(
            people_for(application(), acting(), view.task_id, text), chosen, text, is_multiple=False
        ),
        words=_words(),
        is_removal=is_removal,
        refused=refused,
    )


def _share(
    task_id: str, sharing: Sharing, act: Callable[[tuple[int, ...]], None]
) -> ResponseReturnValue:
    """Show the page, search on it, or do what it is for."""
    app, actor = application(), acting()
    view = pages.task(app, actor, task_id)
    if request.method == "GET" or is_search():
        if not sharing.allowed(view):
            raise Forbidden(f"该事项当前不能{sharing.verb}。", "请回到办理页面查看最新情况。")
        return _sharing_page(view, sharing, None)
    try:
        act(chosen_people())
    except DangwuError as error:
        if not sharing.allowed(view):
            raise
        return _sharing_page(view, sharing, refusal_of(error)), status_of(error)
    flash(f"{sharing.verb}成功", "success")
    return see_other("cases.show", case_id=view.header.case_id)


def _sharing_page(view: TaskView, sharing: Sharing, refused: Refusal | None) -> str:
    app, actor = application(), acting()
    text, chosen = searched_text(), frozenset(chosen_people())
    found = {c.person_id for c in people_for(app, actor, view.task_id, text)}
    offered = [
        c
        for c in people_for(app, actor, view.task_id, "")
        if c.person_id in found or c.person_id in chosen
    ]
    return render_template(
        "operations/share.html",
        view=view,
        sharing=sharing,
        picker=PeoplePicker(offered, chosen, text, sharing is SIGN),
        ways=SIGNING if sharing is SIGN else (),
        way=_way(),
        words=request.form.get(WORDS, ""),
        refused=refused,
    )


def _withdrawal(view: TaskView, asked: SubTaskView, refused: Refusal | None) -> str:
    return render_template(
        "operations/withdraw.html",
        view=view,
        asked=asked,
        words=request.form.get(WORDS, ""),
        refused=refused,
    )


def _words() -> str:
    return request.form.get(WORDS, "").strip()


def _way() -> SubTaskKind | None:
    way = request.form.get(WAY, "")
    return SubTaskKind(way) if way in set(SIGNING) else None
