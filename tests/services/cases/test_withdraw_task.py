"""取回: one's own completed task, until somebody has gone on from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from engine import runtime
from engine.errors import InstanceSuspended
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.bootstrap import Application
from services.cases import operations, pages
from services.cases.change_status import change_status
from services.cases.complete import CompleteTask, complete_task
from services.cases.intervene import Intervene
from services.cases.intervention import Intervention
from services.cases.latest_act import LatestAct
from services.cases.queries import done, inbox
from services.cases.start import StartCase, start_case
from services.cases.views import StepLink
from services.cases.withdraw_task import WithdrawTask, withdraw_task
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.notifications.commands import notify
from services.notifications.models import Notification
from services.notifications.queries import listing
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.tasks.commands import claim, release, save_draft
from services.tasks.delegate import DelegateTask, delegate_task
from services.tasks.models import (
    OPEN_STATES,
    SubTask,
    SubTaskKind,
    SubTaskState,
    TaskDraft,
    TaskState,
    TaskSubmission,
    UserTask,
)
from services.tasks.sign import AddSigners, add_signers
from tests.services.branching import STEPS, branch_out
from tests.services.cases.rivals import outcomes_of, together
from tests.services.countersigning import deploy_countersign
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


@pytest.fixture
def talked(world: World) -> World:
    """The talk is recorded by the secretary; the recommendation waits."""
    world.start().go_to(date(2026, 6, 10)).complete("talk", by="secretary", data=TALK)
    return world.waiting_at("recommend_activist")


def withdraw(world: World, *, by: str = "secretary", task_id: str | None = None) -> World:
    command = WithdrawTask(task_id or world.task("talk").id, "日期填错。")
    world.last = withdraw_task(world.app, world.actor(by), command)
    return world


def offered(world: World, *, by: str = "secretary") -> tuple[bool, str]:
    view = pages.task(world.app, world.actor(by), world.task("talk").id)
    return view.may_withdraw, view.why_not_withdraw


def test_the_page_of_the_case_offers_it_to_who_did_it(talked: World) -> None:
    def offer(by: str) -> StepLink | None:
        return pages.case(talked.app, talked.actor(by), talked.case_id).task_to_withdraw

    assert StepLink(talked.task("talk").id, "派人谈话") == offer("secretary")
    assert offer("deputy_secretary") is None
    withdraw(talked)
    assert offer("secretary") is None


def test_everything_is_as_before_and_what_was_written_is_there(talked: World) -> None:
    old = talked.task("talk")
    opened = talked.open()["recommend_activist"].id
    assert offered(talked) == (True, "")
    withdraw(talked).waiting_at("talk")
    new = talked.task("talk")
    with talked.app.database.read() as session:
        states = {i: session.get_one(UserTask, i).state for i in (old.id, opened, new.id)}
        assert LatestAct.of(session.get_one(ProcessInstance, talked.case_id)) is None
        assert list(verify(session)) == []
    assert states == {
        old.id: TaskState.WITHDRAWN,
        opened: TaskState.CANCELED,
        new.id: TaskState.CLAIMED,
    }
    assert talked.people["secretary"] == new.assignee_id
    assert (old.due_on, old.not_before, old.sender_id) == (
        new.due_on,
        new.not_before,
        new.sender_id,
    )
    assert "talk_record" not in talked.variables()
    view = pages.task(talked.app, talked.actor("secretary"), new.id)
    assert view.values["talk_record"] == "入党动机端正。"
    assert talked.journal()[-1].kind == EntryKind.TASK_WITHDRAWN
    assert talked.record()["reason"] == "日期填错。"
    talked.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_it_shows_in_the_history_and_no_longer_in_the_diagram(talked: World) -> None:
    withdraw(talked)
    case = pages.case(talked.app, talked.actor("secretary"), talked.case_id)
    assert case.history[-1].outcome_name == "取回重办"
    assert "派人谈话；取回重办；说明：日期填错。" in [item.text for item in case.journal]
    assert (case.diagram.active, "talk" in case.diagram.completed) == (("talk",), False)
    lines = done(talked.app, talked.actor("secretary")).items
    assert [line.outcome_name for line in lines] == ["已取回"]


def test_only_ones_own_and_only_once(talked: World) -> None:
    task_id = talked.task("talk").id
    with pytest.raises(Forbidden):
        withdraw(talked, by="organizer")
    with pytest.raises(NotFound):
        withdraw(talked, by="new_branch_secretary")
    with pytest.raises(NotFound):
        withdraw(talked, task_id="x")
    with pytest.raises(Invalid):
        withdraw_task(talked.app, talked.actor("secretary"), WithdrawTask(task_id, "长" * 2001))
    withdraw(talked)
    with pytest.raises(Conflict):
        withdraw(talked, task_id=task_id)
    talked.waiting_at("talk")


def test_not_after_the_next_act(talked: World) -> None:
    talked.return_to("talk", at="recommend_activist", by="secretary")
    task_id = next(r.task_id for r in talked.journal() if r.kind == EntryKind.TASK_COMPLETED)
    with pytest.raises(Conflict, match="新的进展"):
        withdraw(talked, task_id=task_id)


def test_not_once_the_next_step_is_claimed_even_for_a_moment(talked: World) -> None:
    actor, task_id = talked.actor("organizer"), talked.open()["recommend_activist"].id
    claim(talked.app, actor, task_id)
    release(talked.app, actor, task_id)
    assert offered(talked) == (False, "“推荐和确定入党积极分子”已有人签收或者开始填写，不能取回。")
    with pytest.raises(Conflict, match="签收"):
        withdraw(talked)


def test_a_draft_of_somebody_else_counts_but_not_ones_own(talked: World) -> None:
    task_id = talked.open()["recommend_activist"].id
    raw = {"recommended_by": ["members"]}
    save_draft(talked.app, talked.actor("secretary"), task_id, raw)
    assert offered(talked) == (True, "")
    save_draft(talked.app, talked.actor("organizer"), task_id, raw)
    assert not offered(talked)[0]


def test_not_while_suspended(talked: World) -> None:
    command = Intervene(talked.case_id, "核查。")
    change_status(talked.app, talked.actor("committee_secretary"), Intervention.SUSPEND, command)
    assert offered(talked) == (False, "办件已挂起，不能取回。")


def test_not_after_an_effect_that_stays(world: World) -> None:
    world.until("file_activist")
    (entry,) = (
        row
        for row in world.journal()
        if row.kind == EntryKind.TASK_COMPLETED and row.element_id == "recommend_activist"
    )
    with world.app.database.read() as session:
        latest = LatestAct.of(session.get_one(ProcessInstance, world.case_id))
    assert latest is not None
    assert (latest.task_id, latest.lasting) == (entry.task_id, "register.update")
    with pytest.raises(Conflict, match="更新党员名册"):
        withdraw(world, task_id=entry.task_id, by=_who(world, entry.actor_id))


def _who(world: World, person_id: int | None) -> str:
    return next(alias for alias, known in world.people.items() if known == person_id)


def test_notices_of_the_act_are_taken_back_unless_read(talked: World) -> None:
    task = talked.task("talk")
    reader = talked.people["organizer"]
    with talked.app.database.write() as session:
        assert task.completed_at is not None
        notify(session, [reader], talked.case_id, "请办理", "", task.completed_at)
    withdraw(talked)
    assert listing(talked.app, talked.actor("organizer"), 1).total == 0
    talked.go_to(date(2026, 6, 12)).complete("talk", by="secretary", data=TALK)
    task = talked.task("talk")
    with talked.app.database.write() as session:
        assert task.completed_at is not None
        notify(session, [reader], talked.case_id, "请办理", "", task.completed_at)
        session.query(Notification).update({"read_at": task.completed_at})
    with pytest.raises(Conflict, match="通知已有人阅读"):
        withdraw(talked)


def test_in_a_parallel_part_the_other_branches_stay(admitted: World) -> None:
    others = {k: v.id for k, v in admitted.open().items() if k != "oath"}
    task_id = admitted.open()["oath"].id
    data = {"oath_place": "支部会议室", "oath_organizer": "branch"}
    admitted.complete("oath", by="secretary", data=data)
    claim(admitted.app, admitted.actor("organizer"), others["assign_group"])
    withdraw(admitted, task_id=task_id).waiting_at("file_admission", "assign_group", "oath")
    assert others == {k: v.id for k, v in admitted.open().items() if k != "oath"}
    assert admitted.open()["assign_group"].state is TaskState.CLAIMED


def test_of_two_at_once_one_wins(talked: World) -> None:
    task_id = talked.task("talk").id
    opened = talked.open()["recommend_activist"].id
    answers = outcomes_of(
        together(
            [
                lambda: withdraw_task(talked.app, talked.actor("secretary"), WithdrawTask(task_id)),
                lambda: claim(talked.app, talked.actor("organizer"), opened),
            ]
        )
    )
    assert answers in (
        {"Completed": 1, "TaskEnded": 1},
        {"NoneType": 1, "Conflict": 1},
    )


def test_the_operations_that_last_are_of_the_registry() -> None:
    lasting = operations.LASTING.keys() - {operations.EVENT_SENT, operations.STORE_WRITTEN}
    assert lasting == operations.OPERATIONS.keys() - {"notify.send"}


def test_a_suspended_case_cannot_be_claimed_but_a_draft_is_kept(talked: World) -> None:
    command = Intervene(talked.case_id, "核查。")
    change_status(talked.app, talked.actor("committee_secretary"), Intervention.SUSPEND, command)
    actor, task_id = talked.actor("organizer"), talked.open()["recommend_activist"].id
    with pytest.raises(InstanceSuspended):
        claim(talked.app, actor, task_id)
    save_draft(talked.app, actor, task_id, {"recommended_by": ["members"]})


@pytest.fixture
def countersigned(app: Application, tmp_path: Path) -> World:
    """Four opinions are asked for, of any officer each; two refusals decide, then the case goes on.

    Somebody is at work on the last two: one is claimed, half written and delegated, the other is
    submitted and waits for a signer.
    """
    folder = deploy_countersign(app, tmp_path, is_personal=False)
    branch_out(folder)
    deploy_folder(app, folder)
    world = World(app)
    people = [str(world.people[a]) for a in ("secretary", "deputy_secretary", "organizer")]
    data = {
        "acted_on": date(2026, 6, 1),
        "remind_after": "PT99999S",
        "people": [*people, str(world.people["applicant"])],
    }
    world.case_id = start_case(
        app, world.actor("secretary"), StartCase("probe", None, data)
    ).case_id
    half, submitted = _opinions(world)[2:]
    organizer = world.actor("organizer")
    claim(app, organizer, half)
    save_draft(app, organizer, half, {"result": ["写了一半"]})
    delegate_task(app, organizer, DelegateTask(half, world.people["deputy_secretary"]))
    signers = (world.people["deputy_secretary"],)
    add_signers(app, organizer, AddSigners(submitted, SubTaskKind.SIGN_AFTER, signers, "请审。"))
    complete_task(app, organizer, CompleteTask(submitted, data=_refusal("请确认")))
    return world


def _refusal(result: str = "不同意") -> dict[str, object]:
    return {"acted_on": date(2026, 6, 1), "result": result}


def _opinions(world: World) -> list[str]:
    with world.app.database.read() as session:
        return list(
            session.scalars(
                select(UserTask.id)
                .where(UserTask.element_id == "work", UserTask.state.in_(OPEN_STATES))
                .order_by(UserTask.created_at, UserTask.id)
            )
        )


def _work_in_progress(world: World, task_ids: Sequence[str]) -> object:
    """Everything people have begun on tasks."""
    with world.app.database.read() as session:
        return (
            [session.get_one(UserTask, task_id).state for task_id in task_ids],
            session.execute(
                select(TaskDraft.task_id, TaskDraft.person_id, TaskDraft.data)
                .where(TaskDraft.task_id.in_(task_ids))
                .order_by(TaskDraft.task_id)
            ).all(),
            session.execute(
                select(SubTask.id, SubTask.state, SubTask.ended_at)
                .where(SubTask.parent_id.in_(task_ids))
                .order_by(SubTask.id)
            ).all(),
            session.execute(
                select(TaskSubmission.task_id, TaskSubmission.data, TaskSubmission.submitted_at)
            ).all(),
        )


def test_what_others_had_begun_is_there_again(countersigned: World) -> None:
    world = countersigned
    first, second, *others = _opinions(world)
    deputy = world.actor("deputy_secretary")
    save_draft(world.app, deputy, second, {"result": ["副书记的草稿"]})
    before = _work_in_progress(world, others)
    for task_id in (first, second):
        command = CompleteTask(task_id, data=_refusal())
        complete_task(world.app, world.actor("secretary"), command)
    assert sorted(STEPS) == sorted(row.element_id for row in world.rows())
    states, drafts, sub_tasks, submissions = cast("Any", _work_in_progress(world, others))
    assert [TaskState.CANCELED] * 2 == states
    assert ([], []) == (drafts, submissions)
    assert {SubTaskState.CANCELED} == {row.state for row in sub_tasks}
    withdraw(world, task_id=second)
    assert before == _work_in_progress(world, others)
    assert {"委派", "后加签"} == {item.request_name for item in inbox(world.app, deputy)[0].items}
    (again,) = set(_opinions(world)) - set(others)
    release(world.app, world.actor("secretary"), again)
    view = pages.task(world.app, deputy, again)
    assert "副书记的草稿" == view.values["result"]
    instance = world.instance()
    with world.app.database.read() as session:
        process = world.app.procedures.get(session, instance.deployment_id).process
    assert {task.id for task in runtime.inspect(process, instance.state).open_tasks} == {
        again,
        *others,
    }


def test_what_others_had_begun_is_gone_once_the_case_goes_on(countersigned: World) -> None:
    world = countersigned
    first, second, *others = _opinions(world)
    for task_id in (first, second):
        command = CompleteTask(task_id, data=_refusal())
        complete_task(world.app, world.actor("secretary"), command)
    world.complete("first", by="secretary", on=date(2026, 6, 1), data={"result": "已办。"})
    with pytest.raises(Conflict, match="已有新的进展"):
        withdraw(world, task_id=second)
    assert [TaskState.CANCELED] * 2 == cast("Any", _work_in_progress(world, others))[0]
