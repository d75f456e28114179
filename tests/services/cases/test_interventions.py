"""办件操作: jump, suspend, resume, terminate, void - who may, what follows, what stays."""

from __future__ import annotations

from datetime import date

import pytest

from engine.errors import (
    InstanceSuspended,
    InvalidState,
    NoMatchingEvent,
    TargetNotAllowed,
    TaskNotOpen,
)
from engine.model import InstanceStatus
from engine.procedure import CaseOperation
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.cases import pages
from services.cases.change_status import change_status
from services.cases.complete import CompleteTask, complete_task
from services.cases.intervene import Intervene
from services.cases.intervention import NAMES, PERMISSIONS, Intervention
from services.cases.jump import JumpCase, jump_case
from services.cases.lanes import may_operate
from services.cases.queries import inbox, started
from services.cases.start import StartCase, start_case
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.notifications.queries import listing
from services.tasks.models import TaskState
from tests.world import World

ADMINISTRATOR = "committee_secretary"
TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


def intervene(
    world: World, kind: Intervention, *, by: str = ADMINISTRATOR, reason: str = "核查。"
) -> World:
    world.last = change_status(world.app, world.actor(by), kind, Intervene(world.case_id, reason))
    return world


def jump(
    world: World,
    target: str,
    *,
    at: str | None = None,
    by: str = ADMINISTRATOR,
    reason: str = "历史办件补录。",
    revision: int | None = None,
) -> World:
    task_id = world.open()[at].id if at is not None else None
    command = JumpCase(world.case_id, reason, revision, target, task_id)
    world.last = jump_case(world.app, world.actor(by), command)
    return world


def offered(world: World, by: str = ADMINISTRATOR) -> tuple[Intervention, ...]:
    return pages.case(world.app, world.actor(by), world.case_id).interventions


def test_only_the_lanes_of_the_procedure_may(world: World) -> None:
    world.start()
    assert offered(world) == (
        Intervention.JUMP,
        Intervention.SUSPEND,
        Intervention.TERMINATE,
        Intervention.VOID,
    )
    assert offered(world, "committee_organizer") == offered(world)
    for alias in ("applicant", "organizer", "secretary"):
        assert offered(world, alias) == ()
        with pytest.raises(Forbidden):
            intervene(world, Intervention.SUSPEND, by=alias)
        with pytest.raises(Forbidden):
            jump(world, "talk", by=alias)
        with pytest.raises(Forbidden):
            pages.intervention(world.app, world.actor(alias), world.case_id, Intervention.VOID)
    with pytest.raises(NotFound):
        intervene(world, Intervention.SUSPEND, by="new_branch_secretary")
    world.waiting_at("talk")


def test_never_the_person_the_case_is_about(world: World) -> None:
    world.start()
    instance = world.instance()
    administrator = world.actor(ADMINISTRATOR)
    same_posts = Actor(
        world.people["applicant"],
        administrator.name,
        administrator.organization_id,
        administrator.organization_name,
        administrator.posts,
    )
    with world.app.database.read() as session:
        procedure = world.app.procedures.get(session, instance.deployment_id)
        for actor, expected in ((administrator, True), (same_posts, False)):
            for operation in CaseOperation:
                assert expected == may_operate(
                    session, procedure, instance, operation, actor, world.today
                )


@pytest.mark.parametrize("kind", [k for k in Intervention if k is not Intervention.JUMP])
def test_a_reason_is_needed(world: World, kind: Intervention) -> None:
    world.start()
    for reason in ("", " \n", "长" * 2001):
        with pytest.raises(Invalid) as refused:
            intervene(world, kind, reason=reason)
        assert list(refused.value.errors) == ["reason"]
    with pytest.raises(Invalid):
        jump(world, "talk", reason=" ")
    world.waiting_at("talk")


def test_suspended_nothing_moves_and_time_goes_on(world: World) -> None:
    world.until("admission_meeting")
    due = world.instance().next_due_at
    assert due is not None
    intervene(world, Intervention.SUSPEND)
    assert world.instance().status is InstanceStatus.SUSPENDED
    task = world.open()["admission_meeting"]
    with pytest.raises(InstanceSuspended):
        complete_task(world.app, world.actor("secretary"), CompleteTask(task.id))
    with pytest.raises(InstanceSuspended):
        world.return_to("pre_review", at="admission_meeting", by="secretary")
    with pytest.raises(NoMatchingEvent, match="挂起"):
        world.report("transfer_requested", by="organizer")
    with pytest.raises(Conflict):
        jump(world, "pre_review", at="admission_meeting")
    with pytest.raises(Conflict):
        intervene(world, Intervention.SUSPEND)
    view = pages.task(world.app, world.actor("secretary"), task.id)
    assert (view.may_complete, "已挂起" in view.why_not) == (False, True)
    (line,) = [
        i for i in inbox(world.app, world.actor("secretary"))[0].items if i.task_id == task.id
    ]
    assert line.is_suspended
    world.go_to(date(2027, 12, 27)).waiting_at("admission_meeting")
    assert offered(world) == (Intervention.RESUME, Intervention.TERMINATE, Intervention.VOID)
    before = world.open()["admission_meeting"].due_on
    intervene(world, Intervention.RESUME, reason="核查完毕。").check_consistency()
    assert before == task.due_on, "legal limits do not stop"
    world.go_to(world.today).waiting_at("admission_meeting", "confirm_pre_review")
    assert [e.kind for e in world.journal()][-3:] == [
        EntryKind.CASE_SUSPENDED,
        EntryKind.CASE_RESUMED,
        EntryKind.TIMER_FIRED,
    ]


def test_only_a_suspended_case_resumes(world: World) -> None:
    world.start()
    with pytest.raises(Conflict):
        intervene(world, Intervention.RESUME)


@pytest.mark.parametrize(
    ("kind", "status", "entry"),
    [
        (Intervention.TERMINATE, InstanceStatus.TERMINATED, EntryKind.CASE_TERMINATED),
        (Intervention.VOID, InstanceStatus.VOIDED, EntryKind.CASE_VOIDED),
    ],
)
@pytest.mark.parametrize("suspended", ["", "suspended"])
def test_the_end(
    world: World, kind: Intervention, status: InstanceStatus, entry: EntryKind, suspended: str
) -> None:
    world.until("admission_meeting")
    number = world.instance().number
    if suspended:
        intervene(world, Intervention.SUSPEND)
    intervene(world, kind, reason="发起有误。").waiting_at()
    instance = world.instance()
    assert (instance.status, instance.number, instance.outcome) == (status, number, "")
    assert instance.ended_at is not None
    assert world.task("admission_meeting").state is TaskState.CANCELED
    assert (world.journal()[-1].kind, world.record()["reason"]) == (entry, "发起有误。")
    assert offered(world) == ()
    for again in (Intervention.SUSPEND, Intervention.RESUME, Intervention.VOID):
        with pytest.raises(Conflict):
            intervene(world, again)
    with pytest.raises(Conflict):
        jump(world, "talk")
    task_id = world.task("admission_meeting").id
    with pytest.raises(TaskNotOpen):
        complete_task(world.app, world.actor("secretary"), CompleteTask(task_id))
    world.go_to(date(2028, 3, 1)).waiting_at()
    with world.app.database.read() as session:
        assert list(verify(session)) == []


def test_after_the_end_a_new_case_gets_a_new_number(world: World) -> None:
    world.start()
    first = world.case_id
    intervene(world, Intervention.VOID)
    actor = world.actor("applicant")
    opened = pages.start_form(world.app, actor, world.procedure).values
    again = start_case(
        world.app,
        actor,
        StartCase(world.procedure, world.people["applicant"], world.filled(opened, None, None)),
    )
    items = {i.case_id: i for i in started(world.app, actor).items}
    assert items[first].status is InstanceStatus.VOIDED
    assert items[first].case_number != items[again.case_id].case_number


def test_those_concerned_are_told(world: World) -> None:
    world.start(by="organizer")
    intervene(world, Intervention.SUSPEND, reason="群众来信，核查中。")
    for alias in ("applicant", "organizer"):
        (notice,) = listing(world.app, world.actor(alias), 1).items
        assert notice.subject.endswith("：挂起")
        assert notice.body == "原因：群众来信，核查中。"
    assert listing(world.app, world.actor(ADMINISTRATOR), 1).total == 0


def test_jump_forward_and_back(world: World) -> None:
    world.until("assign_contacts")
    jump(world, "talk", at="assign_contacts").waiting_at("talk")
    entry = world.journal()[-1]
    assert (entry.kind, entry.element_id) == (EntryKind.CASE_JUMPED, "talk")
    assert world.record()["left"] == ["指定培养联系人"]
    view = pages.task(world.app, world.actor("secretary"), world.open()["talk"].id)
    assert "入党动机" in str(view.values["talk_record"]), "nobody types it twice"
    case = pages.case(world.app, world.actor("applicant"), world.case_id)
    assert case.history[-1].outcome_name == "跳转至“派人谈话”"
    assert case.history[-1].opinion == "历史办件补录。"


def test_a_decision_is_never_jumped_over(world: World) -> None:
    """The votes, reviews and approvals of the procedure cannot be skipped by anybody."""
    world.until("committee_review")
    targets = {
        t
        for s in pages.intervention(
            world.app, world.actor(ADMINISTRATOR), world.case_id, Intervention.JUMP
        ).jump_sources
        for t, _ in s.targets
    }
    assert "political_review" in targets
    for decided in ("pre_review", "admission_meeting", "approve_admission", "archive"):
        assert decided not in targets
        with pytest.raises(TargetNotAllowed):
            jump(world, decided, at="committee_review")
    world.waiting_at("committee_review")


def test_the_whole_case_jumps_out_of_its_parallel_part(admitted: World) -> None:
    view = pages.intervention(
        admitted.app, admitted.actor(ADMINISTRATOR), admitted.case_id, Intervention.JUMP
    )
    assert [s.name for s in view.jump_sources][-1] == ""
    jump(admitted, "admission_meeting").waiting_at("admission_meeting")
    assert sorted(admitted.record()["left"]) == sorted(s.step_name for s in view.open_steps)


def test_what_the_administrator_saw_must_still_hold(world: World) -> None:
    world.start()
    seen = world.instance().revision
    world.go_to(date(2026, 6, 10)).complete("talk", by="secretary", data=TALK)
    with pytest.raises(Conflict):
        jump(world, "talk", revision=seen)
    with pytest.raises(Conflict):
        change_status(
            world.app,
            world.actor(ADMINISTRATOR),
            Intervention.VOID,
            Intervene(world.case_id, "误。", seen),
        )
    world.waiting_at("recommend_activist")


def test_a_task_of_another_case_is_no_source(world: World) -> None:
    world.start()
    with pytest.raises(TaskNotOpen):
        jump_case(
            world.app,
            world.actor(ADMINISTRATOR),
            JumpCase(world.case_id, "误。", None, "apply", "00000000-0000-0000-0000-000000000000"),
        )


def test_the_wish_of_the_person_concerned_waits_while_suspended(world: World) -> None:
    world.start()
    intervene(world, Intervention.SUSPEND)
    with pytest.raises(InvalidState, match="不能撤回"):
        withdraw_case(world.app, world.actor("applicant"), WithdrawCase(world.case_id, "不办了。"))


def test_every_intervention_has_a_name_and_a_permission() -> None:
    assert NAMES.keys() == PERMISSIONS.keys() == set(Intervention)
