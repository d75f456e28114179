"""Running jobs: claim by row, act and mark done in one transaction."""

from __future__ import annotations

import uuid

import structlog
from sqlalchemy.orm import Session

from engine.model import InstanceStatus
from services.bootstrap import Application
from services.cases import delivery, staffing
from services.cases.incidents.raised import record, send
from services.cases.timers import fire_timers
from services.cases.write_path import hold
from services.errors import Busy, ServiceError
from services.jobs import queue
from services.jobs.models import Job, JobKind
from services.jobs.queue import MAX_ATTEMPTS, ClaimedJob
from services.process_migration.batch import run_chunk
from services.processes.models import ProcessInstance
from services.roster import batch as roster
from services.worker.nightly import NIGHTLY, put_next, run_nightly

log = structlog.get_logger()


class WorkerLost(ServiceError):  # noqa: N818 - the state is the name of the error
    """Every worker that took the job ended without an answer."""

    code = "worker-lost"
    message = "后台作业多次中断，没有完成。"
    remedy = "请联系系统管理员检查后台作业日志。"


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
    try:
        with app.database.write() as session:
            claimed = queue.claim(session, job_id, owner, app.clock.now())
        if claimed is None:
            return False
        return _attempt(app, claimed, owner)
    except Busy:
        # The lease runs out by itself; the next sweep after that takes the job again.
        log.warning("job postponed, database busy", job=job_id)
        return False


def _attempt(app: Application, claimed: ClaimedJob, owner: str) -> bool:
    try:
        return _run(app, claimed, owner)
    except Busy:
        raise
    except Exception as error:
        log.exception("job failed", job=claimed.id, kind=claimed.kind)
        _record_failure(app, claimed, owner, error)
        return False


def _run(app: Application, claimed: ClaimedJob, owner: str) -> bool:
    if claimed.attempts > MAX_ATTEMPTS:
        raise WorkerLost
    if claimed.kind is JobKind.MIGRATE_INSTANCES:  # many cases, a transaction for each
        return run_chunk(app, claimed, owner)
    if claimed.kind is JobKind.REVIEW_STAFFING:  # likewise
        return staffing.review_all(app, claimed, owner)
    if claimed.kind is JobKind.IMPORT_ROSTER:  # many rows, a transaction for some hundreds
        return roster.run_chunk(app, claimed, owner)
    if claimed.kind in delivery.WORK:
        return delivery.run(app, claimed, owner)
    with app.database.write() as session:
        row = _held(session, claimed, owner)
        if row is None:
            return False
        queue.finish(session, row, app.clock.now())
        match claimed.kind:
            case JobKind.FIRE_TIMERS if claimed.instance_id is not None:
                fire_timers(app, session, claimed.instance_id)
            case JobKind.FORGET_ROSTER:
                roster.forget(app, session, claimed.payload)
            case kind if kind in NIGHTLY:
                run_nightly(app, session, kind)
    return True


def _record_failure(app: Application, claimed: ClaimedJob, owner: str, error: Exception) -> None:
    now = app.clock.now()
    with app.database.write() as session:
        row = _held(session, claimed, owner)
        if row is None or not queue.fail(row, str(error), now):
            return
        if claimed.kind in NIGHTLY:  # one bad night must not be the last
            put_next(session, claimed.kind, now)
        if claimed.instance_id is None:
            return
        instance = session.get_one(ProcessInstance, claimed.instance_id)
        case = hold(app, session, instance)
        record(case, {"error": str(error)[:500], "job": claimed.id})
        if instance.status is InstanceStatus.ACTIVE:
            instance.status = InstanceStatus.INCIDENT
        send(case, "的后台作业多次失败")


def _held(session: Session, claimed: ClaimedJob, owner: str) -> Job | None:
    """Return the job while it is ours, its case locked first: the order of every command."""
    if claimed.instance_id is not None:
        session.get_one(ProcessInstance, claimed.instance_id, with_for_update=True)
    return queue.still_mine(session, claimed.id, owner)
