from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from engine.errors import TargetNotAllowed, TaskNotOpen
from engine.model import Resubmission
from services.audit.models import EntryKind
from services.cases import pages
from services.cases.complete import CompleteTask, complete_task
from services.cases.return_ import ReturnTask, return_task
from services.cases.views import ReturnTarget
from services.errors import Forbidden, Invalid, NotFound
from services.people.models import Appointment
from services.tasks.models import TaskState
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "补充谈话。"}


def _targets(world: World, element: str, by: str) -> tuple[ReturnTarget, ...]:
    view = pages.task(world.app, world.actor(by), world.open()[element].id)
    return view.return_targets


def test_to_the_previous_step_and_on_again(world: World) -> None:
    world.until("recommend_activist").return_to("talk", at="recommend_activist", by="secretary")
    world.waiting_at("talk")
    assert world.task("recommend_activist").state is TaskState.RETURNED
    entry = world.journal()[-1]
    assert entry.kind == EntryKind.TASK_RETURNED
    assert world.record()["opinion"] == "材料不全。"
    assert world.record()["target"] == "talk"
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")
    assert world.variables()["talk_record"] == "补充谈话。"


def test_the_form_of_the_repeated_step_shows_what_was_filled_in(world: World) -> None:
    world.until("recommend_activist").return_to("talk", at="recommend_activist", by="secretary")
    view = pages.task(world.app, world.actor("secretary"), world.open()["talk"].id)
    assert "入党动机端正" in str(view.values["talk_record"])


def test_even_a_form_that_opens_blank_comes_back_filled_to_who_wrote_it(world: World) -> None:
    """The half-yearly assessment opens blank each time, but not after it was returned."""
    world.until("propose_target").return_to("assess_activist", at="propose_target", by="secretary")
    task_id = world.open()["assess_activist"].id
    written = pages.task(world.app, world.actor("contact_1"), task_id)
    assert "参加支部活动积极" in str(written.values["assessment"])
    assert written.draft_saved_at is not None
    other = pages.task(world.app, world.actor("contact_2"), task_id)
    assert not other.values["assessment"]


def test_targets_name_the_previous_step_first_and_the_starters_own(world: World) -> None:
    world.until("admission_meeting")
    targets = _targets(world, "admission_meeting", "secretary")
    assert targets[0] == ReturnTarget(
        "fill_application", "填写入党志愿书", is_previous=True, is_starter=False
    )
    assert targets[1].element_id == "pre_review"
    assert [t.element_id for t in targets if t.is_previous] == ["fill_application"]
    assert [t.element_id for t in targets if t.is_starter] == ["apply"]
    assert "talk" in {t.element_id for t in targets}


@pytest.mark.parametrize("starter", ["applicant", "organizer"])
def test_to_the_starter_and_on_again(world: World, starter: str) -> None:
    """The application comes back to the applicant, corrected, and the case goes on."""
    world.start(by=starter)
    world.return_to("apply", at="talk", by="secretary", opinion="请补充本人简历。")
    world.waiting_at("apply")
    assert world.last is not None
    assert world.last.next_steps[0].holders == ("李一鸣",)
    started_on = world.today
    world.go_to(date(2026, 6, 5))
    world.complete("apply", by="applicant", on=started_on, data={"workplace": "专职律师"})
    world.waiting_at("talk")
    assert world.variables()["workplace"] == "专职律师"
    assert world.open()["talk"].due_on == date(2026, 7, 1)


def test_straight_back_to_who_returned_it(world: World) -> None:
    """The committee returns to the secretary; what lies between is not done again."""
    world.until("propose_target")
    by = "deputy_secretary"
    command = ReturnTask(world.open()["propose_target"].id, "talk", "请补充。", Resubmission.DIRECT)
    world.last = return_task(world.app, world.actor(by), command)
    world.waiting_at("talk")
    history = pages.case(world.app, world.actor(by), world.case_id).history
    assert history[-1].outcome_name == "退回至“派人谈话”，办结后直接送回"
    world.complete("talk", by="secretary", data=TALK, late_reason="补充。")
    world.waiting_at("propose_target")
    task = world.open()["propose_target"]
    assert (task.state, task.assignee_id) == (TaskState.CLAIMED, world.people[by])


def test_straight_back_to_all_candidates_when_the_returner_no_longer_acts(world: World) -> None:
    world.until("propose_target")
    by = "deputy_secretary"
    command = ReturnTask(world.open()["propose_target"].id, "talk", "请补充。", Resubmission.DIRECT)
    return_task(world.app, world.actor(by), command)
    with world.app.database.write() as session:
        session.execute(
            update(Appointment)
            .where(Appointment.person_id == world.people[by])
            .values(ends_on=date(2026, 6, 1))
        )
    world.complete("talk", by="secretary", data=TALK, late_reason="补充。")
    assert world.open()["propose_target"].state is TaskState.CREATED


def test_out_of_a_parallel_part_never_straight_back(world: World) -> None:
    world.until("admission_meeting").go_to(date(2027, 12, 27))
    task_id = world.open()["admission_meeting"].id
    target = next(
        t for t in _targets(world, "admission_meeting", "secretary") if t.label == "填写入党志愿书"
    )
    assert target.ways == (Resubmission.PATH,)
    assert "同时进行的其他环节将一并收回" in target.obstacle
    command = ReturnTask(task_id, "fill_application", "重填。", Resubmission.DIRECT)
    with pytest.raises(TargetNotAllowed, match="同时进行的其他环节"):
        return_task(world.app, world.actor("secretary"), command)
    world.waiting_at("admission_meeting", "confirm_pre_review")


def test_over_many_steps(world: World) -> None:
    world.until("propose_target").return_to("talk", at="propose_target", by="secretary")
    world.waiting_at("talk")


def test_the_first_step_goes_back_to_the_starter_only(world: World) -> None:
    world.start()
    assert [t.element_id for t in _targets(world, "talk", "secretary")] == ["apply"]
    with pytest.raises(TargetNotAllowed):
        world.return_to("talk", at="talk", by="secretary")


@pytest.mark.parametrize("target", ["archive", "no_such", "recommend_activist", ""])
def test_only_steps_that_were_done_before_are_targets(world: World, target: str) -> None:
    world.until("recommend_activist")
    before = world.census()
    with pytest.raises(TargetNotAllowed):
        world.return_to(target, at="recommend_activist", by="secretary")
    assert before == world.census()
    world.waiting_at("recommend_activist")


@pytest.mark.parametrize("opinion", ["", "  \n", "长" * 2001])
def test_an_opinion_of_reasonable_length_is_needed(world: World, opinion: str) -> None:
    world.until("recommend_activist")
    with pytest.raises(Invalid) as refused:
        world.return_to("talk", at="recommend_activist", by="secretary", opinion=opinion)
    assert list(refused.value.errors) == ["opinion"]


def test_only_who_may_complete_may_return(world: World) -> None:
    world.until("recommend_activist")
    with pytest.raises(Forbidden):
        world.return_to("talk", at="recommend_activist", by="applicant")
    task_id = world.open()["recommend_activist"].id
    with pytest.raises(NotFound):
        return_task(
            world.app, world.actor("new_branch_secretary"), ReturnTask(task_id, "talk", "退回。")
        )


def test_a_returned_task_cannot_be_completed(world: World) -> None:
    world.until("recommend_activist")
    task_id = world.open()["recommend_activist"].id
    world.return_to("talk", at="recommend_activist", by="secretary")
    with pytest.raises(TaskNotOpen, match=r"陈启明.*退回"):
        complete_task(world.app, world.actor("secretary"), CompleteTask(task_id))


def test_steps_whose_policy_is_none_go_back_nowhere(admitted: World) -> None:
    for element, by in (
        ("file_admission", "department_clerk"),
        ("assign_group", "organizer"),
        ("oath", "secretary"),
    ):
        assert _targets(admitted, element, by) == ()
        with pytest.raises(TargetNotAllowed):
            admitted.return_to("approve_admission", at=element, by=by)
    admitted.waiting_at("file_admission", "assign_group", "oath")


def test_out_of_a_parallel_part_the_other_branches_are_cancelled(world: World) -> None:
    world.until("admission_meeting").go_to(date(2027, 12, 27))
    world.waiting_at("admission_meeting", "confirm_pre_review")
    world.return_to("pre_review", at="admission_meeting", by="secretary")
    world.waiting_at("pre_review")
    assert world.task("confirm_pre_review").state is TaskState.CANCELED
    world.complete(
        "pre_review",
        by="committee_organizer",
        outcome="passed",
        data={
            "leaving_soon": "no",
            "consulted_bodies": ["justice"],
            "pre_review_opinion": "预审合格。",
            "application_book_no": "ZY-2026-0001",
        },
    ).waiting_at("fill_application")


def test_a_side_path_goes_back_nowhere(world: World) -> None:
    world.until("admission_meeting").go_to(date(2027, 12, 27))
    with pytest.raises(TargetNotAllowed):
        world.return_to("pre_review", at="confirm_pre_review", by="committee_organizer")
    world.waiting_at("admission_meeting", "confirm_pre_review")


def test_the_deadline_is_computed_again(world: World) -> None:
    world.until("recommend_activist")
    world.return_to("talk", at="recommend_activist", by="secretary").go_to(date(2026, 6, 20))
    assert world.open()["talk"].due_on == date(2026, 7, 1)
    world.complete("talk", by="secretary", on=date(2026, 6, 18), data=TALK)
    assert world.open()["recommend_activist"].earliest_on == date(2026, 6, 18)


def test_the_repeated_step_may_keep_its_date(world: World) -> None:
    """What was wrong may have been the record alone: the date of the act need not change."""
    world.until("recommend_activist")
    world.return_to("talk", at="recommend_activist", by="secretary").go_to(date(2026, 6, 20))
    world.complete("talk", by="secretary", on=date(2026, 6, 12), data=TALK)
    world.waiting_at("recommend_activist")


def test_timers_of_the_left_step_are_gone(world: World) -> None:
    world.until("admission_meeting")
    assert world.instance().next_due_at is not None
    world.return_to("pre_review", at="admission_meeting", by="secretary")
    world.waiting_at("pre_review")
    assert world.instance().next_due_at is None
    world.go_to(date(2028, 3, 1)).waiting_at("pre_review")


def test_a_return_shows_in_the_history(world: World) -> None:
    world.until("recommend_activist").return_to("talk", at="recommend_activist", by="secretary")
    view = pages.case(world.app, world.actor("applicant"), world.case_id)
    assert view.history[-1].outcome_name == "退回至“派人谈话”"
    assert view.history[-1].opinion == "材料不全。"
    assert view.diagram.active == ("talk",)
