from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from services.jobs import queue
from services.jobs.models import Job, JobKind, JobState
from services.jobs.queue import BACKOFF, LEASE, MAX_ATTEMPTS
from tests.world import World

KEY = "timers:test"


def _put(world: World, in_seconds: float = 0) -> int:
    now = world.clock.now()
    with world.app.database.write() as session:
        queue.put(session, JobKind.FIRE_TIMERS, KEY, now + timedelta(seconds=in_seconds), now)
    return _job(world).id


def _job(world: World) -> Job:
    with world.app.database.read() as session:
        return list(session.scalars(select(Job).where(Job.key == KEY).order_by(Job.id)))[-1]


def _claim(world: World, job_id: int, owner: str) -> bool:
    with world.app.database.write() as session:
        return queue.claim(session, job_id, owner, world.clock.now()) is not None


def _due(world: World) -> tuple[int, ...]:
    with world.app.database.read() as session:
        return queue.due(session, world.clock.now())


def test_a_job_is_due_from_its_time_on(world: World) -> None:
    job_id = _put(world, in_seconds=10)
    assert _due(world) == ()
    assert not _claim(world, job_id, "one")
    world.clock.advance(timedelta(seconds=10))
    assert _due(world) == (job_id,)
    assert _claim(world, job_id, "one")


def test_a_claimed_job_belongs_to_one(world: World) -> None:
    job_id = _put(world)
    assert _claim(world, job_id, "one")
    assert _due(world) == ()
    assert not _claim(world, job_id, "two")


def test_after_the_lease_another_may_take_it_and_the_first_may_not_write(world: World) -> None:
    job_id = _put(world)
    assert _claim(world, job_id, "one")
    world.clock.advance(LEASE)
    assert not _claim(world, job_id, "two")
    world.clock.advance(timedelta(seconds=1))
    assert _due(world) == (job_id,)
    assert _claim(world, job_id, "two")
    with world.app.database.write() as session:
        assert queue.still_mine(session, job_id, "one") is None
        assert queue.still_mine(session, job_id, "two") is not None


def test_putting_again_moves_the_open_job(world: World) -> None:
    job_id = _put(world)
    assert job_id == _put(world, in_seconds=3600)
    assert _due(world) == ()
    assert _job(world).run_at == world.clock.now() + timedelta(hours=1)


def test_a_moved_job_is_taken_from_its_worker(world: World) -> None:
    """Else the worker would mark the later need done together with the earlier one."""
    job_id = _put(world)
    assert _claim(world, job_id, "one")
    _put(world, in_seconds=3600)
    with world.app.database.write() as session:
        assert queue.still_mine(session, job_id, "one") is None
    assert _job(world).state is JobState.OPEN
    world.clock.advance(timedelta(hours=1))
    assert _claim(world, job_id, "two")


def test_a_dropped_job_is_nobodys(world: World) -> None:
    job_id = _put(world)
    assert _claim(world, job_id, "one")
    with world.app.database.write() as session:
        queue.drop(session, KEY, world.clock.now())
    with world.app.database.write() as session:
        assert queue.still_mine(session, job_id, "one") is None
    assert _due(world) == ()
    assert job_id != _put(world)


def test_a_failing_job_waits_longer_each_time_and_gives_up(world: World) -> None:
    job_id = _put(world)
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert _claim(world, job_id, "one")
        with world.app.database.write() as session:
            row = queue.still_mine(session, job_id, "one")
            assert row is not None
            gave_up = queue.fail(row, f"attempt {attempt}", world.clock.now())
        assert gave_up is (attempt == MAX_ATTEMPTS)
        if not gave_up:
            waits.append(_job(world).run_at - world.clock.now())
            world.clock.set(_job(world).run_at)
    assert waits == [BACKOFF, BACKOFF * 2, BACKOFF * 4, BACKOFF * 8]
    assert (_job(world).state, _job(world).error) == (JobState.FAILED, "attempt 5")
    world.clock.advance(timedelta(days=1))
    assert _due(world) == ()
