"""The clock of the sample world: ahead of the wall clock by an offset kept in the database."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from services.db import Database
from services.demo.models import DemoClock
from services.errors import Forbidden, Invalid

if TYPE_CHECKING:
    from services.bootstrap import Application  # bootstrap itself needs `offset`

ROW_ID = 1
CACHE_SECONDS = 1.0
LATEST_YEAR = 2100

_read: WeakKeyDictionary[Database, tuple[float, timedelta]] = WeakKeyDictionary()


def offset(database: Database) -> timedelta:
    """Return by how much the sample world is ahead; at most one second old."""
    cached = _read.get(database)
    if cached is not None and time.monotonic() - cached[0] < CACHE_SECONDS:
        return cached[1]
    with database.read() as session:
        row = session.get(DemoClock, ROW_ID)
    found = timedelta(seconds=row.offset_seconds if row else 0)
    _read[database] = (time.monotonic(), found)
    return found


def shift(app: Application, *, to: date | None = None, by: timedelta | None = None) -> datetime:
    """Move the sample world forward, to a day (same time of day) or by a duration; return its now.

    Raises `Forbidden` outside the demo and `Invalid` for anything but a later moment before 2100.
    """
    if not app.settings.is_demo:
        raise Forbidden("只有示例环境可以调整时间。", "正式环境的日期以服务器时钟为准。")
    now = app.clock.now()
    if (to is None) == (by is None):
        raise Invalid(errors={"to": "请填写要前往的日期，或要前进的时间，二者择一。"})
    step = by if by is not None else timedelta(days=((to or now.date()) - now.date()).days)
    if step < timedelta(seconds=1):
        raise Invalid(errors={"to": "时间只能向前调整，请选择晚于当前日期的日子。"})
    if step > timedelta(days=366 * (LATEST_YEAR - now.year)):
        raise Invalid(errors={"to": f"请选择{LATEST_YEAR}年以前的日期。"})
    with app.database.write() as session:
        row = session.get(DemoClock, ROW_ID, with_for_update=True)
        if row is None:
            row = DemoClock(id=ROW_ID, offset_seconds=0)
            session.add(row)
        row.offset_seconds += int(step.total_seconds())
    _read.pop(app.database, None)
    return app.clock.now()
