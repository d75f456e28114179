"""By how much the sample world is ahead of the wall clock: one row, read by every process."""

from __future__ import annotations

import time
from datetime import timedelta
from weakref import WeakKeyDictionary

from services.db import Database
from services.demo.models import DemoClock

ROW_ID = 1
CACHE_SECONDS = 1.0

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


def move_ahead(database: Database, step: timedelta) -> None:
    """Put the sample world further ahead."""
    with database.write() as session:
        row = session.get(DemoClock, ROW_ID, with_for_update=True)
        if row is None:
            row = DemoClock(id=ROW_ID, offset_seconds=0)
            session.add(row)
        row.offset_seconds += int(step.total_seconds())
    _read.pop(database, None)
