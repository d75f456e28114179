"""Where `now` comes from; nothing else in the product reads the wall clock for business dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """A source of the present moment."""

    def now(self) -> datetime:
        """Return the present as an aware datetime in Asia/Shanghai."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the wall-clock time."""
        return datetime.now(SHANGHAI)


class ShiftedClock:
    """The machine's clock moved by an offset that is asked for each time.

    The demo lets its users travel in time; the offset lives in the database so that web and worker
    agree on it.
    """

    def __init__(self, offset: OffsetSource) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """Return the wall-clock time plus the offset."""
        return datetime.now(SHANGHAI) + self._offset()


class OffsetSource(Protocol):
    """Tells by how much the demo clock is ahead."""

    def __call__(self) -> timedelta:
        """Return the present offset."""
        ...


class FixedClock:
    """A clock that stands still until it is moved; for tests, scenarios and seeds."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(SHANGHAI)

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move to a moment."""
        self._now = now.astimezone(SHANGHAI)

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        self._now += by


def at_start_of_day(day: date) -> datetime:
    """Return 00:00 Asia/Shanghai of the day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
