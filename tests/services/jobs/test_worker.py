from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from services.audit.models import EntryKind
from services.audit.verify import verify
from services.bootstrap import Application, create_application
from services.clock import ShiftedClock
from services.jobs import queue
from services.jobs.models import Job, JobState
from services.jobs.queue import LEASE, MAX_ATTEMPTS, ClaimedJob
from services.worker import run
from services.worker.app import create_celery
from services.worker.embedded import EmbeddedWorker
from tests.services.cases.rivals import together
from tests.world import World

NOTICE_OVER = date(2027, 9, 14)
FIRING_SECONDS = 3.0


@pytest.fixture
def noticed(world: World) -> World:
    """The public notice hangs; a timer ends it on 14 September 2027."""
    world.until("post_notice").go_to(date(2027, 9, 7))
    world.complete(
        "post_notice",
        by="organizer",
        data={"notice_ends_on": date(2027, 9, 13), "notice_places": ["work"]},
    ).waiting_at()
    return world


def _jobs(world: World) -> list[Job]:
    with world.app.database.read() as session:
        return list(
            session.scalars(select(Job).where(Job.instance_id == world.case_id).order_by(Job.id))
        )


def _open_job(world: World) -> Job:
    (job,) = [job for job in _jobs(world) if job.state is JobState.OPEN]
    return job


def _to_the_end_of_the_notice(world: World) -> int:
    """Move the clock without running anything; returns the job that is due now."""
    world.clock.set(datetime.combine(NOTICE_OVER, datetime.min.time(), world.clock.now().tzinfo))
    (job_id,) = run.sweep(world.app)
    return job_id


def _fired(world: World) -> int:
    return sum(entry.kind == EntryKind.TIMER_FIRED for entry in world.journal())


def test_the_job_stands_at_the_time_of_the_timer(noticed: World) -> None:
    due_at = noticed.instance().next_due_at
    assert due_at is not None
    assert due_at == _open_job(noticed).run_at
    assert due_at.astimezone(noticed.clock.now().tzinfo).date() == NOTICE_OVER
    assert run.sweep(noticed.app) == ()


def test_a_due_timer_fires_once_though_many_workers_race(noticed: World) -> None:
    job_id = _to_the_end_of_the_notice(noticed)
    answers = together([lambda: run.run_job(noticed.app, job_id)] * 8)
    assert Counter(answers) == Counter({False: 7, True: 1})
    assert _fired(noticed) == 1
    noticed.waiting_at("list_target")


def test_doubled_and_late_hints_change_nothing(noticed: World) -> None:
    early = _open_job(noticed).id
    assert not run.run_job(noticed.app, early)
    job_id = _to_the_end_of_the_notice(noticed)
    assert run.run_job(noticed.app, job_id)
    length = noticed.instance().journal_length
    assert not run.run_job(noticed.app, job_id)
    assert not run.run_job(noticed.app, 999_999)
    assert length == noticed.instance().journal_length
    assert _fired(noticed) == 1


def test_a_lost_hint_is_made_up_for_by_the_next_sweep(noticed: World) -> None:
    _to_the_end_of_the_notice(noticed)
    assert len(run.sweep(noticed.app)) == 1
    assert run.run_due(noticed.app) == 1
    noticed.waiting_at("list_target")


def test_a_job_of_a_dead_worker_is_taken_up_after_its_lease(noticed: World) -> None:
    job_id = _to_the_end_of_the_notice(noticed)
    with noticed.app.database.write() as session:
        assert queue.claim(session, job_id, "dead", noticed.clock.now()) is not None
    assert run.run_due(noticed.app) == 0
    noticed.clock.advance(LEASE + timedelta(seconds=1))
    assert run.run_due(noticed.app) == 1
    assert _fired(noticed) == 1


def test_a_worker_that_slept_past_its_lease_writes_nothing(
    noticed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = _to_the_end_of_the_notice(noticed)
    claim = queue.claim

    def claim_then_lose(
        session: Session, wanted: int, owner: str, now: datetime
    ) -> ClaimedJob | None:
        claimed = claim(session, wanted, owner, now)
        session.get_one(Job, wanted).locked_by = "thief"
        return claimed

    monkeypatch.setattr(queue, "claim", claim_then_lose)
    assert not run.run_job(noticed.app, job_id)
    assert _fired(noticed) == 0
    assert _open_job(noticed).locked_by == "thief"


def test_a_timer_moved_while_its_worker_starts_is_not_lost(
    noticed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is taken, then a command moves the timer, then the worker goes on."""
    job_id = _to_the_end_of_the_notice(noticed)
    claim = queue.claim
    later = noticed.clock.now() + timedelta(days=30)

    def claim_then_move(
        session: Session, wanted: int, owner: str, now: datetime
    ) -> ClaimedJob | None:
        claimed = claim(session, wanted, owner, now)
        job = session.get_one(Job, wanted)
        queue.put(session, job.kind, job.key, later, now)
        return claimed

    monkeypatch.setattr(queue, "claim", claim_then_move)
    assert not run.run_job(noticed.app, job_id)
    assert _open_job(noticed).run_at == later
    assert _fired(noticed) == 0


def test_a_failing_timer_backs_off_and_becomes_an_incident(
    noticed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = _to_the_end_of_the_notice(noticed)
    before = noticed.instance().state

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("cannot go on")

    monkeypatch.setattr(runtime, "fire_timers", fail)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert not run.run_job(noticed.app, job_id)
        assert not run.run_job(noticed.app, job_id), "no second try without a pause"
        job = next(j for j in _jobs(noticed) if j.id == job_id)
        assert (job.attempts, job.error) == (attempt, "cannot go on")
        noticed.clock.set(max(job.run_at, noticed.clock.now()))
    assert job.state is JobState.FAILED
    entry = noticed.journal()[-1]
    assert entry.kind == EntryKind.INCIDENT_RAISED
    assert [e.kind for e in noticed.journal()].count(EntryKind.INCIDENT_RAISED) == 1
    assert before == noticed.instance().state
    with noticed.app.database.read() as session:
        assert list(verify(session)) == []


def test_a_job_that_kills_its_workers_becomes_an_incident(noticed: World) -> None:
    job_id = _to_the_end_of_the_notice(noticed)
    for _ in range(MAX_ATTEMPTS):
        with noticed.app.database.write() as session:
            assert queue.claim(session, job_id, "doomed", noticed.clock.now()) is not None
        noticed.clock.advance(LEASE + timedelta(seconds=1))
    assert not run.run_job(noticed.app, job_id)
    assert next(j for j in _jobs(noticed) if j.id == job_id).state is JobState.FAILED
    assert noticed.journal()[-1].kind == EntryKind.INCIDENT_RAISED


def test_timers_that_passed_while_nothing_ran_fire_after_the_start(noticed: World) -> None:
    noticed.app.database.dispose()
    noticed.clock.advance(timedelta(days=60))
    restarted = create_application(noticed.app.settings, noticed.clock)
    try:
        assert run.run_due(restarted) == 1
    finally:
        restarted.database.dispose()
    noticed.waiting_at("list_target")
    assert _fired(noticed) == 1


@pytest.fixture
def ticking(noticed: World) -> Iterator[Application]:
    """The same data under a clock that runs, two seconds before the notice ends."""
    end = datetime.combine(NOTICE_OVER, datetime.min.time(), noticed.clock.now().tzinfo)
    offset = end - timedelta(seconds=2) - datetime.now(noticed.clock.now().tzinfo)
    settings = replace(noticed.app.settings, demo="", sweep_seconds="0.2")
    app = create_application(settings, ShiftedClock(lambda: offset))
    yield app
    app.database.dispose()


def test_the_embedded_worker_fires_within_seconds(noticed: World, ticking: Application) -> None:
    worker = EmbeddedWorker(create_celery(ticking), float(ticking.settings.sweep_seconds))
    worker.start()
    try:
        deadline = time.monotonic() + 2 + 10 * FIRING_SECONDS
        while not _fired(noticed) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        worker.stop()
    assert _fired(noticed) == 1
    entry = next(e for e in noticed.journal() if e.kind == EntryKind.TIMER_FIRED)
    due_at = max(job.run_at for job in _jobs(noticed) if job.state is JobState.DONE)
    lateness = entry.entered_at - due_at
    assert timedelta(0) <= lateness < timedelta(seconds=FIRING_SECONDS)
    noticed.waiting_at("list_target")
