"""What is kept for how long and why: the one table of retention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.bootstrap import Application
from services.identity.models import LoginSession
from services.notifications.models import Notification
from services.processes.models import ProcessInstance
from services.retention.models import RecordKind


@dataclass(frozen=True, slots=True)
class Period:
    """How long records of a kind are kept: the setting in days, and where that comes from."""

    name: str
    setting: str
    source: str
    is_verified: bool
    id: InstrumentedAttribute[int]
    is_past: Callable[[datetime], ColumnElement[bool]]

    def days(self, app: Application) -> int:
        """Return the period in force, in days."""
        return int(getattr(app.settings, self.setting))


def _read_and_over(before: datetime) -> ColumnElement[bool]:
    """Notices read before, and of no case that still goes on."""
    going_on = select(ProcessInstance.id).where(ProcessInstance.ended_at.is_(None))
    return (Notification.read_at < before) & (
        Notification.instance_id.is_(None) | Notification.instance_id.not_in(going_on)
    )


PERIODS: Mapping[RecordKind, Period] = {
    RecordKind.READ_NOTICES: Period(
        "已阅的通知",
        "keep_notices_days",
        "没有找到规定保管期限的条款，天数由本单位确定。",
        is_verified=False,
        id=Notification.id,
        is_past=_read_and_over,
    ),
    RecordKind.LOGIN_SESSIONS: Period(
        "登录会话（时间、网络地址、浏览器）",
        "keep_sessions_days",
        "《网络安全法》：网络日志留存不少于六个月（条次待核实）。",
        is_verified=False,
        id=LoginSession.id,
        is_past=lambda before: LoginSession.seen_at < before,
    ),
}

PERMANENT = (
    ("办件、流转记录、审批意见和材料附件", "党务档案，永久保管；记录只增不改，数据库拒绝改动。"),
    ("登记簿（含登录、查阅敏感信息、导出）和每日存证", "逐条相连，删去一条即不能核对，永久保管。"),
    ("组织、人员、任职和组织关系", "只终止不删除。"),
)
"""What this context never touches, and why."""


def cut_off(app: Application, kind: RecordKind) -> datetime:
    """Return before when records of a kind are past their period; sessions go by machine time."""
    now = app.wall.now() if kind is RecordKind.LOGIN_SESSIONS else app.clock.now()
    return now - timedelta(days=PERIODS[kind].days(app))


def past_ids(session: Session, kind: RecordKind, before: datetime) -> list[int]:
    """Return the ids of the records past their period, in order."""
    period = PERIODS[kind]
    return list(
        session.scalars(select(period.id).where(period.is_past(before)).order_by(period.id))
    )


def digest_of(ids: Iterable[int]) -> str:
    """Return the SHA-256 over ids, one a line."""
    return sha256("".join(f"{record}\n" for record in ids).encode()).hexdigest()
