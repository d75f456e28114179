"""Reading the installation, for the system administrator only; no content of any case."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, make_url, or_, select, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from engine.model import InstanceStatus
from services.bootstrap import Application
from services.clock import SHANGHAI
from services.documents.models import Attachment
from services.identity.consent import require_role
from services.identity.roles import Administrator, AdministratorRole
from services.jobs.models import Job, JobKind, JobState
from services.migrations.commands import newest_version
from services.organizations.models import Organization
from services.oversight.views import (
    Condition,
    IncidentCount,
    JobBoard,
    JobItem,
    SettingItem,
    VersionItem,
)
from services.people.models import Person
from services.processes.models import Deployment, ProcessInstance

JOBS_SHOWN = 100
RUNNING = (InstanceStatus.ACTIVE, InstanceStatus.SUSPENDED, InstanceStatus.INCIDENT)
JOB_KIND_NAMES: Mapping[JobKind, str] = {
    JobKind.FIRE_TIMERS: "定时到期",
    JobKind.MIGRATE_INSTANCES: "版本迁移",
    JobKind.DELIVER_MESSAGE: "送达消息",
    JobKind.BROADCAST_SIGNAL: "发布信号",
    JobKind.DELIVER_SIGNAL: "送达信号",
    JobKind.START_BY_TIMER: "定时发起",
    JobKind.START_BY_CONDITION: "按条件发起",
    JobKind.OPEN_CASE: "发起办件",
    JobKind.REVIEW_STAFFING: "复核办理人",
    JobKind.ANCHOR_JOURNALS: "每日存证",
    JobKind.CLEAR_UPLOADS: "清理未提交的附件",
    JobKind.IMPORT_ROSTER: "导入名册",
    JobKind.FORGET_ROSTER: "清理导入数据",
}
_ADDRESSES = frozenset({"database_url", "broker_url"})
"""Settings that may hold a password inside an address."""


def versions(app: Application, administrator: Administrator) -> tuple[VersionItem, ...]:
    """Return every deployed version, by procedure, the newest first."""
    require_role(administrator, AdministratorRole.SYSTEM)
    running = (
        select(ProcessInstance.deployment_id, func.count().label("cases"))
        .where(ProcessInstance.status.in_(RUNNING))
        .group_by(ProcessInstance.deployment_id)
        .subquery()
    )
    query = (
        select(Deployment, func.coalesce(running.c.cases, 0))
        .outerjoin(running, running.c.deployment_id == Deployment.id)
        .order_by(Deployment.key, Deployment.version.desc())
    )
    with app.database.read() as session:
        rows = session.execute(query).all()
    newest = {row.key: row.version for row, _ in reversed(rows)}
    return tuple(
        VersionItem(
            key=row.key,
            title=row.title,
            version=row.version,
            label=row.label,
            sha256=row.sha256,
            deployed_at=row.deployed_at.astimezone(SHANGHAI),
            running=cases,
            is_newest=newest[row.key] == row.version,
        )
        for row, cases in rows
    )


def job_board(app: Application, administrator: Administrator) -> JobBoard:
    """Return how the queue stands, with the jobs that were given up, failed before, or are late."""
    require_role(administrator, AdministratorRole.SYSTEM)
    now = app.clock.now()
    is_open = Job.state == JobState.OPEN
    is_overdue = and_(is_open, Job.run_at <= now)
    is_failed = Job.state == JobState.FAILED
    troubled = or_(is_failed, is_overdue, and_(is_open, Job.attempts > 0))
    with app.database.read() as session:
        rows = session.scalars(
            select(Job)
            .where(troubled)
            .order_by(Job.state.desc(), Job.run_at, Job.id)
            .limit(JOBS_SHOWN)
        ).all()
        return JobBoard(
            open=_count(session, Job.id, is_open),
            overdue=_count(session, Job.id, is_overdue),
            failed=_count(session, Job.id, is_failed),
            items=tuple(
                JobItem(
                    id=row.id,
                    kind_name=JOB_KIND_NAMES[row.kind],
                    state=row.state,
                    run_at=row.run_at.astimezone(SHANGHAI),
                    attempts=row.attempts,
                    # What follows the kind may quote what somebody filled in.
                    error=row.error.split(":", 1)[0][:80],
                )
                for row in rows
            ),
        )


def incidents(app: Application, administrator: Administrator) -> tuple[IncidentCount, ...]:
    """Return by version of a procedure how many cases stand still because of an incident."""
    require_role(administrator, AdministratorRole.SYSTEM)
    query = (
        select(Deployment.title, Deployment.version, func.count(ProcessInstance.id))
        .join(ProcessInstance, ProcessInstance.deployment_id == Deployment.id)
        .where(ProcessInstance.status == InstanceStatus.INCIDENT)
        .group_by(Deployment.title, Deployment.version)
        .order_by(Deployment.title, Deployment.version)
    )
    with app.database.read() as session:
        return tuple(IncidentCount(*row) for row in session.execute(query))


def settings_in_force(app: Application, administrator: Administrator) -> tuple[SettingItem, ...]:
    """Return every setting with its meaning; of secrets only whether they are set."""
    require_role(administrator, AdministratorRole.SYSTEM)
    items = []
    for setting in fields(app.settings):
        value = getattr(app.settings, setting.name)
        if not setting.repr:
            shown = "（已设置，不显示）" if value else ""
        else:
            shown = _without_password(value) if setting.name in _ADDRESSES else value
        items.append(
            SettingItem(
                variable=f"DANGWU_{setting.name.upper()}",
                meaning=setting.metadata["help"],
                value=shown,
                is_default=value == setting.default,
            )
        )
    return tuple(items)


def condition(app: Application, administrator: Administrator) -> Condition:
    """Return the state of database and data folder."""
    require_role(administrator, AdministratorRole.SYSTEM)
    data = Path(app.settings.data_dir).resolve()
    disk = shutil.disk_usage(data)
    with app.database.read() as session:
        installed = session.scalar(text("SELECT version_num FROM alembic_version"))
        size = session.scalar(select(func.coalesce(func.sum(Attachment.size), 0))) or 0
        return Condition(
            database=_without_password(app.settings.database),
            installed_version=str(installed or ""),
            needed_version=newest_version(),
            data_dir=str(data),
            attachments=_count(session, Attachment.id),
            attachments_size=int(size),
            disk_free=disk.free,
            disk_size=disk.total,
            people=_count(session, Person.id),
            organizations=_count(session, Organization.id),
            cases=_count(session, ProcessInstance.id),
        )


def _count(session: Session, column: Any, *where: Any) -> int:
    return session.scalar(select(func.count(column)).where(*where)) or 0


def _without_password(address: str) -> str:
    try:
        return make_url(address).render_as_string(hide_password=True) if address else ""
    except ArgumentError:
        return "（地址格式有误，不显示）"
