from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from engine.errors import TaskNotOpen
from engine.migration import MappingInvalid
from services.audit.journal import contents
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.bootstrap import Application
from services.cases import pages, queries
from services.cases.complete import CompleteTask, complete_task
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.jobs import queue
from services.jobs.models import Job, JobKind, JobState
from services.jobs.queue import LEASE
from services.people.models import Person
from services.process_migration import batch
from services.process_migration.commands import StartMigration, retry_migration, start_migration
from services.process_migration.models import ItemState
from services.process_migration.queries import migration, preview, versions
from services.process_migration.views import MigrationView
from services.tasks.commands import claim, save_draft
from services.tasks.models import TaskState
from services.worker.run import run_due, run_job, sweep
from tests.services.process_migration.conftest import KEY
from tests.world import World

Deploy = Callable[..., int]

RENAMED = (("process.bpmn", 'name="派人谈话"', 'name="组织谈话"'),)
"""The same step under another name."""
REPLACED = (
    ("process.bpmn", '"talk"', '"first_talk"'),
    ("process.bpmn", 'form="first_talk"', 'form="talk"'),
    ("process.bpmn", ">talk<", ">first_talk<"),
    ("decisions/deadlines.dmn", '"talk"', '"first_talk"'),
)
"""The step under another id: another step."""
OTHER_LANE = (
    ("process.bpmn", "<bpmn:flowNodeRef>talk</bpmn:flowNodeRef>", ""),
    (
        "process.bpmn",
        "<bpmn:flowNodeRef>recommend_activist</bpmn:flowNodeRef>",
        (
            "<bpmn:flowNodeRef>recommend_activist</bpmn:flowNodeRef>"
            "<bpmn:flowNodeRef>talk</bpmn:flowNodeRef>"
        ),
    ),
)
FORM = (("forms/talk.form", "谈话情况", "谈话记录和结论"),)
TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


def order(app: Application, actor: Actor | None, version: int, **mapping: str) -> MigrationView:
    """Order the migration of version 1, work it off and return what became of it."""
    number = start_migration(app, actor, StartMigration(KEY, 1, version, "细则修订。", mapping))
    while run_due(app):
        pass
    return _view(app, actor, number)


def _view(app: Application, actor: Actor | None, number: int) -> MigrationView:
    assert actor is not None
    return migration(app, actor, number)


def test_a_case_goes_on_in_the_new_version(world: World, head: Actor, deploy: Deploy) -> None:
    world.start()
    task = world.task("talk")
    save_draft(world.app, world.actor("secretary"), task.id, {"talk_record": ["草稿"]})
    view = order(world.app, head, deploy(*RENAMED, *FORM))
    assert (1, 1) == (view.total, view.counts[ItemState.MOVED])
    moved = world.task("talk")
    assert (task.id, "组织谈话", TaskState.CREATED) == (moved.id, moved.name, moved.state)
    assert task.due_on == moved.due_on
    assert "草稿" == pages.task(world.app, world.actor("secretary"), task.id).values["talk_record"]
    world.check_consistency()
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_the_journal_tells_of_it(world: World, head: Actor, deploy: Deploy) -> None:
    world.start()
    order(world.app, head, deploy(*RENAMED))
    entry = world.journal()[-1]
    record = contents(entry)
    assert (EntryKind.INSTANCE_MIGRATED, head.person_id) == (entry.kind, entry.actor_id)
    assert (1, 2, "细则修订。") == tuple(
        record[name] for name in ("from_version", "to_version", "grounds")
    )
    assert ["instance_migrated"] == [step["type"] for step in record["path"]]  # type: ignore[index, union-attr, call-overload]
    with world.app.database.read() as session:
        assert [] == list(verify(session))
    line = pages.case(world.app, world.actor("secretary"), world.case_id).journal[-1]
    assert ("版本迁移", "第1版 → 第2版；细则修订。", "韩致远") == (
        line.kind_name,
        line.text,
        line.actor,
    )


def test_what_was_done_is_shown_as_it_was(world: World, head: Actor, deploy: Deploy) -> None:
    """A step the new version no longer has can still be read, in all lists."""
    world.start().complete("talk", by="secretary", data=TALK)
    order(world.app, head, deploy(*REPLACED))
    world.waiting_at("recommend_activist")
    secretary = world.actor("secretary")
    done = queries.done(world.app, secretary).items[0]
    assert "派人谈话" == done.step_name
    assert "派人谈话" == pages.task(world.app, secretary, done.task_id).step_name
    story = pages.case(world.app, secretary, world.case_id).history
    assert ["发起发展党员", "派人谈话"] == [item.step_name for item in story]
    assert dict(story[1].fields)["谈话情况"] == "入党动机端正。"


def test_a_case_that_cannot_move_stays_and_says_why(
    world: World, head: Actor, deploy: Deploy
) -> None:
    world.start()
    before = world.instance()
    version = deploy(*REPLACED)
    view = order(world.app, head, version)
    assert 1 == view.counts[ItemState.FAILED]
    assert "新版本中没有“派人谈话”" in view.failed[0].error
    after = world.instance()
    assert (before.state, before.revision, before.journal_hash) == (
        after.state,
        after.revision,
        after.journal_hash,
    )
    world.waiting_at("talk")
    task = world.task("talk")
    view = order(world.app, head, version, talk="first_talk")
    assert 1 == view.counts[ItemState.MOVED]
    assert (task.id, "first_talk") == (world.task("first_talk").id, world.rows()[0].element_id)
    world.waiting_at("first_talk")


def test_what_failed_is_tried_again(world: World, head: Actor, deploy: Deploy) -> None:
    world.start()
    view = order(world.app, head, deploy(*REPLACED))
    world.complete("talk", by="secretary", data=TALK)
    retry_migration(world.app, head, view.id)
    run_due(world.app)
    assert 1 == migration(world.app, head, view.id).counts[ItemState.MOVED]
    with pytest.raises(Conflict):
        retry_migration(world.app, head, view.id)


def test_a_case_that_ended_meanwhile_is_left_alone(
    world: World, head: Actor, deploy: Deploy
) -> None:
    world.start()
    number = start_migration(
        world.app, head, StartMigration(KEY, 1, deploy(*RENAMED), "细则修订。")
    )
    world.withdraw()
    run_due(world.app)
    view = migration(world.app, head, number)
    assert (1, "办件已经结束。") == (view.counts[ItemState.SKIPPED], view.failed[0].error)


def test_another_lane_asks_other_people(world: World, head: Actor, deploy: Deploy) -> None:
    world.start()
    claim(world.app, world.actor("deputy_secretary"), world.task("talk").id)
    version = deploy(*OTHER_LANE)
    plan = preview(world.app, head, KEY, 1, version)
    assert ("“派人谈话”的办理人有变化，迁移后按新版本重新确定。",) == plan.elements[0].reasons
    order(world.app, head, version)
    row = world.task("talk")
    assert row.lane_id == "branch_committee"
    assert (TaskState.CLAIMED, world.people["deputy_secretary"]) == (row.state, row.assignee_id)


def test_who_no_longer_may_loses_the_claim(world: World, head: Actor, deploy: Deploy) -> None:
    world.start()
    claim(world.app, world.actor("deputy_secretary"), world.task("talk").id)
    rule = '[lanes.branch_secretary]\ncandidate = "post"\nposts = ["secretary", "deputy_secretary"]'
    narrower = rule.replace(', "deputy_secretary"', "")
    order(world.app, head, deploy(("procedure.toml", rule, narrower)))
    row = world.task("talk")
    assert (TaskState.CREATED, None) == (row.state, row.assignee_id)
    with pytest.raises((Forbidden, TaskNotOpen)):
        claim(world.app, world.actor("deputy_secretary"), row.id)
    claim(world.app, world.actor("secretary"), row.id)


def test_only_the_topmost_body_migrates(world: World, deploy: Deploy) -> None:
    world.start()
    version = deploy(*RENAMED)
    for alias in ("secretary", "committee_secretary", "department_clerk", "applicant"):
        actor = world.actor(alias)
        with pytest.raises(Forbidden):
            start_migration(world.app, actor, StartMigration(KEY, 1, version, "细则修订。"))
        with pytest.raises(Forbidden):
            preview(world.app, actor, KEY, 1, version)
        assert not versions(world.app, actor, KEY).may_migrate


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reason": " "}, Invalid),
        ({"to_version": 1}, Invalid),
        ({"to_version": 7}, NotFound),
        ({"key": "no_such"}, NotFound),
        ({"mapping": {"nobody": "talk"}}, MappingInvalid),
        ({"from_version": 2, "to_version": 1}, Conflict),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    world: World, head: Actor, deploy: Deploy, change: dict[str, object], error: type[Exception]
) -> None:
    world.start()
    deploy(*RENAMED)
    before = world.census()
    command = {"key": KEY, "from_version": 1, "to_version": 2, "reason": "细则修订。", **change}
    with pytest.raises(error):
        start_migration(world.app, head, StartMigration(**command))  # type: ignore[arg-type]
    assert before == world.census()


@pytest.fixture
def three(world: World) -> list[World]:
    """Three cases on their first step."""
    with world.app.database.read() as session:
        people = {
            alias: session.scalars(select(Person.id).where(Person.name == name)).one()
            for alias, name in {"second": "苏晴", "third": "常乐之"}.items()
        }
    found = [world.start()]
    for alias in people:
        other = World(world.app, people=people)
        found.append(other.start(by=alias, about=alias))
    return found


def test_the_preview_counts_and_moves_nothing(
    three: list[World], head: Actor, deploy: Deploy
) -> None:
    three[0].complete("talk", by="secretary", data=TALK)
    version = deploy(*REPLACED)
    before = three[0].census()
    view = preview(three[0].app, head, KEY, 1, version)
    assert before == three[0].census()
    assert (3, 1) == (view.total, view.can_move)
    assert [False, False, True] == [case.can_move for case in view.cases]
    assert ("recommend_activist",) == view.movable
    assert {"first_talk"} <= {choice.id for choice in view.choices["talk"]}
    mapped = preview(three[0].app, head, KEY, 1, version, {"talk": "first_talk"})
    assert (3, ()) == (mapped.can_move, mapped.blocked)


def test_versions_count_their_running_cases(
    three: list[World], head: Actor, deploy: Deploy
) -> None:
    app = three[0].app
    version = deploy(*RENAMED)
    order(app, head, version)
    three[0].withdraw()
    view = versions(app, head, KEY)
    assert [(2, 2), (1, 0)] == [(item.version, item.running) for item in view.versions]
    assert [3] == [item.total for item in view.migrations]
    assert view.may_migrate


def test_a_batch_goes_on_after_its_worker_was_lost(
    three: list[World], head: Actor, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each case is a transaction of its own; the rest waits for the next worker."""
    app, clock = three[0].app, three[0].clock
    number = start_migration(app, head, StartMigration(KEY, 1, deploy(*RENAMED), "细则修订。"))
    (job_id,) = sweep(app)
    real, seen = batch.migrate_case, []

    def die_at_the_second(*args: object) -> bool:
        seen.append(args)
        if len(seen) == 2:
            raise SystemExit
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "migrate_case", die_at_the_second)
    with pytest.raises(SystemExit):
        run_job(app, job_id)
    monkeypatch.undo()
    counts = migration(app, head, number).counts
    assert (1, 2) == (counts[ItemState.MOVED], counts[ItemState.PENDING])
    assert not run_job(app, job_id)
    clock.advance(LEASE * 2)
    assert run_job(app, job_id)
    assert 3 == migration(app, head, number).counts[ItemState.MOVED]
    assert [2, 2, 2] == [len(world.journal()) for world in three]


def test_a_large_batch_is_put_again_until_it_is_done(
    three: list[World], head: Actor, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CHUNK", 1)
    app = three[0].app
    number = start_migration(app, head, StartMigration(KEY, 1, deploy(*RENAMED), "细则修订。"))
    assert [1, 1, 1, 0] == [run_due(app) for _ in range(4)]
    assert 3 == migration(app, head, number).counts[ItemState.MOVED]


def test_a_worker_whose_lease_went_elsewhere_stops(
    three: list[World], head: Actor, deploy: Deploy
) -> None:
    app = three[0].app
    number = start_migration(app, head, StartMigration(KEY, 1, deploy(*RENAMED), "细则修订。"))
    (job_id,) = sweep(app)
    with app.database.write() as session:
        claimed = queue.claim(session, job_id, "slow", app.clock.now())
    assert claimed is not None
    with app.database.write() as session:
        session.get_one(Job, job_id).locked_by = "other"
    assert not batch.run_chunk(app, claimed, "slow")
    assert 3 == migration(app, head, number).counts[ItemState.PENDING]


def test_an_unexpected_error_holds_up_nobody(
    three: list[World], head: Actor, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = three[0].app
    real = batch.migrate_case

    def fail_for_the_first(case: object, *args: object) -> bool:
        if case.instance.id == three[0].case_id:  # type: ignore[attr-defined]
            raise RuntimeError
        return real(case, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "migrate_case", fail_for_the_first)
    view = order(app, head, deploy(*RENAMED))
    assert (2, 1) == (view.counts[ItemState.MOVED], view.counts[ItemState.FAILED])
    assert batch.UNEXPECTED == view.failed[0].error
    with app.database.read() as session:
        states = session.scalars(select(Job.state).where(Job.kind == JobKind.MIGRATE_INSTANCES))
        assert {JobState.DONE} == set(states)


def test_an_act_falls_under_the_rules_of_its_own_date_in_every_version(
    world: World, head: Actor, deploy: Deploy
) -> None:
    """Migrating does not change which regulations earlier acts fall under."""
    world.start()
    told = [(entry.acted_on, entry.data) for entry in world.journal()]
    order(world.app, head, deploy(*RENAMED, ("procedure.toml", '"2026.1"', '"2026.2"')))
    assert told == [(entry.acted_on, entry.data) for entry in world.journal()[:-1]]
    world.complete("talk", by="secretary", data=TALK)
    assert "2026" == world.record()["rule_version"]


def test_an_early_act_entered_after_the_migration_falls_under_the_old_rules(
    world: World, head: Actor, deploy: Deploy
) -> None:
    before = date(2026, 5, 10)
    world.start(on=date(2026, 5, 4), late_reason="补录。")
    order(world.app, head, deploy(*RENAMED))
    world.complete("talk", by="secretary", on=before, data=TALK, late_reason="补录。")
    assert "2014" == world.record()["rule_version"]


def test_a_form_opened_before_the_migration_is_refused(
    world: World, head: Actor, deploy: Deploy
) -> None:
    """The page was drawn from the old version; what it sends may not fit the new one."""
    world.start()
    task, revision = world.task("talk"), world.instance().revision
    order(world.app, head, deploy(*RENAMED))
    with pytest.raises(Conflict):
        complete_task(world.app, world.actor("secretary"), CompleteTask(task.id, revision=revision))
