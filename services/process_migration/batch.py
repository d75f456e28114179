"""Working off a migration: a job takes its cases one by one, each in a transaction of its own.

The rows of the items are the truth: a worker that dies leaves the rest pending, and whoever takes
the job over goes on there.  A case that cannot move is noted and does not hold up the others.
"""

from __future__ import annotations

import time
from typing import Final, cast

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import DangwuError
from engine.values import load_values
from services.bootstrap import Application
from services.cases.write_path import LockedCase, lock
from services.errors import Busy
from services.identity.queries import load_actor
from services.jobs import queue
from services.jobs.models import JobKind, JobState
from services.jobs.queue import ClaimedJob
from services.process_migration.commands import migration_in
from services.process_migration.instance import migrate_case
from services.process_migration.models import ItemState, MigrationItem, ProcessMigration
from services.processes.models import Deployment

log = structlog.get_logger()

CHUNK: Final = 500
CHUNK_SECONDS: Final = 20.0
"""A job stops after this time, well within its lease, and is put again for the rest."""

UNEXPECTED: Final = "迁移时出现意外错误，办件没有改动。"


def run_chunk(app: Application, claimed: ClaimedJob, owner: str) -> bool:
    """Move the next cases of the migration a job is about; False when the lease went elsewhere."""
    migration_id = migration_in(claimed.payload)
    with app.database.read() as session:
        migration = session.get_one(ProcessMigration, migration_id)
        pending = session.execute(
            select(MigrationItem.id, MigrationItem.instance_id)
            .where(
                MigrationItem.migration_id == migration_id,
                MigrationItem.state == ItemState.PENDING,
            )
            .order_by(MigrationItem.id)
            .limit(CHUNK)
        ).all()
    end = time.monotonic() + CHUNK_SECONDS
    for item_id, instance_id in pending:
        if time.monotonic() > end:
            break
        if not _try(app, migration, item_id, instance_id, claimed, owner):
            return False
    return _finish(app, migration_id, claimed, owner)


def _try(
    app: Application,
    migration: ProcessMigration,
    item_id: int,
    instance_id: int,
    claimed: ClaimedJob,
    owner: str,
) -> bool:
    """Move one case or note why not; False when the job is no longer ours."""
    try:
        return _move(app, migration, item_id, instance_id, claimed, owner)
    except Busy:
        raise
    except DangwuError as error:
        reason = error.message
    except Exception:
        log.exception("case not migrated", instance=instance_id, migration=migration.id)
        reason = UNEXPECTED
    with app.database.write() as session:
        if queue.still_mine(session, claimed.id, owner) is None:
            return False
        item = session.get_one(MigrationItem, item_id)
        item.state, item.error, item.done_at = ItemState.FAILED, reason, app.clock.now()
    return True


def _move(
    app: Application,
    migration: ProcessMigration,
    item_id: int,
    instance_id: int,
    claimed: ClaimedJob,
    owner: str,
) -> bool:
    starter = migration.started_by
    actor = load_actor(app, starter) if starter is not None else None
    with app.database.write() as session:
        case = lock(app, session, instance_id)
        item = session.get_one(MigrationItem, item_id, with_for_update=True)
        if queue.still_mine(session, claimed.id, owner) is None:
            return False
        if item.state is not ItemState.PENDING:
            return True
        moved = case.instance.deployment_id == migration.from_deployment_id and migrate_case(
            case,
            session.get_one(Deployment, migration.to_deployment_id),
            cast("dict[str, str]", load_values(migration.mapping)),
            migration.reason,
            actor,
        )
        item.state = ItemState.MOVED if moved else ItemState.SKIPPED
        item.error = "" if moved else _why_skipped(case)
        item.done_at = app.clock.now()
    return True


def _why_skipped(case: LockedCase) -> str:
    return "办件已经结束。" if case.instance.ended_at is not None else "办件已不在原版本上。"


def _finish(app: Application, migration_id: int, claimed: ClaimedJob, owner: str) -> bool:
    """Mark the job done; put it again while cases are pending."""
    now = app.clock.now()
    with app.database.write() as session:
        job = queue.still_mine(session, claimed.id, owner)
        if job is None:
            return False
        job.state, job.done_at, job.error = JobState.DONE, now, ""
        session.flush()
        if _any_pending(session, migration_id):
            queue.put(session, JobKind.MIGRATE_INSTANCES, job.key, now, now, payload=job.payload)
    return True


def _any_pending(session: Session, migration_id: int) -> bool:
    rest = select(MigrationItem.id).where(
        MigrationItem.migration_id == migration_id, MigrationItem.state == ItemState.PENDING
    )
    return session.execute(rest.limit(1)).first() is not None
