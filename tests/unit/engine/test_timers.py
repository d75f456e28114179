from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.errors import ExpressionError
from engine.timers import Timer, TimerKind, arm, has_calendar_cycle, is_literal
from tests.unit.engine.case import NOW


@pytest.mark.parametrize(
    ("kind", "value", "due"),
    [
        (TimerKind.DATE, date(2026, 7, 1), "2026-06-30T16:00:00+00:00"),
        (TimerKind.DATE, "2026-07-01", "2026-06-30T16:00:00+00:00"),
        (TimerKind.DATE, "2026-07-01T08:00:00+08:00", "2026-07-01T00:00:00+00:00"),
        (TimerKind.DATE, "2026-07-01T00:00:00Z", "2026-07-01T00:00:00+00:00"),
        (TimerKind.DATE, datetime(2026, 7, 1, tzinfo=UTC), "2026-07-01T00:00:00+00:00"),
        (TimerKind.DURATION, timedelta(days=2), "2026-06-03T01:00:00+00:00"),
        (TimerKind.DURATION, "PT90M", "2026-06-01T02:30:00+00:00"),
        (TimerKind.DURATION, "P1Y2M", "2027-08-01T01:00:00+00:00"),
        (TimerKind.DURATION, "P2W", "2026-06-15T01:00:00+00:00"),
        (TimerKind.CYCLE, "R3/PT10H", "2026-06-01T11:00:00+00:00"),
        (TimerKind.CYCLE, "R/2026-07-01/P1D", "2026-06-30T16:00:00+00:00"),
    ],
)
def test_when_a_timer_is_due(kind: TimerKind, value: Any, due: str) -> None:
    assert due == arm(kind, value, NOW).due.isoformat()


@pytest.mark.parametrize(
    ("now", "period", "due"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), "P1M", datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), "P1Y", datetime(2029, 2, 28, tzinfo=UTC)),
        (datetime(2026, 3, 31, tzinfo=UTC), "-P1M", datetime(2026, 2, 28, tzinfo=UTC)),
    ],
)
def test_month_ends_are_clamped(now: datetime, period: str, due: datetime) -> None:
    assert due == arm(TimerKind.DURATION, period, now).due


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TimerKind.DATE, None),
        (TimerKind.DATE, "tomorrow"),
        (TimerKind.DATE, 5),
        (TimerKind.DURATION, "P"),
        (TimerKind.DURATION, "PT"),
        (TimerKind.DURATION, "5 days"),
        (TimerKind.DURATION, "P99999999Y"),
        (TimerKind.CYCLE, "P1D"),
        (TimerKind.CYCLE, "R/P1M"),
        (TimerKind.CYCLE, "R0/P1D"),
        (TimerKind.CYCLE, "R/PT0S"),
    ],
)
def test_nonsense_is_refused(kind: TimerKind, value: Any) -> None:
    with pytest.raises(ExpressionError):
        arm(kind, value, NOW)


def test_a_cycle_counts_down() -> None:
    first = arm(TimerKind.CYCLE, "R2/P1D", NOW)
    second = first.next_cycle()
    assert second is not None
    assert (first.due + timedelta(days=1), 1) == (second.due, second.left)
    assert second.next_cycle() is None


def test_a_timer_survives_saving() -> None:
    timer = arm(TimerKind.CYCLE, "R2/P1D", NOW)
    assert timer == Timer.from_plain(timer.to_plain())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("P1M", True), ("R3/PT1H", True), ("2026-06-01", True), ("now()", False), ("P", False)],
)
def test_literals(text: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert expected == is_literal(text)


def test_cycles_over_months_are_known() -> None:
    assert has_calendar_cycle("R/P1M")
    assert not has_calendar_cycle("R/P1D")
