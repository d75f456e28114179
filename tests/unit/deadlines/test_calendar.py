"""Counting time: month ends, working days, adjustments, provisional years."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.calendar import DateOutOfRange, PeriodInvalid, WorkingCalendar, add_period
from engine.feel import compile_expression
from engine.functions import feel_functions
from services.calendars import YearNotice, load_calendar


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return load_calendar()


@pytest.mark.parametrize(
    ("start", "iso", "end"),
    [
        (date(2026, 1, 31), "P1M", date(2026, 2, 28)),
        (date(2028, 1, 31), "P1M", date(2028, 2, 29)),
        (date(2028, 2, 29), "P1Y", date(2029, 2, 28)),
        (date(2028, 2, 29), "P12M", date(2029, 2, 28)),
        (date(2026, 8, 31), "P6M", date(2027, 2, 28)),
        (date(2026, 6, 1), "P1M", date(2026, 7, 1)),
        (date(2026, 12, 31), "P2M", date(2027, 2, 28)),
        (date(2026, 11, 30), "P1Y6M", date(2028, 5, 30)),
        (date(2026, 6, 1), "P5D", date(2026, 6, 6)),
        (date(2026, 1, 31), "P1M1D", date(2026, 3, 1)),
        (date(2026, 6, 1), "P2W", date(2026, 6, 15)),
        (date(2026, 6, 1), "P0D", date(2026, 6, 1)),
    ],
)
def test_natural_periods_clamp_month_ends(start: date, iso: str, end: date) -> None:
    assert end == add_period(start, iso)


@pytest.mark.parametrize("iso", ["", "P", "1M", "P1", "PT5H", "P-1M", "P1.5M", "P1D1M", "p1m"])
def test_what_is_no_period_is_refused(iso: str) -> None:
    with pytest.raises(PeriodInvalid):
        add_period(date(2026, 6, 1), iso)


def test_dates_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(DateOutOfRange):
        add_period(date(9999, 12, 1), "P1M")
    with pytest.raises(DateOutOfRange):
        add_period(date(9999, 12, 31), "P1D")


def test_the_official_adjustments_of_2026(calendar: WorkingCalendar) -> None:
    worked = {(d.month, d.day) for d in calendar.working_days if d.year == 2026}
    assert {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)} == worked
    weekday_holidays = {d for d in calendar.holidays if d.year == 2026 and d.weekday() < 5}
    assert len(weekday_holidays) == 19
    national_day = [date(2026, 10, day) for day in range(1, 8)]
    assert not any(map(calendar.is_working_day, national_day))


def test_years_up_to_2026_are_published(calendar: WorkingCalendar) -> None:
    assert frozenset(range(2014, 2027)) == calendar.published_years


@pytest.mark.parametrize(
    ("start", "start_counts", "end"),
    [
        (date(2026, 9, 28), True, date(2026, 10, 9)),
        (date(2026, 9, 28), False, date(2026, 10, 10)),
        (date(2026, 10, 1), True, date(2026, 10, 13)),
        (date(2026, 10, 1), False, date(2026, 10, 13)),
        (date(2026, 6, 1), True, date(2026, 6, 5)),
        (date(2026, 6, 1), False, date(2026, 6, 8)),
    ],
)
def test_five_working_days(
    calendar: WorkingCalendar, start: date, *, start_counts: bool, end: date
) -> None:
    counted = calendar.add_working_days(start, 5, start_counts=start_counts)
    assert (end, False) == (counted.date, counted.provisional)


def test_zero_working_days_is_the_start_itself(calendar: WorkingCalendar) -> None:
    assert (
        date(2026, 10, 1) == calendar.add_working_days(date(2026, 10, 1), 0, start_counts=True).date
    )


@pytest.mark.parametrize("n", [-1, 10_001])
def test_unreasonable_counts_are_refused(calendar: WorkingCalendar, n: int) -> None:
    with pytest.raises(DateOutOfRange):
        calendar.add_working_days(date(2026, 6, 1), n, start_counts=True)


def test_counting_stops_at_the_end_of_time() -> None:
    with pytest.raises(DateOutOfRange):
        load_calendar(()).add_working_days(date(9999, 12, 30), 5, start_counts=False)


def test_a_year_without_calendar_makes_the_result_provisional(calendar: WorkingCalendar) -> None:
    notice = calendar.add_working_days(date(2027, 9, 7), 5, start_counts=True)
    assert (date(2027, 9, 13), True) == (notice.date, notice.provisional)
    across = calendar.add_working_days(date(2026, 12, 30), 5, start_counts=True)
    assert across.provisional


def test_statutory_holidays_count_even_before_the_notice(calendar: WorkingCalendar) -> None:
    assert not calendar.is_working_day(date(2027, 10, 1))


def test_count_includes_both_ends(calendar: WorkingCalendar) -> None:
    assert calendar.count(date(2026, 9, 28), date(2026, 10, 9)).days == 5
    assert calendar.count(date(2026, 10, 9), date(2026, 9, 28)).days == 0
    assert calendar.count(date(2026, 10, 10), date(2026, 10, 11)).days == 1


def test_counting_over_centuries_is_refused(calendar: WorkingCalendar) -> None:
    with pytest.raises(DateOutOfRange):
        calendar.count(date(1900, 1, 1), date(2026, 1, 1))


def test_a_loaded_notice_replaces_the_year() -> None:
    notice = YearNotice(
        2027, frozenset({date(2027, 9, 8)}), working_days=frozenset({date(2027, 9, 11)})
    )
    loaded = load_calendar((2026, 2027), (notice,))
    counted = loaded.add_working_days(date(2027, 9, 7), 5, start_counts=True)
    assert (date(2027, 9, 13), False) == (counted.date, counted.provisional)
    assert not loaded.is_working_day(date(2027, 9, 8))
    assert loaded.is_working_day(date(2027, 10, 1))  # the notice is the whole truth


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add working days(start, 5)", date(2026, 10, 9)),
        ("working days(start, date(2026, 10, 9))", Decimal(5)),
        ("add working days(missing, 5)", None),
        ("add working days(start, -1)", None),
        ('add working days(start, "5")', None),
        ("working days(start, missing)", None),
        ("add working days(date(9999, 12, 30), 5)", None),
        ("working days(date(1900, 1, 1), start)", None),
        ("today()", date(2026, 6, 2)),
        ("today() > start", False),
    ],
)
def test_functions_in_expressions(calendar: WorkingCalendar, text: str, expected: object) -> None:
    now = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)  # already 2 June in Shanghai
    value = compile_expression(text).evaluate(
        {"start": date(2026, 9, 28)}, feel_functions(calendar, now)
    )
    assert expected == value
