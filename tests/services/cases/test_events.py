"""Messages and withdrawal: what happens to a case from outside of its steps."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from engine.errors import InvalidState, NoMatchingEvent, TaskNotOpen
from engine.forms import FormInvalid
from engine.model import InstanceStatus
from services.audit.models import EntryKind
from services.cases import pages
from services.cases.complete import CompleteTask, complete_task
from services.cases.errors import RuleBroken
from services.cases.report import ReportMessage, report_message
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.errors import Forbidden, Invalid, NotFound
from services.jobs.models import Job, JobState
from services.people.models import Person
from services.tasks.models import TaskState
from tests.services.cases.rivals import outcomes_of, together
from tests.world import World

TRANSFER = {"new_organization": "@new_branch", "transfer_reason": "变更执业机构。"}
OBJECTION = {"objection_channel": "letter", "objection_summary": "反映其有投诉尚未了结。"}
TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


@pytest.fixture
def transferred(world: World) -> World:
    """The case has just moved to the other branch."""
    world.until("assess_activist").go_to(date(2026, 10, 12))
    world.report("transfer_requested", by="applicant", data=TRANSFER).go_to(date(2026, 10, 26))
    return world.complete(
        "hand_over",
        by="organizer",
        data={"handed_papers": ["application", "talk", "activist"], "hand_over_note": "齐全。"},
    )


def test_a_transfer_moves_case_person_and_task(transferred: World) -> None:
    transferred.waiting_at("receive")
    branch = transferred.people["new_branch"]
    assert transferred.instance().organization_id == branch
    with transferred.app.database.read() as session:
        person = session.get_one(Person, transferred.people["applicant"])
    assert person.organization_id == branch
    assert transferred.last is not None
    assert transferred.last.next_steps[0].holders == ("夏知秋（组织委员）",)


def test_what_the_case_knows_about_its_body_moves_too(transferred: World) -> None:
    variables = transferred.variables()
    assert variables["organization"] == str(transferred.people["new_branch"])
    assert "麓山" in variables["organization_name"]


def test_time_counts_on_after_a_transfer(transferred: World) -> None:
    transferred.complete(
        "receive",
        by="new_branch_organizer",
        outcome="accepted",
        data={
            "receipt_opinion": "齐全。",
            "contacts": ["@new_branch_organizer", "@new_branch_secretary"],
        },
    ).waiting_at("assess_activist")
    assert transferred.variables()["recommend_activist_on"] == date(2026, 8, 20)
    assert transferred.open()["assess_activist"].due_on == date(2027, 2, 20)


def test_the_story_keeps_the_names_of_the_former_branch(transferred: World) -> None:
    view = pages.case(transferred.app, transferred.actor("applicant"), transferred.case_id)
    talk = next(item for item in view.history if item.step_name == "派人谈话")
    assert ("谈话人", "陈启明") in talk.fields


def test_who_gave_the_case_away_still_sees_it(transferred: World) -> None:
    view = pages.case(transferred.app, transferred.actor("organizer"), transferred.case_id)
    assert view.header.subject_name == "李一鸣"


def test_a_transfer_before_the_latest_act_is_refused(world: World) -> None:
    world.until("assess_activist")
    before = world.census()
    with pytest.raises(RuleBroken) as refused:
        world.report("transfer_requested", by="applicant", on=date(2026, 6, 1), data=TRANSFER)
    assert [b.rule for b in refused.value.breaches] == ["act-order"]
    assert before == world.census()


def test_an_objection_stops_the_listing(world: World) -> None:
    world.until("post_notice")
    world.go_to(date(2027, 9, 7)).complete(
        "post_notice",
        by="organizer",
        data={"notice_ends_on": date(2027, 9, 13), "notice_places": ["work"]},
    ).waiting_at()
    world.go_to(date(2027, 9, 9)).report("objection_received", by="organizer", data=OBJECTION)
    world.waiting_at("verify_objection")
    world.go_to(date(2027, 9, 20)).waiting_at("verify_objection")
    entry = world.journal()[-1]
    assert entry.kind == EntryKind.MESSAGE_REPORTED
    assert world.record()["values"]["objection_channel"] == "letter"


def test_what_a_timer_opens_is_not_dated_before_the_act_it_follows(world: World) -> None:
    world.until("list_target")
    assert world.open()["list_target"].not_before == date(2027, 9, 7)


def test_nobody_waits_for_an_objection_now(world: World) -> None:
    world.until("assess_activist")
    before = world.census()
    command = ReportMessage(world.case_id, "objection_received", {})
    with pytest.raises(NoMatchingEvent):
        report_message(world.app, world.actor("organizer"), command)
    assert before == world.census()


def test_after_the_end_nobody_waits_for_anything(world: World) -> None:
    world.until("assess_activist").withdraw()
    with pytest.raises(NoMatchingEvent):
        world.report("transfer_requested", by="applicant", data=TRANSFER)


def test_messages_are_offered_to_those_who_may_report_them(world: World) -> None:
    world.until("assess_activist")

    def offered(alias: str) -> list[str]:
        view = pages.case(world.app, world.actor(alias), world.case_id)
        return [m.name for m in view.messages]

    assert offered("applicant") == ["transfer_requested"]
    assert offered("organizer") == ["transfer_requested"]
    assert offered("secretary") == []


def test_who_may_not_report(world: World) -> None:
    world.until("assess_activist")
    with pytest.raises(Forbidden):
        world.report("transfer_requested", by="secretary", data=TRANSFER)
    command = ReportMessage(world.case_id, "transfer_requested", {})
    for alias in ("new_branch_organizer", "member_9"):
        with pytest.raises(NotFound):
            report_message(world.app, world.actor(alias), command)
    world.waiting_at("assess_activist")


def test_an_unknown_message_is_not_found_and_a_faulty_form_refused(world: World) -> None:
    world.until("assess_activist")
    with pytest.raises(NotFound):
        world.report("invented", by="applicant")
    with pytest.raises(FormInvalid) as refused:
        world.report("transfer_requested", by="applicant", data={"new_organization": "0"})
    assert "new_organization" in refused.value.errors


def test_the_applicant_withdraws(world: World) -> None:
    world.start().withdraw(reason=" 本人自愿。 ").waiting_at()
    instance = world.instance()
    assert instance.status is InstanceStatus.TERMINATED
    assert instance.outcome == "withdrawn"
    assert instance.ended_at == world.clock.now()
    assert world.task("talk").state is TaskState.CANCELED
    entry = world.journal()[-1]
    assert entry.kind == EntryKind.CASE_WITHDRAWN
    assert world.record()["reason"] == "本人自愿。"


def test_only_the_applicant_withdraws(world: World) -> None:
    world.start()
    for alias in ("organizer", "secretary"):
        with pytest.raises(Forbidden):
            world.withdraw(by=alias)
    with pytest.raises(NotFound):
        world.withdraw(by="new_branch_secretary")
    world.waiting_at("talk")


@pytest.mark.parametrize("reason", ["", "  ", "长" * 2001])
def test_a_reason_is_needed(world: World, reason: str) -> None:
    world.start()
    with pytest.raises(Invalid) as refused:
        world.withdraw(reason=reason)
    assert list(refused.value.errors) == ["reason"]


def test_nothing_happens_after_a_withdrawal(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    world.withdraw()
    with pytest.raises(InvalidState):
        world.withdraw()
    with pytest.raises(TaskNotOpen, match="撤销"):
        complete_task(world.app, world.actor("secretary"), CompleteTask(task_id))


def test_a_withdrawal_drops_the_timers(world: World) -> None:
    world.until("admission_meeting")
    world.withdraw()
    with world.app.database.read() as session:
        jobs = session.scalars(select(Job.state).where(Job.instance_id == world.case_id)).all()
    assert set(jobs) == {JobState.DONE}
    assert world.instance().next_due_at is None
    length = world.instance().journal_length
    world.go_to(date(2028, 6, 1)).waiting_at()
    assert world.instance().journal_length == length


def test_completing_and_withdrawing_at_once(world: World) -> None:
    world.start()
    secretary, applicant = world.actor("secretary"), world.actor("applicant")
    complete = CompleteTask(world.open()["talk"].id, data=world.filled({}, None, TALK))
    answers = together(
        [
            lambda: complete_task(world.app, secretary, complete),
            lambda: withdraw_case(world.app, applicant, WithdrawCase(world.case_id, "自愿。")),
        ]
    )
    # The withdrawal always succeeds; the completion does if it came first.
    assert outcomes_of(answers) in (
        Counter({"Completed": 2}),
        Counter({"Completed": 1, "TaskEnded": 1}),
    )
    assert world.instance().status is InstanceStatus.TERMINATED
    assert [e.sequence for e in world.journal()] == list(range(1, len(world.journal()) + 1))
    world.waiting_at()
