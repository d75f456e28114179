from __future__ import annotations

import pytest

from engine.errors import TaskNotOpen
from services.audit.models import EntryKind
from services.cases import pages
from services.cases.queries import done, inbox
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.tasks.answer import AnswerSubTask, answer_sub_task
from services.tasks.commands import save_draft
from services.tasks.models import SubTaskKind, SubTaskState, TaskState, Verdict
from tests.services.cases.rivals import outcomes_of, together
from tests.services.tasks.acting import (
    TALK,
    answer,
    asked,
    delegate,
    entry_of,
    kinds,
    notices,
    sign,
    states,
    talk,
    task_id,
    withdraw,
)
from tests.world import World


def test_the_task_waits_for_the_delegate_and_comes_back(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    (mine,) = inbox(world.app, world.actor("secretary"))[0].items
    assert (mine.label, mine.is_waiting) == ("委派中", True)
    (theirs,) = inbox(world.app, world.actor("organizer"))[0].items
    assert (theirs.request_name, theirs.sender, theirs.is_waiting) == ("委派", "陈启明", False)
    assert theirs.due == mine.due
    with pytest.raises(Conflict, match="已委派刘思齐"):
        world.complete("talk", by="secretary", data=TALK)
    with pytest.raises(Conflict):
        world.complete("talk", by="organizer", data=TALK)
    answer(world, "organizer", None, "谈话已安排在周五。")
    assert talk(world).state is TaskState.CLAIMED
    assert inbox(world.app, world.actor("organizer"))[0].items == ()
    (signed,) = done(world.app, world.actor("organizer")).items
    assert signed.outcome_name == "委派"
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_the_words_of_the_delegate_become_the_draft_opinion(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    answer(world, "organizer", None, "谈话已安排。")
    view = pages.task(world.app, world.actor("secretary"), task_id(world))
    assert view.draft_opinion == "谈话已安排。"
    assert view.may_complete


def test_an_opinion_of_ones_own_is_kept(world: World) -> None:
    world.start()
    save_draft(
        world.app, world.actor("secretary"), task_id(world), {"talk_record": ["一半"]}, opinion="我"
    )
    delegate(world, "secretary", "organizer")
    answer(world, "organizer", None, "谈话已安排。")
    view = pages.task(world.app, world.actor("secretary"), task_id(world))
    assert (view.draft_opinion, view.values["talk_record"]) == ("我", "一半")
    assert view.operations.sub_tasks[0].opinion == "谈话已安排。"


def test_the_journal_has_delegator_and_delegate(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    asked_entry, data = entry_of(world, EntryKind.TASK_DELEGATED)
    assert asked_entry.actor_id == world.people["secretary"]
    assert data == {"people": [world.people["organizer"]], "request": "请先谈。"}
    answer(world, "organizer", None, "谈话已安排。")
    entry, data = entry_of(world, EntryKind.DELEGATION_ANSWERED)
    assert entry.actor_id == world.people["organizer"]
    assert data["people"] == [world.people["secretary"]]
    told = pages.case(world.app, world.actor("applicant"), world.case_id).history[-1]
    assert (told.actor, told.outcome_name) == ("刘思齐", "受陈启明委派办理")
    assert notices(world, "organizer") == ["委派：派人谈话"]
    assert notices(world, "secretary") == ["委派已答复：派人谈话"]


def test_a_delegation_is_withdrawn_before_it_is_answered(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    withdraw(world, "secretary", "organizer")
    assert states(world) == [SubTaskState.WITHDRAWN]
    assert kinds(world)[-1] is EntryKind.DELEGATION_WITHDRAWN
    with pytest.raises(Conflict, match="已经撤销"):
        answer(world, "organizer", None)
    world.complete("talk", by="secretary", data=TALK)


def test_after_the_answer_nothing_is_withdrawn(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    answer(world, "organizer", None)
    with pytest.raises(Conflict, match="已经答复"):
        withdraw(world, "secretary", "organizer")


def test_an_answer_and_a_withdrawal_at_once(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    answers = together(
        [
            lambda: answer(world, "organizer", None),
            lambda: withdraw(world, "secretary", "organizer"),
        ]
    )
    assert outcomes_of(answers) == {"NoneType": 1, "Conflict": 1}


def test_who_may_answer_and_withdraw(world: World) -> None:
    world.start()
    number = delegate(world, "secretary", "organizer")
    for alias, error in (
        ("secretary", Forbidden),
        ("deputy_secretary", Forbidden),
        ("applicant", Forbidden),
        ("new_branch_secretary", NotFound),
    ):
        with pytest.raises(error):
            answer_sub_task(world.app, world.actor(alias), AnswerSubTask(number, "我来。"))
    with pytest.raises(Forbidden):
        withdraw(world, "organizer", "organizer")
    with pytest.raises(NotFound):
        answer_sub_task(world.app, world.actor("organizer"), AnswerSubTask(number + 1, "我来。"))


def test_texts_are_needed(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    with pytest.raises(Invalid) as empty:
        answer(world, "organizer", None, " ")
    assert empty.value.errors == {"opinion": "请填写办理情况。"}
    with pytest.raises(Invalid) as unsaid:
        withdraw(world, "secretary", "organizer", "")
    assert list(unsaid.value.errors) == ["reason"]


def test_a_delegated_task_is_not_delegated_or_signed_again(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    with pytest.raises(Conflict):
        delegate(world, "secretary", "discipline_commissioner")
    with pytest.raises(Conflict):
        sign(world, SubTaskKind.SIGN_AFTER, "secretary", "discipline_commissioner")


def test_the_end_of_the_task_ends_the_delegation(world: World) -> None:
    world.start()
    delegate(world, "secretary", "organizer")
    world.withdraw()
    assert states(world) == [SubTaskState.CANCELED]
    assert inbox(world.app, world.actor("organizer"))[0].items == ()
    with pytest.raises(TaskNotOpen):
        answer(world, "organizer", None)


def test_returning_ends_the_delegation(world: World) -> None:
    world.start().complete("talk", by="secretary", data=TALK)
    element = "recommend_activist"
    sign(world, SubTaskKind.SIGN_BEFORE, "secretary", "discipline_commissioner", element=element)
    world.return_to("talk", at=element, by="secretary").waiting_at("talk")
    assert states(world) == [SubTaskState.CANCELED]
    with pytest.raises(TaskNotOpen):
        answer(world, "discipline_commissioner", Verdict.AGREED)
    assert asked(world, "discipline_commissioner").ended_at == world.clock.now()
