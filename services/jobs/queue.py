"""The job table as a queue: put, claim, finish, fail.

A job is put in the transaction that creates the need, so it exists exactly when the need does.
Claiming takes a lease; marking done happens in the same transaction as the effect and only while
the lease is still ours, so a worker that slept past its lease cannot act twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services.db import upsert
from services.jobs.models import IS_OPEN, Job, JobKind, JobState

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 5
BACKOFF = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job whose lease we hold."""

    id: int
    kind: JobKind
    instance_id: int | None
    payload: bytes
    attempts: int


def put(
    session: Session,
    kind: JobKind,
    key: str,
    run_at: datetime,
    now: datetime,
    *,
    topic: str = "",
    instance_id: int | None = None,
    payload: bytes = b"{}",
) -> None:
    """Put a job, or move the open one with the same key to a new time, away from any worker."""
    # A worker that holds the lease would mark the new need done together with the old one.
    changes = {
        "run_at": run_at,
        "payload": payload,
        "locked_by": None,
        "locked_until": None,
        "attempts": 0,
    }
    values = {
        **changes,
        "kind": kind,
        "key": key,
        "topic": topic,
        "instance_id": instance_id,
        "state": JobState.OPEN,
        "created_at": now,
    }
    upsert(session, Job, values, changes, unique="key", where=IS_OPEN)


def add(
    session: Session,
    kind: JobKind,
    key: str,
    now: datetime,
    *,
    run_at: datetime | None = None,
    topic: str = "",
    instance_id: int | None = None,
    payload: bytes = b"{}",
) -> None:
    """Put a job under a key no other job ever had; due at once unless `run_at` says otherwise."""
    session.add(
        Job(
            kind=kind,
            key=key,
            topic=topic,
            instance_id=instance_id,
            payload=payload,
            state=JobState.OPEN,
            run_at=run_at or now,
            created_at=now,
        )
    )


def drop(session: Session, key: str, now: datetime) -> None:
    """Close the open job with this key, its need is gone."""
    session.execute(
        update(Job)
        .where(Job.key == key, Job.state == JobState.OPEN)
        .values(state=JobState.DONE, done_at=now, error="")
    )


def forget_failed(session: Session, key: str, now: datetime) -> None:
    """Close the jobs with this key that were given up: their need is gone, or put anew."""
    session.execute(
        update(Job)
        .where(Job.key == key, Job.state == JobState.FAILED)
        .values(state=JobState.DONE, done_at=now)
    )


def failed(session: Session, instance_id: int) -> tuple[Job, ...]:
    """Return the jobs of a case that were given up."""
    return tuple(
        session.scalars(
            select(Job)
            .where(Job.instance_id == instance_id, Job.state == JobState.FAILED)
            .order_by(Job.id)
        )
    )


def due(session: Session, now: datetime, limit: int = 100) -> tuple[int, ...]:
    """Return the ids of jobs that are due and not leased, earliest first."""
    return tuple(
        session.scalars(
            select(Job.id)
            .where(
                Job.state == JobState.OPEN,
                Job.run_at <= now,
                or_(Job.locked_until.is_(None), Job.locked_until < now),
            )
            .order_by(Job.run_at)
            .limit(limit)
        )
    )


def claim(session: Session, job_id: int, owner: str, now: datetime) -> ClaimedJob | None:
    """Lease a due job for `owner`; None if somebody else has it or it is no longer due."""
    job = session.scalars(
        select(Job)
        .where(
            Job.id == job_id,
            Job.state == JobState.OPEN,
            Job.run_at <= now,
            or_(Job.locked_until.is_(None), Job.locked_until < now),
        )
        .with_for_update(skip_locked=True)
    ).first()
    if job is None:
        return None
    job.locked_by = owner
    job.locked_until = now + LEASE
    job.attempts += 1
    return ClaimedJob(job.id, JobKind(job.kind), job.instance_id, job.payload, job.attempts)


def still_mine(session: Session, job_id: int, owner: str) -> Job | None:
    """Return the job row, locked, while `owner` holds it; None when the lease went elsewhere."""
    return session.scalars(
        select(Job)
        .where(Job.id == job_id, Job.locked_by == owner, Job.state == JobState.OPEN)
        .with_for_update()
    ).first()


def renew(job: Job, now: datetime) -> None:
    """Extend the lease of a job that is ours, in a transaction of its work."""
    job.locked_until = now + LEASE


def finish(session: Session, job: Job, now: datetime) -> None:
    """Mark a job done, in the transaction of its effect and before it: the effect may put more."""
    job.state = JobState.DONE
    job.done_at = now
    job.error = ""
    session.flush()


def postpone(job: Job, run_at: datetime) -> None:
    """Give a job back that can do nothing now; that is no failure."""
    job.run_at = run_at
    job.attempts = 0
    _release(job)


def fail(job: Job, error: str, now: datetime) -> bool:
    """Record a failed attempt; returns True when it was the last one (an incident)."""
    job.error = error[:4000]
    _release(job)
    if job.attempts >= MAX_ATTEMPTS:
        job.state = JobState.FAILED
        return True
    job.run_at = now + BACKOFF * 2 ** (job.attempts - 1)
    return False


def _release(job: Job) -> None:
    job.locked_by = None
    job.locked_until = None
