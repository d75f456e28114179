"""Running jobs: claim by row, act and mark done in one transaction."""

from __future__ import annotations

import uuid

import structlog

from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.timers import fire_timers
from services.errors import Busy
from services.jobs import queue
from services.jobs.models import JobKind, JobState
from services.jobs.queue import ClaimedJob
from services.processes.models import ProcessInstance

log = structlog.get_logger()


def sweep(app: Application) -> tuple[int, ...]:
    """Return the ids of the jobs that are due now."""
    with app.database.read() as session:
        return queue.due(session, app.clock.now())


def run_due(app: Application) -> int:
    """Run everything due, one job after the other; returns how many ran."""
    ran = 0
    for job_id in sweep(app):
        ran += run_job(app, job_id)
    return ran


def run_job(app: Application, job_id: int) -> bool:
    """Run one job if it is due and nobody else has it.

    A message that comes twice or late finds nothing to claim and does nothing.  A failing job is
    tried again later; the last failure leaves an incident in the journal of its case.
    """
    owner = uuid.uuid4().hex
    with app.database.write() as session:
        claimed = queue.claim(session, job_id, owner, app.clock.now())
    if claimed is None:
        return False
    try:
        with app.database.write() as session:
            row = queue.still_mine(session, job_id, owner)
            if row is None:
                return False
            row.state = JobState.DONE
            row.done_at = app.clock.now()
            row.error = ""
            session.flush()
            match claimed.kind:
                case JobKind.FIRE_TIMERS if claimed.instance_id is not None:
                    fire_timers(app, session, claimed.instance_id)
    except Busy:
        log.warning("job postponed, database busy", job=job_id)
        return False
    except Exception as error:
        log.exception("job failed", job=job_id, kind=claimed.kind)
        _record_failure(app, claimed, owner, error)
        return False
    return True


def _record_failure(app: Application, claimed: ClaimedJob, owner: str, error: Exception) -> None:
    now = app.clock.now()
    with app.database.write() as session:
        row = queue.still_mine(session, claimed.id, owner)
        if row is None or not queue.fail(row, str(error), now) or claimed.instance_id is None:
            return
        instance = session.get_one(ProcessInstance, claimed.instance_id, with_for_update=True)
        append(
            session,
            instance,
            Entry(
                kind=EntryKind.INCIDENT_RAISED,
                acted_on=now.date(),
                entered_at=now,
                data={"error": str(error)[:500], "job": claimed.id},
            ),
        )
