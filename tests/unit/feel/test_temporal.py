"""Dates, times, durations and their arithmetic, by the calendar the regulations count with."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.feel import YearMonthDuration, compile_expression, render


def local(*parts: int) -> dt.datetime:
    """Return a date and time without zone, which FEEL has too."""
    return dt.datetime(*parts, tzinfo=None)  # type: ignore[arg-type,misc] # noqa: DTZ001 - see above


def feel(text: str, **context: object) -> Any:
    return compile_expression(text).evaluate(context)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2028-01-31", "P1M", "2028-02-29"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-03-31", "-P1M", "2026-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-08-31", "P6M", "2027-02-28"),
    ],
)
def test_a_missing_day_becomes_the_last_of_the_month(
    start: Any, months: Any, expected: Any
) -> None:
    context = {"start": dt.date.fromisoformat(start)}
    expression = compile_expression(f'start + duration("{months}")')
    assert dt.date.fromisoformat(expected) == expression.evaluate(context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2026-01-31"', dt.date(2026, 1, 31)),
        ('date("2026-01-31")', dt.date(2026, 1, 31)),
        ("date(2026, 1, 31)", dt.date(2026, 1, 31)),
        ('@"2026-01-31T09:30:00"', local(2026, 1, 31, 9, 30)),
        ('@"09:30:00"', dt.time(9, 30)),
        ('date and time("2026-01-31T24:00:00")', local(2026, 2, 1)),
        ('date and time("2026-01-31")', local(2026, 1, 31)),
        ('date and time(@"2026-01-31", @"09:30:00")', local(2026, 1, 31, 9, 30)),
        ('date(@"2026-01-31T09:30:00")', dt.date(2026, 1, 31)),
        (
            'time(9, 30, 0, duration("PT8H"))',
            dt.time(9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        ),
        ('duration("P1DT2H3M4.5S")', dt.timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ('duration("-P10D")', dt.timedelta(days=-10)),
        ('@"P1Y6M"', YearMonthDuration(18)),
        (
            'years and months duration(@"2026-01-31", @"2027-03-30")',
            YearMonthDuration(13),
        ),
        ('@"2026-01-31" + @"P10D"', dt.date(2026, 2, 10)),
        ('@"2026-03-01" - @"P1D"', dt.date(2026, 2, 28)),
        ('@"2026-03-01" - @"2026-02-01"', dt.timedelta(days=28)),
        ('@"2026-01-31T23:00:00" + @"PT2H"', local(2026, 2, 1, 1)),
        ('@"23:00:00" + @"PT2H"', dt.time(1)),
        ('@"01:00:00" - @"23:00:00"', dt.timedelta(hours=-22)),
        ('2 * @"P1Y"', YearMonthDuration(24)),
        ('@"P1D" / 2', dt.timedelta(hours=12)),
        ('@"P1D" / @"PT6H"', 4),
        ('@"P1Y" / @"P1M"', 12),
        ('-@"P1M"', YearMonthDuration(-1)),
        ('@"2026-01-31".month', 1),
        ('@"2026-01-31".weekday', 6),
        ('@"-P1Y6M".months', -6),
        ('@"P1DT25H".days', 2),
        ('@"P1DT25H".hours', 1),
        ('@"09:30:00+08:00".time offset', dt.timedelta(hours=8)),
        ('@"09:30:00@Asia/Shanghai".timezone', "Asia/Shanghai"),
    ],
)
def test_value(text: str, expected: Any) -> None:
    assert expected == feel(text)


def test_zones_move_along_the_time_line() -> None:
    value = feel('@"2026-03-29T01:30:00@Europe/Paris" + @"PT1H"')
    assert dt.datetime(2026, 3, 29, 3, 30, tzinfo=ZoneInfo("Europe/Paris")) == value
    assert render(value) == "2026-03-29T03:30:00@Europe/Paris"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2026-01-31" < @"2026-02-01"', True),
        ('@"2026-01-31T00:00:00Z" = @"2026-01-31T08:00:00+08:00"', True),
        ('is(@"2026-01-31T00:00:00Z", @"2026-01-31T08:00:00+08:00")', False),
        ('@"2026-01-31T00:00:00Z" < @"2026-01-31T08:00:00"', None),
        ('@"09:00:00" < @"10:00:00"', True),
        ('@"P1Y" > @"P11M"', True),
        ('@"P1M" > @"P30D"', None),
        ('@"2026-01-31" = @"2026-01-31T00:00:00"', None),
    ],
)
def test_comparison(text: str, expected: Any) -> None:
    assert expected is feel(text)


@pytest.mark.parametrize(
    "text",
    [
        'date("2026-02-30")',
        'date("2026-2-3")',
        'date("26-02-03")',
        "date(2026, 13, 1)",
        "date(2026, 1.5, 1)",
        'time("25:00:00")',
        'time("09:00:00@Nowhere/City")',
        'date and time("9999-12-31T24:00:00")',
        'duration("P1Y1D")',
        'duration("P")',
        'duration("PT")',
        'duration("P999999999999D")',
        '@"昨天"',
        '@"9999-12-31" + @"P1M"',
        '@"9999-12-31" + @"P1D"',
        '@"2026-01-01" + 1',
    ],
)
def test_impossible_value_is_null_with_a_warning(text: str) -> None:
    value, warnings = compile_expression(text).evaluate_with_warnings()
    assert value is None
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31", "09:30:00.25", "2026-01-31T09:30:00+08:00", "09:30:00Z", "P1DT2H"),
        *("-P1Y6M", "PT0.5S", "P0M", "PT0S", "09:30:00@Asia/Shanghai", "10:00:00+05:30:15"),
    ],
)
def test_literals_are_written_as_they_are_read(text: str) -> None:
    assert text == feel(f'string(@"{text}")')
