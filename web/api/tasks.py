"""待办: the lists, one task, and everything that may be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Response
from marshmallow import Schema

from engine.deadlines import Light
from services.bootstrap import Application
from services.cases import pages, queries
from services.cases.complete import CompleteTask, complete_task
from services.cases.countersign import (
    AddCountersigner,
    RemoveCountersigner,
    add_countersigner,
    remove_countersigner,
)
from services.cases.return_ import ReturnTask, return_task
from services.cases.revisions import case_of_task
from services.cases.views import InboxItem, TaskView
from services.cases.withdraw_task import WithdrawTask, withdraw_task
from services.circulation.models import CirculationKind
from services.circulation.send import Circulate, circulate
from services.errors import NotFound
from services.identity.actor import Actor
from services.tasks.answer import AnswerSubTask, answer_sub_task
from services.tasks.colleagues import Colleague
from services.tasks.commands import claim, release, save_draft
from services.tasks.delegate import DelegateTask, delegate_task
from services.tasks.operations import people_for
from services.tasks.recall import recall_submission
from services.tasks.sign import AddSigners, add_signers
from services.tasks.transfer import TransferTask, transfer_task
from services.tasks.urge import UrgeTask, urge_task
from services.tasks.withdraw import WithdrawSubTask, withdraw_sub_task
from web.api.acting import KEY_PARAMETER, perform, with_etag
from web.api.blueprint import ApiBlueprint
from web.api.derive import Strict, extended, view_schema
from web.api.fields import Choice, Items, Record, Text, Values
from web.api.forms import FormInputs
from web.api.pagination import Part, SearchQuery, page_of, part_of, part_schema
from web.api.verbs import OnTask, Verb, add_verb
from web.context import acting, application

tasks = ApiBlueprint("tasks", "待办", "/tasks")


class Box(StrEnum):
    """Which tasks of one's own."""

    PENDING = "pending"
    DONE = "done"


class TaskQuery(SearchQuery):
    """Which tasks to list."""

    box = Choice(Box, load_default=Box.PENDING, metadata={"description": "待办或者已办"})
    light = Choice(Light, load_default=None, metadata={"description": "期限（只用于待办）"})


class PeopleQuery(Schema):
    """Whom to look for."""

    q = Text(load_default="", metadata={"description": "姓名或者拼音"})


TaskSchema = extended(
    view_schema(TaskView, frozenset({"form", "values", "options", "diagram"})),
    "Task",
    form=FormInputs(required=True),
    values=Values(required=True),
)


@tasks.operation(
    "", "list_tasks", "列出本人的待办或者已办", query=TaskQuery, gives=part_schema(InboxItem)
)
def list_tasks(query: dict[str, Any]) -> Part:
    """List one's own tasks."""
    app, actor, page = application(), acting(), page_of(query["cursor"])
    if query["box"] is Box.DONE:
        return part_of(queries.done(app, actor, text=query["q"], page=page))
    listing, _ = queries.inbox(app, actor, light=query["light"], text=query["q"], page=page)
    return part_of(listing)


@tasks.operation(
    "/<task_id>", "get_task", "读取一项待办：表单、可选结论、期限和可以进行的操作", gives=TaskSchema
)
def get_task(task_id: str) -> Any:
    """Show a task."""
    view = pages.task(application(), acting(), task_id)
    return with_etag(view, view.header.case_id)


@tasks.operation(
    "/<task_id>/people",
    "list_task_people",
    "查找可以转办、委派、加签的人员",
    query=PeopleQuery,
    gives=view_schema(Colleague)(many=True),
)
def list_task_people(query: dict[str, Any], task_id: str) -> Any:
    """List who may take part in a task."""
    return list(people_for(application(), acting(), task_id, query["q"]))


@dataclass(frozen=True, slots=True)
class CirculateTask:
    """Send the case to people (ids) to read, from this task."""

    task_id: str
    kind: CirculationKind
    people: tuple[int, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class RemoveSigner:
    """Ask the person no more who was asked by `sub_task_id` to sign, with a reason."""

    task_id: str
    sub_task_id: int
    reason: str


class Draft(Strict):
    """What is typed so far: for each input a list of texts."""

    data = Record(keys=Text(), values=Items(Text()), required=True)
    opinion = Text(load_default="")
    late_reason = Text(load_default="")


@tasks.operation(
    "/<task_id>/draft",
    "save_draft",
    "保存草稿",
    method="POST",
    body=Draft,
    status=204,
    headers=[KEY_PARAMETER],
)
def draft(sent: dict[str, Any], task_id: str) -> Response:
    """Keep what is typed."""
    return perform(lambda app: save_draft(app, acting(), task_id, **_named(sent)))


def _named(sent: dict[str, Any]) -> dict[str, Any]:
    return {"raw" if key == "data" else key: value for key, value in sent.items()}


def _circulate(app: Application, actor: Actor, command: CirculateTask) -> None:
    case_id = case_of_task(app, actor, command.task_id)
    sent = Circulate(case_id, command.kind, command.people, command.words, command.task_id)
    circulate(app, actor, sent)


def _remove_signer(app: Application, actor: Actor, command: RemoveSigner) -> None:
    _require_part(app, actor, command.task_id, command.sub_task_id)
    withdraw_sub_task(app, actor, WithdrawSubTask(command.sub_task_id, command.reason))


def _require_part(app: Application, actor: Actor, task_id: str, sub_task_id: int) -> None:
    """Raise `NotFound` for what was asked on another task."""
    operations = pages.task(app, actor, task_id).operations
    if sub_task_id not in {asked.id for asked in operations.sub_tasks}:
        raise NotFound


def _case_of(app: Application, address: dict[str, Any]) -> int:
    if "sub_task_id" in address:
        _require_part(app, acting(), address["task_id"], address["sub_task_id"])
    return case_of_task(app, acting(), address["task_id"])


VERBS = (
    Verb(
        "/complete",
        "complete_task",
        "办理：提交表单和结论",
        CompleteTask,
        complete_task,
        moves=True,
    ),
    Verb("/claim", "claim_task", "签收", OnTask, lambda a, p, c: claim(a, p, c.task_id)),
    Verb("/release", "release_task", "取消签收", OnTask, lambda a, p, c: release(a, p, c.task_id)),
    Verb("/return", "return_task", "退回到以前的环节", ReturnTask, return_task, moves=True),
    Verb(
        "/withdraw", "withdraw_task", "取回本人已办的事项", WithdrawTask, withdraw_task, moves=True
    ),
    Verb("/transfer", "transfer_task", "转办", TransferTask, transfer_task),
    Verb("/delegate", "delegate_task", "委派", DelegateTask, delegate_task),
    Verb("/add-signer", "add_signers", "加签", AddSigners, add_signers),
    Verb(
        "/add-countersigner",
        "add_countersigner",
        "会签加签",
        AddCountersigner,
        add_countersigner,
        moves=True,
    ),
    Verb(
        "/remove-countersigner",
        "remove_countersigner",
        "会签减签",
        RemoveCountersigner,
        remove_countersigner,
        moves=True,
    ),
    Verb(
        "/recall",
        "recall_submission",
        "取回提交：加签人尚未确认的",
        OnTask,
        lambda a, p, c: recall_submission(a, p, c.task_id),
    ),
    Verb("/urge", "urge_task", "催办", UrgeTask, urge_task),
    Verb("/circulate", "circulate_task", "从本环节抄送或者传阅", CirculateTask, _circulate),
    Verb(
        "/sub-tasks/<int:sub_task_id>/answer",
        "answer_sub_task",
        "答复委派或者加签",
        AnswerSubTask,
        answer_sub_task,
    ),
    Verb(
        "/sub-tasks/<int:sub_task_id>/withdraw",
        "withdraw_sub_task",
        "撤销委派或者减签",
        WithdrawSubTask,
        withdraw_sub_task,
    ),
    Verb("/remove-signer", "remove_signer", "减签", RemoveSigner, _remove_signer),
)
for verb in VERBS:
    add_verb(tasks, f"/<task_id>{verb.path}", verb, _case_of)
