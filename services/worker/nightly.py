"""Work that is done once a night, each by a job that puts the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.anchors import make_anchor
from services.bootstrap import Application
from services.clock import SHANGHAI
from services.documents.orphans import clear_uploads
from services.jobs import queue
from services.jobs.models import Job, JobKind, JobState


@dataclass(frozen=True, slots=True)
class Nightly:
    """What is done, and at what time in Asia/Shanghai."""

    at: time
    work: Callable[[Application, Session, datetime], object]


NIGHTLY: Mapping[JobKind, Nightly] = {
    # Late acts of the evening are through by then.
    JobKind.ANCHOR_JOURNALS: Nightly(
        time(0, 30), lambda _, session, now: make_anchor(session, now)
    ),
    JobKind.CLEAR_UPLOADS: Nightly(time(2), clear_uploads),
}


def schedule_nights(app: Application) -> None:
    """See to it that the coming night has its work: whoever starts the product asks for it."""
    with app.database.write() as session:
        for kind in NIGHTLY:
            put_next(session, kind, app.clock.now())


def run_nightly(app: Application, session: Session, kind: JobKind) -> None:
    """Do the work of a job that is marked done in this transaction, and put the next."""
    now = app.clock.now()
    NIGHTLY[kind].work(app, session, now)
    session.flush()
    put_next(session, kind, now)


def put_next(session: Session, kind: JobKind, now: datetime) -> None:
    """Put the job of the coming night, unless one waits already."""
    waiting = select(Job.id).where(Job.kind == kind, Job.state == JobState.OPEN).limit(1)
    if session.scalars(waiting).first() is None:
        tomorrow = now.astimezone(SHANGHAI).date() + timedelta(days=1)
        due = datetime.combine(tomorrow, NIGHTLY[kind].at, SHANGHAI)
        queue.put(session, kind, str(kind), due, now)
