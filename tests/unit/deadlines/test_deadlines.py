"""Time limits with their reasons, and the lights beside them."""

from __future__ import annotations

from datetime import date

import pytest

from engine.calendar import WorkingCalendar
from engine.citations import SourceStatus
from engine.deadlines import DeadlineKind, Light, Unit, deadlines_for, light, period_words
from engine.definition import Procedure
from engine.model import Variables


def test_a_due_date_says_why(procedure: Procedure, calendar: WorkingCalendar) -> None:
    (limit,) = deadlines_for(procedure, "talk", {"start_on": date(2026, 6, 1)}, "2026", calendar)
    assert (DeadlineKind.DUE, date(2026, 7, 1)) == (limit.kind, limit.date)
    assert limit.explanation == (
        "自2026年6月1日（收到入党申请书之日）起一个月内，至2026年7月1日。"
        "依据：《中国共产党发展党员工作细则》（2026年）第七条"
    )
    assert SourceStatus.VERIFIED is limit.citation.status


def test_without_the_base_fact_there_is_no_date(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    (limit,) = deadlines_for(procedure, "talk", {}, "2026", calendar)
    assert limit.date is None
    assert limit.base_date is None
    assert limit.explanation.startswith("自收到入党申请书之日起一个月内。")


def test_a_minimum_period_is_reached_on_the_anniversary(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    (limit,) = deadlines_for(procedure, "notice", {"talk_on": date(2028, 2, 29)}, "2026", calendar)
    assert date(2029, 2, 28) == limit.date
    assert "满一年后方可办理，最早2029年2月28日" in limit.explanation


def test_five_full_working_days_over_national_day(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    notice, due = deadlines_for(
        procedure, "list", {"notice_on": date(2026, 9, 28)}, "2026", calendar
    )
    # Last day of the notice is Friday 9 October; the act is possible from the day after.
    assert (date(2026, 10, 10), False) == (notice.date, notice.provisional)
    assert date(2026, 10, 16) == due.date  # ten working days, start day not counted


def test_dates_in_an_unpublished_year_are_provisional(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    notice, _ = deadlines_for(procedure, "list", {"notice_on": date(2027, 9, 7)}, "2026", calendar)
    assert (date(2027, 9, 14), True) == (notice.date, notice.provisional)
    assert "暂定" in notice.explanation


def test_rows_depend_on_the_rule_version(procedure: Procedure, calendar: WorkingCalendar) -> None:
    assert deadlines_for(procedure, "list", {}, "2014", calendar) == ()


def test_rows_may_have_a_condition(procedure: Procedure, calendar: WorkingCalendar) -> None:
    facts: Variables = {"notice_on": date(2026, 9, 28), "urgent": True}
    rules = [d.rule for d in deadlines_for(procedure, "list", facts, "2026", calendar)]
    assert rules == ["MD-08", "MD-90", "MD-91"]


@pytest.mark.parametrize(
    ("today", "level", "text"),
    [
        (date(2020, 9, 30), Light.NORMAL, "剩余2191天"),
        (date(2026, 9, 21), Light.NORMAL, "剩余6个工作日"),
        (date(2026, 9, 27), Light.SOON, "剩余3个工作日"),
        (date(2026, 9, 29), Light.SOON, "剩余1个工作日"),
        (date(2026, 9, 30), Light.TODAY, "今日到期"),
        (date(2026, 10, 2), Light.OVERDUE, "逾期2天"),
    ],
)
def test_the_light_of_a_due_date(
    calendar: WorkingCalendar, today: date, level: Light, text: str
) -> None:
    found = light(date(2026, 9, 30), today, calendar)
    assert (level, text) == (found.light, found.text)


@pytest.mark.parametrize(
    ("iso", "unit", "words"),
    [
        ("P1M", Unit.NATURAL, "一个月"),
        ("P2M", Unit.NATURAL, "两个月"),
        ("P6M", Unit.NATURAL, "六个月"),
        ("P12M", Unit.NATURAL, "一年"),
        ("P1Y6M", Unit.NATURAL, "一年六个月"),
        ("P5D", Unit.WORKING, "五个工作日"),
        ("P10D", Unit.NATURAL, "十日"),
        ("P15D", Unit.NATURAL, "十五日"),
        ("P90D", Unit.NATURAL, "九十日"),
        ("P120D", Unit.NATURAL, "120日"),
        ("P0D", Unit.NATURAL, ""),
    ],
)
def test_periods_in_words(iso: str, unit: Unit, words: str) -> None:
    assert words == period_words(iso, unit)
