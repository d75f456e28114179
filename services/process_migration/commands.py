"""Ordering a migration of running cases, and trying again what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import and_, insert, literal, select, update
from sqlalchemy.orm import Session

from engine.migration import UNDER_WAY
from engine.migration.plan import check_mapping
from engine.values import dump_values, load_values
from services.bootstrap import Application
from services.cases.acts import check_text
from services.errors import Conflict, Invalid, NotFound
from services.identity.actor import Actor
from services.jobs import queue
from services.jobs.models import JobKind
from services.process_migration.access import below, require_roots
from services.process_migration.models import ItemState, MigrationItem, ProcessMigration
from services.processes.models import Deployment, ProcessInstance


@dataclass(frozen=True, slots=True)
class StartMigration:
    """Move all running cases of one version of a procedure to another; `mapping` by element id."""

    key: str
    from_version: int
    to_version: int
    reason: str
    mapping: Mapping[str, str] = field(default_factory=dict)


def start_migration(app: Application, actor: Actor | None, command: StartMigration) -> int:
    """Order the migration and return its id; workers do it, case by case.

    `actor` is None for the command line, which may migrate everything.  Raises Invalid, NotFound,
    Forbidden, MappingInvalid, and Conflict when there is no case to move.
    """
    if not command.reason.strip():
        message = "请填写迁移原因。"
        raise Invalid(message, errors={"reason": message})
    check_text("reason", "迁移原因", command.reason)
    now = app.clock.now()
    with app.database.write() as session:
        source = deployment_of(session, command.key, command.from_version)
        target = deployment_of(session, command.key, command.to_version)
        require_other(source, target)
        new = app.procedures.get(session, target.id)
        roots = None if actor is None else require_roots(actor, new)
        check_mapping(app.procedures.get(session, source.id).process, new.process, command.mapping)
        migration = ProcessMigration(
            key=command.key,
            from_deployment_id=source.id,
            to_deployment_id=target.id,
            mapping=dump_values(command.mapping),
            reason=command.reason.strip(),
            started_by=actor.person_id if actor is not None else None,
            started_at=now,
        )
        session.add(migration)
        session.flush()
        pending = literal(ItemState.PENDING.value)
        running = select(literal(migration.id), ProcessInstance.id, pending, literal("")).where(
            ProcessInstance.deployment_id == source.id,
            ProcessInstance.status.in_(UNDER_WAY),
            below(session, roots),
        )
        if session.execute(running.limit(1)).first() is None:
            raise Conflict("这个版本没有办理中的办件。", "请选择有在办办件的版本。")
        session.execute(
            insert(MigrationItem).from_select(
                ["migration_id", "instance_id", "state", "error"], running
            )
        )
        _order(app, session, migration.id)
        return migration.id


def retry_migration(app: Application, actor: Actor, migration_id: int) -> None:
    """Try the failed cases of a migration again; `Conflict` when none has failed."""
    with app.database.write() as session:
        migration = session.get(ProcessMigration, migration_id, with_for_update=True)
        if migration is None:
            raise NotFound
        require_roots(actor, app.procedures.get(session, migration.to_deployment_id))
        failed = and_(
            MigrationItem.migration_id == migration_id, MigrationItem.state == ItemState.FAILED
        )
        if session.execute(select(MigrationItem.id).where(failed).limit(1)).first() is None:
            raise Conflict("没有迁移失败的办件。", "请刷新页面，查看迁移的最新进展。")
        session.execute(
            update(MigrationItem)
            .where(failed)
            .values(state=ItemState.PENDING, error="", done_at=None)
        )
        _order(app, session, migration_id)


def _order(app: Application, session: Session, migration_id: int) -> None:
    now = app.clock.now()
    queue.put(
        session,
        JobKind.MIGRATE_INSTANCES,
        f"migration:{migration_id}",
        now,
        now,
        payload=dump_values({"migration": migration_id}),
    )


def migration_in(payload: bytes) -> int:
    """Return the id of the migration a job is about."""
    return int(str(load_values(payload)["migration"]))


def deployment_of(session: Session, key: str, version: int) -> Deployment:
    """Return a version of a procedure; raises `NotFound`."""
    found = session.scalars(
        select(Deployment).where(Deployment.key == key, Deployment.version == version)
    ).first()
    if found is None:
        raise NotFound(f"流程“{key}”没有第 {version} 版。", "请核对流程标识和版本号。")
    return found


def require_other(source: Deployment, target: Deployment) -> None:
    """Refuse to migrate a version to itself."""
    if source.id == target.id:
        raise Invalid("原版本与目标版本相同。", "请选择两个不同的版本。")
