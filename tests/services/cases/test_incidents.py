"""A step that fails behind an act: the act stands, the case rests, and who may gets it going."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import select

from engine.errors import TargetNotAllowed, TaskNotOpen
from engine.model import InstanceStatus, PendingOperation, Value
from services.audit.journal import contents
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.cases import operations, pages
from services.cases.incidents import commands
from services.cases.incidents.commands import (
    RetryIncident,
    RetryJob,
    ReturnIncident,
    SkipIncident,
)
from services.cases.incidents.queries import list_incidents, may_resolve_somewhere
from services.cases.operations import CaseInHand
from services.cases.views import CaseIncidents, IncidentView
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.jobs.models import Job, JobState
from services.jobs.queue import BACKOFF, MAX_ATTEMPTS
from services.notifications.queries import listing
from services.people.models import Person, PoliticalStatus
from services.processes.commands import deploy_folder
from services.processes.folder import read_folder
from services.worker import run
from tests.services.cases.rivals import outcomes_of, together
from tests.services.cases.test_complete import RECOMMEND
from tests.world import ROOT, World

CONDITION = 'recommend_activist_outcome = "deferred"'
FAILING = "needed_votes &gt; 9"
WHO = "committee_organizer"


def deploy_failing(world: World) -> None:
    """A version whose choice after 推荐 reads a number nobody has given."""
    files = read_folder(ROOT / "bpmn" / "member_development")
    diagram = files["process.bpmn"].decode()
    assert diagram.count(CONDITION) == 1
    files["process.bpmn"] = diagram.replace(CONDITION, FAILING).encode()
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, "member_development", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        deploy_folder(world.app, Path(folder, "member_development"))


@pytest.fixture
def resting(world: World) -> World:
    """The secretary's recommendation was accepted; the choice behind it has failed."""
    deploy_failing(world)
    world.until("recommend_activist")
    return world.complete(
        "recommend_activist", by="secretary", outcome="agreed", data=RECOMMEND
    ).waiting_at()


def incidents(world: World, alias: str = WHO) -> CaseIncidents:
    return pages.case(world.app, world.actor(alias), world.case_id).incidents


def incident(world: World) -> IncidentView:
    (view,) = incidents(world).items
    return view


def retry(world: World, alias: str = WHO, **more: Any) -> None:
    command = RetryIncident(world.case_id, incident(world).task_id, **more)
    world.last = commands.retry_incident(world.app, world.actor(alias), command)


def test_the_act_is_saved_and_the_case_rests(resting: World) -> None:
    assert resting.instance().status is InstanceStatus.INCIDENT
    assert resting.task("recommend_activist").state == "completed"
    assert resting.last is not None
    assert resting.last.incidents == (incident(resting).step_name,)
    assert resting.variables()["recommend_activist_outcome"] == "agreed"
    kinds = [entry.kind for entry in resting.journal()][-2:]
    assert kinds == [EntryKind.TASK_COMPLETED, EntryKind.INCIDENT_RAISED]
    record = resting.record()
    assert (record["expression"], record["seen"]) == ("needed_votes > 9", {"needed_votes": None})


def test_what_who_may_resolve_it_sees(resting: World) -> None:
    view = incident(resting)
    assert view.element_id == "split_recommend"
    assert view.seen == (("needed_votes", "（无）"),)
    assert [(c.name, c.kind.value, c.text) for c in view.corrections] == [
        ("needed_votes", "feel", "")
    ]
    assert [flow.label for flow in view.flows] == [
        "暂不确定：至“推荐和确定入党积极分子”",
        "确定：至“登记为入党积极分子”",
    ]
    assert view.message.startswith("“是否确定”的条件“needed_votes > 9”")
    assert "recommend_activist" in [target.element_id for target in view.return_targets]
    assert view.since == resting.clock.now()


def test_others_see_what_has_happened_and_no_ways_out(resting: World) -> None:
    known = incidents(resting, "applicant")
    assert (known.may_resolve, len(known.items), bool(known.resolvers)) == (False, 1, True)
    (view,) = known.items
    assert (view.seen, view.corrections, view.flows, view.return_targets) == ((), (), (), ())


def test_those_who_may_resolve_it_are_told(resting: World) -> None:
    subjects = [n.subject for n in listing(resting.app, resting.actor(WHO), 1).items]
    assert any("运行异常，请处理" in subject for subject in subjects)
    others = [n.subject for n in listing(resting.app, resting.actor("applicant"), 1).items]
    assert not any("运行异常" in subject for subject in others)


def test_the_list_of_incidents(resting: World) -> None:
    (item,) = list_incidents(resting.app, resting.actor(WHO))
    assert (item.case_id, item.steps) == (resting.case_id, (incident(resting).step_name,))
    assert list_incidents(resting.app, resting.actor("secretary")) == ()
    assert may_resolve_somewhere(resting.app, resting.actor(WHO))
    for alias in ("applicant", "secretary"):
        assert not may_resolve_somewhere(resting.app, resting.actor(alias))


def test_a_retry_with_corrected_data(resting: World) -> None:
    retry(resting, corrections={"needed_votes": "3"}, reason="补录应到人数。")
    resting.waiting_at("file_activist")
    assert resting.instance().status is InstanceStatus.ACTIVE
    assert resting.variables()["needed_votes"] == 3
    entry = resting.journal()[-1]
    data = contents(entry)
    assert (entry.kind, entry.element_id) == (EntryKind.INCIDENT_RETRIED, "split_recommend")
    assert data["corrections"] == [
        {"name": "needed_votes", "label": "needed_votes", "old": None, "new": 3}
    ]
    view = pages.case(resting.app, resting.actor("applicant"), resting.case_id)
    assert view.incidents == CaseIncidents()
    assert view.history[-1].opinion == "补录应到人数。"
    assert "needed_votes：（无） → 3" in view.journal[-1].text
    with resting.app.database.read() as session:
        assert list(verify(session)) == []


def test_a_retry_that_fails_again(resting: World) -> None:
    retry(resting)
    assert resting.instance().status is InstanceStatus.INCIDENT
    kinds = [entry.kind for entry in resting.journal()][-2:]
    assert kinds == [EntryKind.INCIDENT_RETRIED, EntryKind.INCIDENT_RAISED]
    resting.waiting_at()


@pytest.mark.parametrize(
    ("typed", "reason", "key"),
    [
        ({"needed_votes": "3"}, "", "reason"),
        ({"needed_votes": "three"}, "补录。", "needed_votes"),
        ({"needed_votes": "1 +"}, "补录。", "needed_votes"),
        ({"subject": "1"}, "补录。", "subject"),
    ],
)
def test_refused_corrections_change_nothing(
    resting: World, typed: dict[str, str], reason: str, key: str
) -> None:
    before = resting.census(), resting.instance().revision
    with pytest.raises(Invalid) as refused:
        retry(resting, corrections=typed, reason=reason)
    assert list(refused.value.errors) == [key]
    assert before == (resting.census(), resting.instance().revision)


def test_skipping_needs_a_reason_and_a_flow(resting: World) -> None:
    task_id, actor = incident(resting).task_id, resting.actor(WHO)
    plain = SkipIncident(resting.case_id, task_id, "")
    with pytest.raises(Invalid):
        commands.skip_incident(resting.app, actor, plain)
    with pytest.raises(TargetNotAllowed):
        commands.skip_incident(resting.app, actor, replace(plain, reason="按票数应通过。"))
    flow = next(f.value for f in incident(resting).flows if "join" not in f.value)
    commands.skip_incident(resting.app, actor, replace(plain, reason="按票数应通过。", flow=flow))
    resting.waiting_at("file_activist")
    entry = resting.journal()[-1]
    data = contents(entry)
    assert (entry.kind, data["flow"]) == (EntryKind.INCIDENT_SKIPPED, flow)
    assert data["reason"] == "按票数应通过。"


def test_returning_gives_the_step_back_with_what_was_written(resting: World) -> None:
    command = ReturnIncident(
        resting.case_id, incident(resting).task_id, "recommend_activist", "请重新推荐。"
    )
    with pytest.raises(TargetNotAllowed):
        commands.return_incident(
            resting.app, resting.actor(WHO), replace(command, target="training")
        )
    commands.return_incident(resting.app, resting.actor(WHO), command)
    resting.waiting_at("recommend_activist")
    assert resting.instance().status is InstanceStatus.ACTIVE
    assert resting.journal()[-1].kind is EntryKind.INCIDENT_RETURNED
    task_id = resting.open()["recommend_activist"].id
    view = pages.task(resting.app, resting.actor("secretary"), task_id)
    assert view.draft_saved_at is not None


def test_only_those_named_may_resolve(resting: World) -> None:
    for alias in ("applicant", "secretary", "organizer"):
        with pytest.raises(Forbidden):
            retry(resting, alias)
    with pytest.raises(NotFound):
        retry(resting, "new_branch_secretary")


def test_an_old_page_does_nothing(resting: World) -> None:
    seen = incident(resting)
    with pytest.raises(Conflict):
        retry(resting, revision=seen.revision - 1)
    retry(resting, revision=seen.revision, corrections={"needed_votes": "3"}, reason="补录。")
    late = RetryIncident(resting.case_id, seen.task_id)
    with pytest.raises(TaskNotOpen):
        commands.retry_incident(resting.app, resting.actor(WHO), late)


def test_of_eight_at_once_one_resolves(resting: World) -> None:
    command = RetryIncident(
        resting.case_id, incident(resting).task_id, {"needed_votes": "3"}, "补录。"
    )
    actor = resting.actor(WHO)
    answers = together([lambda: commands.retry_incident(resting.app, actor, command)] * 8)
    assert outcomes_of(answers) == Counter({"Completed": 1, "TaskNotOpen": 7})


def test_a_case_at_rest_may_be_withdrawn(resting: World) -> None:
    command = WithdrawCase(resting.case_id, "不再申请。")
    withdraw_case(resting.app, resting.actor("applicant"), command)
    assert resting.instance().status is InstanceStatus.TERMINATED
    assert incidents(resting).items == ()


def test_the_diagram_marks_the_failed_step(resting: World) -> None:
    view = pages.case(resting.app, resting.actor("applicant"), resting.case_id).diagram
    assert view.failed == ("split_recommend",)
    assert "split_recommend" not in view.completed


def fail_after_acting(case: CaseInHand, _operation: PendingOperation) -> dict[str, Value]:
    assert case.instance.subject_id is not None
    case.session.get_one(Person, case.instance.subject_id).status = PoliticalStatus.FULL
    case.session.flush()
    raise RuntimeError


def refuse(_case: CaseInHand, _operation: PendingOperation) -> dict[str, Value]:
    raise Invalid("名册已锁定。", "请先解锁。")


@pytest.mark.parametrize(
    ("handler", "message"),
    [(fail_after_acting, "系统操作执行出错，未产生任何效果。"), (refuse, "名册已锁定。")],
)
def test_a_failing_operation_is_undone_and_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch, handler: Any, message: str
) -> None:
    world.until("recommend_activist")
    with monkeypatch.context() as broken:
        broken.setitem(operations.OPERATIONS, "register.update", handler)
        world.complete("recommend_activist", by="secretary", outcome="agreed", data=RECOMMEND)
    world.waiting_at()
    view = incident(world)
    assert (view.element_id, view.message) == ("register_activist", message)
    with world.app.database.read() as session:
        person = session.get_one(Person, world.people["applicant"])
        assert person.status is PoliticalStatus.MASSES
    retry(world)
    world.waiting_at("file_activist")
    with world.app.database.read() as session:
        person = session.get_one(Person, world.people["applicant"])
        assert person.status is PoliticalStatus.ACTIVIST


def test_a_job_that_was_given_up_is_an_incident(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.until("post_notice").go_to(date(2027, 9, 7))
    notice = {"notice_ends_on": date(2027, 9, 13), "notice_places": ["work"]}
    world.complete("post_notice", by="organizer", data=notice).waiting_at()

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(run, "fire_timers", fail)
        world.clock.advance(timedelta(days=7))
        for attempt in range(MAX_ATTEMPTS):
            run.run_due(world.app)
            world.clock.advance(BACKOFF * 2**attempt)
    assert world.instance().status is InstanceStatus.INCIDENT
    (view,) = incidents(world).items
    assert view.job_id is not None
    assert [item.case_id for item in list_incidents(world.app, world.actor(WHO))] == [world.case_id]
    command = RetryJob(world.case_id, view.job_id)
    with pytest.raises(Forbidden):
        commands.retry_job(world.app, world.actor("secretary"), command)
    commands.retry_job(world.app, world.actor(WHO), command)
    assert world.instance().status is InstanceStatus.ACTIVE
    with pytest.raises(TaskNotOpen):
        commands.retry_job(world.app, world.actor(WHO), command)
    run.run_due(world.app)
    world.waiting_at("list_target")
    with world.app.database.read() as session:
        states = set(session.scalars(select(Job.state).where(Job.instance_id == world.case_id)))
    assert JobState.FAILED not in states
