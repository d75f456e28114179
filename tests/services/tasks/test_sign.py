from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine.errors import TaskNotOpen
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.cases import pages
from services.cases.access import may_see
from services.cases.queries import done, inbox
from services.errors import Conflict, Forbidden, Invalid
from services.people.commands import end_appointment, move
from services.people.models import Appointment, Person
from services.tasks.commands import claim, save_draft
from services.tasks.models import SubTaskKind, SubTaskState, TaskState, Verdict
from services.tasks.recall import recall_submission
from tests.services.cases.rivals import outcomes_of, together
from tests.services.tasks.acting import (
    TALK,
    answer,
    entry_of,
    kinds,
    notices,
    sign,
    states,
    talk,
    task_id,
    transfer,
    withdraw,
)
from tests.world import World

BEFORE, PARALLEL, AFTER = (
    SubTaskKind.SIGN_BEFORE,
    SubTaskKind.SIGN_PARALLEL,
    SubTaskKind.SIGN_AFTER,
)


def test_before_me_the_signers_have_it(world: World) -> None:
    world.start()
    sign(world, BEFORE, "secretary", "organizer", "discipline_commissioner")
    assert talk(world).assignee_id == world.people["secretary"]
    answer(world, "organizer")
    with pytest.raises(Conflict, match="何建平"):
        world.complete("talk", by="secretary", data=TALK)
    answer(world, "discipline_commissioner", Verdict.DISAGREED, "时机不成熟。")
    view = pages.task(world.app, world.actor("secretary"), task_id(world))
    assert [(s.person, s.verdict_name, s.opinion) for s in view.operations.sub_tasks] == [
        ("刘思齐", "同意", "可以。"),
        ("何建平", "不同意", "时机不成熟。"),
    ]
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_after_me_my_act_is_held_until_the_signer_has_confirmed(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    assert inbox(world.app, world.actor("organizer"))[0].items == ()
    with pytest.raises(Conflict, match="尚未提交"):
        answer(world, "organizer")
    world.complete("talk", by="secretary", data=TALK, opinion="谈过。").waiting_at("talk")
    assert talk(world).state is TaskState.SUBMITTED
    assert world.last is not None
    assert world.last.next_task_id is None
    (theirs,) = inbox(world.app, world.actor("organizer"))[0].items
    assert theirs.request_name == "后加签"
    (mine,) = inbox(world.app, world.actor("secretary"))[0].items
    assert (mine.label, mine.is_waiting) == ("待加签确认", True)
    world.clock.advance(timedelta(days=2))
    answer(world, "organizer")
    world.waiting_at("recommend_activist")
    assert talk(world).state is TaskState.COMPLETED
    assert talk(world).completed_by == world.people["secretary"]
    assert talk(world).completed_at == world.clock.now()
    assert talk(world).acted_on == world.today - timedelta(days=2)
    assert talk(world).opinion == "谈过。"
    assert world.variables()["talk_record"] == "入党动机端正。"
    assert world.census()["task_submission"] == 0
    assert kinds(world)[1:] == [
        EntryKind.SIGNERS_ADDED,
        EntryKind.TASK_SUBMITTED,
        EntryKind.SIGNER_ANSWERED,
        EntryKind.TASK_COMPLETED,
    ]
    assert entry_of(world, EntryKind.TASK_COMPLETED)[0].actor_id == world.people["secretary"]
    with world.app.database.read() as session:
        assert list(verify(session)) == []


def test_beside_me_the_order_does_not_matter(world: World) -> None:
    world.start()
    sign(world, PARALLEL, "secretary", "organizer", "discipline_commissioner")
    answer(world, "organizer")
    world.complete("talk", by="secretary", data=TALK).waiting_at("talk")
    answer(world, "discipline_commissioner")
    world.waiting_at("recommend_activist")


def test_when_all_have_signed_already_my_act_takes_effect_at_once(world: World) -> None:
    world.start()
    sign(world, PARALLEL, "secretary", "organizer")
    answer(world, "organizer", Verdict.DISAGREED, "不妥。")
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_a_disagreement_after_me_is_shown_and_does_not_block(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK, opinion="谈过。")
    answer(world, "organizer", Verdict.DISAGREED, "记录太简单。")
    world.waiting_at("talk")
    assert talk(world).state is TaskState.CLAIMED
    view = pages.task(world.app, world.actor("secretary"), task_id(world))
    assert view.values["talk_record"] == "入党动机端正。"
    assert view.draft_opinion == "谈过。"
    assert view.history[-1].opinion == "刘思齐不同意，请研究后再提交。"
    assert notices(world, "secretary") == ["后加签不同意：派人谈话", "提交未生效：派人谈话"]
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_an_earlier_disagreement_does_not_give_back_a_later_act(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK)
    answer(world, "organizer", Verdict.DISAGREED, "记录太简单。")
    world.clock.advance(timedelta(minutes=5))
    sign(world, AFTER, "secretary", "discipline_commissioner")
    world.complete("talk", by="secretary", data=TALK)
    answer(world, "discipline_commissioner")
    world.waiting_at("recommend_activist")


def test_an_act_that_fails_when_it_is_applied_goes_back_with_the_reason(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK, opinion="谈过。")
    with world.app.database.write() as session:
        secretary = session.get_one(Person, world.people["secretary"])
        other = session.get_one(Person, world.people["new_branch_secretary"])
        # The talker is no member any more.
        move(session, secretary.id, other.organization_id, world.today)
    answer(world, "organizer")
    world.waiting_at("talk")
    assert talk(world).state is TaskState.CLAIMED
    assert states(world) == [SubTaskState.ANSWERED]
    _, data = entry_of(world, EntryKind.SUBMISSION_GIVEN_BACK)
    assert data["reason"] == "填写的内容有误，尚未提交。"
    assert pages.task(world.app, world.actor("secretary"), task_id(world)).draft_opinion == "谈过。"
    with world.app.database.read() as session:
        assert list(verify(session)) == []


def test_removing_the_last_signer_lets_the_act_take_effect(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer", "discipline_commissioner")
    world.complete("talk", by="secretary", data=TALK)
    answer(world, "organizer")
    withdraw(world, "secretary", "discipline_commissioner")
    world.waiting_at("recommend_activist")
    assert states(world) == [SubTaskState.ANSWERED, SubTaskState.WITHDRAWN]
    assert kinds(world)[-2:] == [EntryKind.SIGNER_REMOVED, EntryKind.TASK_COMPLETED]


def test_a_signer_who_was_not_asked_yet_hears_nothing_of_the_removal(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    withdraw(world, "secretary", "organizer")
    assert notices(world, "organizer") == []
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_a_submitted_act_is_recalled_with_everything_in_it(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK, opinion="谈过。")
    with pytest.raises(Forbidden):
        recall_submission(world.app, world.actor("organizer"), task_id(world))
    recall_submission(world.app, world.actor("secretary"), task_id(world))
    assert states(world) == [SubTaskState.WAITING]
    view = pages.task(world.app, world.actor("secretary"), task_id(world))
    assert (view.values["talk_record"], view.draft_opinion) == ("入党动机端正。", "谈过。")
    with pytest.raises(Conflict, match="没有待加签的提交"):
        recall_submission(world.app, world.actor("secretary"), task_id(world))
    world.complete("talk", by="secretary", data=TALK)
    answer(world, "organizer")
    world.waiting_at("recommend_activist")


def test_a_submitted_act_admits_nothing_else(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK)
    with pytest.raises(Conflict):
        world.complete("talk", by="secretary", data=TALK)
    with pytest.raises(Conflict):
        claim(world.app, world.actor("secretary"), task_id(world))
    with pytest.raises(Conflict):
        sign(world, BEFORE, "secretary", "discipline_commissioner")
    with pytest.raises(Conflict):
        save_draft(world.app, world.actor("secretary"), task_id(world), {"talk_record": ["改"]})


def test_the_last_answer_and_a_recall_at_once(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK)
    number = task_id(world)
    answers = together(
        [
            lambda: answer(world, "organizer"),
            lambda: recall_submission(world.app, world.actor("secretary"), number),
        ]
    )
    assert outcomes_of(answers) in (
        {"NoneType": 1, "TaskNotOpen": 1},
        {"NoneType": 1, "Conflict": 1},
    )
    world.check_consistency()


def test_the_case_may_end_while_an_act_is_held(world: World) -> None:
    world.start()
    sign(world, AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=TALK)
    world.withdraw()
    assert world.census()["task_submission"] == 0
    assert states(world) == [SubTaskState.CANCELED]
    with pytest.raises(TaskNotOpen):
        answer(world, "organizer")


def test_what_is_refused(world: World) -> None:
    world.start()
    sign(world, PARALLEL, "secretary", "organizer")
    with pytest.raises(Invalid, match="刘思齐"):
        sign(world, BEFORE, "secretary", "organizer")
    with pytest.raises(Invalid, match="请选择人员"):
        sign(world, BEFORE, "secretary")
    with pytest.raises(Invalid, match="不能选择"):
        sign(world, BEFORE, "secretary", "applicant")
    with pytest.raises(Invalid, match="加签方式"):
        sign(world, SubTaskKind.DELEGATION, "secretary", "discipline_commissioner")
    with pytest.raises(Conflict):
        sign(world, BEFORE, "deputy_secretary", "discipline_commissioner")
    with pytest.raises(Invalid) as undecided:
        answer(world, "organizer", None)
    assert list(undecided.value.errors) == ["verdict"]
    with pytest.raises(Invalid) as unsaid:
        answer(world, "organizer", Verdict.DISAGREED, " ")
    assert list(unsaid.value.errors) == ["opinion"]
    answer(world, "organizer", Verdict.AGREED, "")


def test_only_the_body_of_the_task_signs(world: World) -> None:
    world.until("file_activist")
    by = "committee_organizer"
    with pytest.raises(Invalid, match="不在本事项所属党组织任职"):
        sign(world, BEFORE, by, "secretary", element="file_activist")
    sign(world, BEFORE, by, "committee_secretary", element="file_activist")


def test_who_signed_or_handed_on_sees_the_case_for_good(world: World) -> None:
    world.start()
    sign(world, BEFORE, "secretary", "organizer")
    sign(world, AFTER, "secretary", "deputy_secretary")
    answer(world, "organizer")
    withdraw(world, "secretary", "deputy_secretary")
    transfer(world, "secretary", "discipline_commissioner")
    with world.app.database.write() as session:
        for row in session.scalars(select(Appointment)):
            end_appointment(session, row.id, date(2026, 5, 31))
    seen = {"secretary", "organizer", "deputy_secretary", "discipline_commissioner"}
    with world.app.database.read() as session:
        instance = world.instance()
        assert seen == {
            alias
            for alias in (*seen, "committee_secretary", "contact_1")
            if may_see(session, world.actor(alias), instance)
        }


def test_what_was_signed_stands_among_the_done(world: World) -> None:
    world.start()
    sign(world, BEFORE, "secretary", "organizer")
    answer(world, "organizer", Verdict.DISAGREED, "不妥。")
    (item,) = done(world.app, world.actor("organizer")).items
    assert (item.request_name, item.outcome_name) == ("前加签", "不同意")
    view = pages.case(world.app, world.actor("applicant"), world.case_id)
    assert view.history[-1].outcome_name == "应陈启明要求前加签：不同意"
    assert view.open_steps[0].holders == ("陈启明（已签收）",)


def test_open_signatures_show_on_the_case(world: World) -> None:
    world.start()
    sign(world, BEFORE, "secretary", "organizer")
    (step,) = pages.case(world.app, world.actor("organizer"), world.case_id).open_steps
    assert step.holders == ("陈启明（已签收）", "刘思齐（前加签）")
    assert (step.label, step.is_mine) == ("加签中", True)
    (step,) = pages.case(world.app, world.actor("secretary"), world.case_id).open_steps
    assert not step.is_mine
