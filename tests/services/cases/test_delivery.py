"""Messages and signals between cases: each has its effect exactly once."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import runtime
from engine.model import InstanceStatus
from engine.values import load_values
from services.audit.journal import contents
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases import delivery, pages
from services.cases.delivery import NOBODY, WAITING_PERIOD
from services.cases.errors import CaseUnplaced
from services.cases.event_start import head_of
from services.cases.incidents.commands import RetryJob, retry_job
from services.cases.intervention import Intervention
from services.clock import FixedClock
from services.errors import Busy
from services.events.models import EventSubscription
from services.identity.actor import Actor
from services.jobs import queue
from services.jobs.models import Job, JobKind, JobState
from services.organizations.models import Organization
from services.people.models import Appointment
from services.processes.commands import deploy_folder
from services.worker import run
from tests.scenario import Player, load_scenario
from tests.services.cases.rivals import together
from tests.services.cases.stage import PROCEDURES, Stage
from tests.services.cases.statements import counted


def test_the_stories_of_the_folders(app: Application, clock: FixedClock) -> None:
    for key, story in (("reply", "RP-1"), ("review", "RV-1")):
        deploy_folder(app, PROCEDURES / key)
        path = PROCEDURES / key / "scenarios" / f"{story}.yaml"
        Player(app, clock, key).play(load_scenario(path))


def test_a_message_starts_a_case_and_its_answer_comes_back(stage: Stage) -> None:
    asked = stage.start("inquiry", reference="甲", matter="修订制度")
    assert stage.open(asked) == {}
    stage.work()
    [reply] = stage.all("reply")
    source = stage.instance(asked)
    assert reply.organization_id == source.organization_id
    assert reply.started_by == stage.actor.person_id
    assert reply.number == "复〔2026〕1号"
    assert load_values(reply.variables)["matter"] == "修订制度"
    assert list(stage.open(reply.id)) == ["answer_it"]
    [entry] = stage.journal(reply.id)
    assert (entry.kind, entry.element_id, entry.actor_id) == (
        EntryKind.CASE_STARTED,
        "requested",
        None,
    )
    recorded = contents(entry)
    assert (recorded["message"], recorded["source"]) == ("inquiry_request", source.number)

    stage.clock.advance(timedelta(days=1))
    stage.complete(reply.id, "answer_it", reply="同意。")
    stage.work()
    assert list(stage.open(asked)) == ["conclude"]
    variables = load_values(stage.instance(asked).variables)
    assert (variables["reply"], variables["inquiry_answer_on"]) == ("同意。", date(2026, 6, 2))
    assert stage.kinds(asked) == [EntryKind.CASE_STARTED, EntryKind.MESSAGE_RECEIVED]


def test_an_answer_goes_to_the_case_with_its_key(stage: Stage) -> None:
    first = stage.start("inquiry", reference="甲", matter="制度")
    second = stage.start("inquiry", reference="乙", matter="费用")
    stage.work()
    replies = {load_values(case.variables)["reference"]: case.id for case in stage.all("reply")}
    stage.complete(replies["乙"], "answer_it", reply="乙的答复")
    stage.work()
    assert (list(stage.open(first)), list(stage.open(second))) == ([], ["conclude"])
    stage.complete(replies["甲"], "answer_it", reply="甲的答复")
    stage.work()
    assert load_values(stage.instance(first).variables)["reply"] == "甲的答复"
    assert load_values(stage.instance(second).variables)["reply"] == "乙的答复"


def test_of_two_cases_with_one_key_the_longer_waiting_gets_the_answer(stage: Stage) -> None:
    first = stage.start("inquiry", reference="甲", matter="制度")
    second = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    stage.complete(stage.all("reply")[0].id, "answer_it", reply="同意。")
    stage.work()
    assert (list(stage.open(first)), list(stage.open(second))) == (["conclude"], [])
    stage.complete(stage.all("reply")[1].id, "answer_it", reply="同意。")
    stage.work()
    assert list(stage.open(second)) == ["conclude"]


def test_a_signal_is_heard_by_all_that_wait_for_it_and_by_nobody_later(stage: Stage) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    [first] = stage.all("reply")
    second, late = (stage.start("reply", reference=name, matter="制度") for name in "乙丙")
    stage.complete(second, "answer_it", reply="另一答复")
    stage.complete(first.id, "answer_it", reply="同意。")
    stage.work()
    stage.clock.advance(timedelta(minutes=1))
    stage.complete(asked, "conclude", conclusion="采纳。")
    stage.clock.advance(timedelta(minutes=1))
    stage.complete(late, "answer_it", reply="迟到的答复")
    stage.work()
    heard = [list(stage.open(case)) for case in (first.id, second, late)]
    assert heard == [["file_it"], ["file_it"], []]
    for case in (first.id, second):
        assert stage.kinds(case)[-1] is EntryKind.SIGNAL_RECEIVED
        recorded = contents(stage.journal(case)[-1])
        assert recorded["source"] == stage.instance(asked).number
        assert load_values(stage.instance(case).variables)["closed_matter"] == "制度"
    assert stage.instance(asked).status is InstanceStatus.COMPLETED


def test_a_signal_reaches_more_cases_than_one_step_takes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CHUNK", 2)
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    stage.complete(stage.all("reply")[0].id, "answer_it", reply="同意。")
    for name in "乙丙丁戊":
        stage.complete(stage.start("reply", reference=name, matter="x"), "answer_it", reply="好")
    stage.work()
    stage.complete(asked, "conclude", conclusion="采纳。")
    stage.work()
    assert [list(stage.open(case.id)) for case in stage.all("reply")] == [["file_it"]] * 5
    assert all(job.state is JobState.DONE for job in stage.jobs(*delivery.WORK) if job.topic == "")


def test_a_repeated_or_doubled_hint_delivers_once(stage: Stage) -> None:
    stage.start("inquiry", reference="甲", matter="制度")
    [job] = stage.jobs(JobKind.DELIVER_MESSAGE)
    answers = together([lambda: run.run_job(stage.app, job.id)] * 6)
    assert Counter(answers) == Counter({False: 5, True: 1})
    assert not run.run_job(stage.app, job.id)
    assert len(stage.all("reply")) == 1


def test_a_crash_between_effect_and_done_mark_leaves_nothing_and_is_made_up_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    [reply] = stage.all("reply")
    stage.complete(reply.id, "answer_it", reply="同意。")
    before = stage.instance(asked)
    settle = delivery.LockedCase.settle

    def settle_and_die(*arguments: Any) -> None:
        settle(*arguments)
        raise Busy

    monkeypatch.setattr(delivery.LockedCase, "settle", settle_and_die)
    stage.work()
    after = stage.instance(asked)
    assert (after.state, after.revision) == (before.state, before.revision)
    assert after.journal_length == before.journal_length
    monkeypatch.undo()
    stage.later(queue.LEASE + timedelta(seconds=1))
    assert stage.kinds(asked).count(EntryKind.MESSAGE_RECEIVED) == 1
    assert list(stage.open(asked)) == ["conclude"]


def test_a_worker_that_lost_its_lease_delivers_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.start("inquiry", reference="甲", matter="制度")
    with stage.app.database.write() as session:
        [job] = session.scalars(select(Job).where(Job.kind == JobKind.DELIVER_MESSAGE))
        claimed = queue.claim(session, job.id, "me", stage.clock.now())
        assert claimed is not None
        session.execute(update(Job).where(Job.id == job.id).values(locked_by="thief"))
    assert not delivery.run(stage.app, claimed, "me")
    assert stage.all("reply") == []


def test_a_message_nobody_takes_waits_until_somebody_does(app: Application, stage: Stage) -> None:
    waiting = stage.start("reply", reference="甲", matter="制度")
    stage.complete(waiting, "answer_it", reply="同意。")
    stage.work()
    [job] = stage.jobs(JobKind.DELIVER_MESSAGE)
    assert (job.state, job.run_at) == (JobState.OPEN, stage.clock.now() + WAITING_PERIOD)
    stage.later(timedelta(days=2))
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    assert list(stage.open(asked)) == ["conclude"]
    delivered = next(j for j in stage.jobs(JobKind.DELIVER_MESSAGE) if j.id == job.id)
    assert delivered.state is JobState.DONE


def test_a_waiting_message_is_not_for_another_key(stage: Stage) -> None:
    stage.complete(stage.start("reply", reference="甲", matter="x"), "answer_it", reply="好")
    stage.work()
    asked = stage.start("inquiry", reference="乙", matter="制度")
    stage.work()
    assert stage.open(asked) == {}


def test_a_message_nobody_takes_at_all_is_told_where_it_was_sent(stage: Stage) -> None:
    waiting = stage.start("reply", reference="甲", matter="制度")
    stage.complete(waiting, "answer_it", reply="同意。")
    stage.work()
    stage.later(WAITING_PERIOD)
    assert stage.kinds(waiting)[-1] is EntryKind.EVENT_UNDELIVERED
    entry = stage.journal(waiting)[-1]
    assert entry.element_id == "send_answer"
    assert contents(entry) == {"event": "inquiry_answer", "error": NOBODY, "entry": 2}
    [notice] = stage.notices()
    assert (notice.person_id, notice.instance_id) == (stage.actor.person_id, waiting)
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.later(WAITING_PERIOD)
    assert stage.open(asked) == {}


def test_deploying_a_procedure_that_starts_by_it_delivers_a_waiting_message(
    app: Application, clock: FixedClock, as_: Callable[[str], Actor]
) -> None:
    deploy_folder(app, PROCEDURES / "inquiry")
    stage = Stage(app, clock, as_("secretary"))
    stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    assert [job.state for job in stage.jobs(JobKind.DELIVER_MESSAGE)] == [JobState.OPEN]
    deploy_folder(app, PROCEDURES / "reply")
    stage.work()
    assert len(stage.all("reply")) == 1


def test_a_suspended_case_gets_its_message_when_it_goes_on(stage: Stage) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    [reply] = stage.all("reply")
    stage.intervene(asked, Intervention.SUSPEND)
    stage.complete(reply.id, "answer_it", reply="同意。")
    stage.work()
    stage.later(WAITING_PERIOD + timedelta(days=1))
    assert EntryKind.EVENT_UNDELIVERED not in stage.kinds(reply.id)
    assert EntryKind.MESSAGE_RECEIVED not in stage.kinds(asked)
    stage.intervene(asked, Intervention.RESUME)
    stage.work()
    assert list(stage.open(asked)) == ["conclude"]


def test_an_ended_case_hears_nothing(stage: Stage) -> None:
    waiting = stage.start("reply", reference="乙", matter="制度")
    stage.complete(waiting, "answer_it", reply="好")
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    stage.complete(stage.all("reply")[1].id, "answer_it", reply="同意。")
    stage.work()
    stage.complete(asked, "conclude", conclusion="采纳。")
    stage.intervene(waiting, Intervention.TERMINATE)
    length = stage.instance(waiting).journal_length
    stage.work()
    assert stage.instance(waiting).journal_length == length
    with stage.app.database.read() as session:
        rows = select(func.count()).select_from(EventSubscription)
        assert session.scalar(rows.where(EventSubscription.instance_id == asked)) == 0


@pytest.fixture
def personal(tmp_path: Path) -> Path:
    """The answering procedure, about a person."""
    folder = tmp_path / "reply"
    shutil.copytree(PROCEDURES / "reply", folder)
    manifest = folder / "procedure.toml"
    text = manifest.read_text(encoding="utf-8")
    text = text.replace('subject = "none"', 'subject = "person"').replace(
        'event = "requested"\n', 'event = "requested"\nsubject = "matter"\n'
    )
    manifest.write_text(text, encoding="utf-8")
    return folder


def test_a_person_has_one_case_also_when_messages_start_them(
    stage: Stage, personal: Path, app: Application, as_: Callable[[str], Actor]
) -> None:
    deploy_folder(app, personal)
    person = as_("applicant").person_id
    first = stage.start("inquiry", reference="甲", matter=str(person))
    stage.work()
    [reply] = stage.all("reply")
    assert reply.subject_id == person
    second = stage.start("inquiry", reference="乙", matter=str(person))
    stage.work()
    assert len(stage.all("reply")) == 1
    assert EntryKind.EVENT_UNDELIVERED not in stage.kinds(first)
    told = contents(stage.journal(second)[-1])
    assert stage.kinds(second)[-1] is EntryKind.EVENT_UNDELIVERED
    assert reply.number in str(told["error"])


def test_a_start_about_nobody_known_is_told_where_it_was_sent(
    stage: Stage, personal: Path, app: Application
) -> None:
    deploy_folder(app, personal)
    asked = stage.start("inquiry", reference="甲", matter="无此人")
    stage.work()
    assert stage.all("reply") == []
    assert stage.kinds(asked)[-1] is EntryKind.EVENT_UNDELIVERED


def test_the_case_page_tells_what_came_and_went(stage: Stage, app: Application) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    [reply] = stage.all("reply")
    stage.complete(reply.id, "answer_it", reply="同意。")
    stage.work()
    there = pages.case(app, stage.actor, reply.id)
    assert there.history[0].fields == ()
    assert [(i.kind_name, i.text) for i in there.journal] == [
        ("发起", "发起答复试验；来自询〔2026〕1号"),
        ("办理", "提出答复；已发出“发出答复”"),
    ]
    here = pages.case(app, stage.actor, asked)
    last = here.journal[-1]
    assert (last.kind_name, last.text, last.actor) == (
        "收到消息",
        "等待答复；来自复〔2026〕1号",
        "系统",
    )
    assert here.history[-1].outcome_name == "来自复〔2026〕1号"


def test_a_command_that_changes_no_subscription_costs_no_statement_more(
    stage: Stage, app: Application
) -> None:
    case = stage.start("reply", reference="甲", matter="制度")
    with counted(app) as statements:
        stage.complete(case, "answer_it", reply="好")
    assert sum("event_subscription" in sql for sql in statements) == 1
    assert not any("event_subscription" in sql and "SELECT" in sql for sql in statements)
    deploy_folder(app, PROCEDURES / "review")
    checked = stage.start("review", matter="检查")
    with counted(app) as statements:
        stage.complete(checked, "check_it", finding="正常。")
    assert not any("event_subscription" in sql for sql in statements)


def _bodies(app: Application, kind: str) -> int:
    with app.database.read() as session:
        rows = select(func.count(Organization.id)).where(
            Organization.kind == kind, Organization.dissolved_on.is_(None)
        )
        return session.scalar(rows) or 0


def test_time_opens_a_case_in_every_body_each_year(
    app: Application, clock: FixedClock, as_: Callable[[str], Actor]
) -> None:
    deploy_folder(app, PROCEDURES / "review")
    stage = Stage(app, clock, as_("secretary"))
    stage.work()
    assert stage.all("review") == []
    clock.set(datetime.fromisoformat("2026-07-01T09:00+08:00"))
    stage.work()
    opened = stage.all("review")
    assert len(opened) == len({case.organization_id for case in opened}) == _bodies(app, "branch")
    mine = next(c for c in opened if c.organization_id == stage.actor.organization_id)
    assert mine.started_by == stage.actor.person_id
    assert list(stage.open(mine.id)) == ["check_it"]
    stage.work()
    assert len(stage.all("review")) == len(opened)
    clock.set(datetime.fromisoformat("2029-01-01T09:00+08:00"))
    stage.work()
    assert len(stage.all("review")) == 2 * len(opened), "missed years are one occurrence"
    clock.set(datetime.fromisoformat("2032-01-01T09:00+08:00"))
    stage.work()
    assert len(stage.all("review")) == 2 * len(opened), "three times at most"


def test_a_new_version_takes_over_the_timer(
    app: Application, clock: FixedClock, as_: Callable[[str], Actor], tmp_path: Path
) -> None:
    deploy_folder(app, PROCEDURES / "review")
    folder = tmp_path / "review"
    shutil.copytree(PROCEDURES / "review", folder)
    diagram = folder / "process.bpmn"
    text = diagram.read_text(encoding="utf-8").replace("2026-07-01T09:00", "2026-08-01T09:00")
    diagram.write_text(text, encoding="utf-8")
    deploy_folder(app, folder)
    stage = Stage(app, clock, as_("secretary"))
    clock.set(datetime.fromisoformat("2026-07-02T09:00+08:00"))
    stage.work()
    assert stage.all("review") == []
    clock.set(datetime.fromisoformat("2026-08-01T09:00+08:00"))
    stage.work()
    assert stage.all("review") != []


def test_a_time_that_has_passed_opens_nothing(
    app: Application, clock: FixedClock, as_: Callable[[str], Actor]
) -> None:
    clock.set(datetime.fromisoformat("2026-07-01T09:01+08:00"))
    deploy_folder(app, PROCEDURES / "review")
    stage = Stage(app, clock, as_("secretary"))
    stage.work()
    assert stage.all("review") == []
    [job] = stage.jobs(JobKind.START_BY_TIMER)
    assert job.run_at == datetime.fromisoformat("2027-07-01T09:00+08:00")


def test_a_receiver_that_cannot_be_moved_makes_an_incident_of_the_sender(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    [reply] = stage.all("reply")
    stage.complete(reply.id, "answer_it", reply="同意。")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("cannot go on")

    monkeypatch.setattr(runtime, "correlate", fail)
    for _ in range(queue.MAX_ATTEMPTS):
        stage.later(timedelta(minutes=10))
    failed = stage.jobs(JobKind.DELIVER_MESSAGE)[-1]
    assert (failed.state, failed.instance_id) == (JobState.FAILED, reply.id)
    assert stage.kinds(reply.id)[-1] is EntryKind.INCIDENT_RAISED
    assert stage.instance(reply.id).status is InstanceStatus.INCIDENT
    assert stage.open(asked) == {}


def test_a_message_put_again_keeps_what_it_is_looked_up_by(
    app: Application, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("cannot go on")

    monkeypatch.setattr(runtime, "start", fail)
    for _ in range(queue.MAX_ATTEMPTS):
        stage.later(timedelta(minutes=10))
    monkeypatch.undo()
    [failed] = stage.jobs(JobKind.DELIVER_MESSAGE)
    retry_job(app, stage.actor, RetryJob(asked, failed.id))
    again = stage.jobs(JobKind.DELIVER_MESSAGE)[-1]
    assert (again.topic, again.state) == ("inquiry_request", JobState.OPEN)
    stage.work()
    assert len(stage.all("reply")) == 1
    assert stage.instance(asked).status is InstanceStatus.ACTIVE


def test_a_suspended_case_hears_the_signal_when_it_goes_on(stage: Stage) -> None:
    asked = stage.start("inquiry", reference="甲", matter="制度")
    stage.work()
    [reply] = stage.all("reply")
    stage.complete(reply.id, "answer_it", reply="同意。")
    stage.work()
    stage.intervene(reply.id, Intervention.SUSPEND)
    stage.complete(asked, "conclude", conclusion="采纳。")
    stage.later(timedelta(days=3))
    assert EntryKind.SIGNAL_RECEIVED not in stage.kinds(reply.id)
    stage.intervene(reply.id, Intervention.RESUME)
    stage.work()
    assert list(stage.open(reply.id)) == ["file_it"]


def test_an_act_that_sent_something_cannot_be_taken_back(stage: Stage, app: Application) -> None:
    case = stage.start("reply", reference="甲", matter="制度")
    task_id = stage.open(case)["answer_it"]
    stage.complete(case, "answer_it", reply="好")
    view = pages.task(app, stage.actor, task_id)
    assert not view.may_withdraw
    assert view.why_not_withdraw == "办理后系统已经向其他办件发出内容，不能取回。"


@pytest.mark.parametrize(
    ("rule", "opened"),
    [
        ('organization = "matter"', 1),
        ('organization = "nowhere"', 0),
        ('organization = "reference"', 0),
        ('organization = "1/0 + x.y"', 0),
    ],
)
def test_the_folder_says_where_a_case_belongs(
    stage: Stage,
    tmp_path: Path,
    app: Application,
    as_: Callable[[str], Actor],
    rule: str,
    opened: int,
) -> None:
    folder = tmp_path / "reply"
    shutil.copytree(PROCEDURES / "reply", folder)
    manifest = folder / "procedure.toml"
    text = manifest.read_text(encoding="utf-8")
    text = text.replace('event = "requested"', f'event = "requested"\n{rule}')
    manifest.write_text(text, encoding="utf-8")
    deploy_folder(app, folder)
    other = as_("new_branch_secretary").organization_id
    asked = stage.start("inquiry", reference="甲", matter=str(other))
    stage.work()
    assert [case.organization_id for case in stage.all("reply")] == [other] * opened
    assert (EntryKind.EVENT_UNDELIVERED in stage.kinds(asked)) is not bool(opened)


def test_a_body_without_head_is_stood_for_by_the_one_above(
    app: Application, as_: Callable[[str], Actor]
) -> None:
    secretary = as_("secretary")
    today = app.clock.now().date()
    with app.database.write() as session:
        body = session.get_one(Organization, secretary.organization_id)
        assert body.parent_id is not None
        assert head_of(session, body.id, today) == secretary.person_id
        above = head_of(session, body.parent_id, today)
        session.execute(
            update(Appointment)
            .where(Appointment.organization_id == body.id)
            .values(ends_on=today - timedelta(days=1))
        )
        assert head_of(session, body.id, today) == above != secretary.person_id
        session.execute(update(Appointment).values(ends_on=today - timedelta(days=1)))
        with pytest.raises(CaseUnplaced):
            head_of(session, body.id, today)
