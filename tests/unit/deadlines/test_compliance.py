"""Which acts may be entered."""

from __future__ import annotations

from datetime import date

import pytest

from engine.calendar import WorkingCalendar
from engine.compliance import BreachSeverity, check_act, rule_version_for
from engine.definition import Procedure
from engine.model import Variables

TODAY = date(2030, 1, 1)
BLOCK, WARN, LATE = BreachSeverity.BLOCK, BreachSeverity.WARN, BreachSeverity.LATE


def breaches(
    procedure: Procedure,
    calendar: WorkingCalendar,
    element: str,
    acted_on: date,
    known: Variables,
    submitted: Variables | None = None,
    *,
    today: date = TODAY,
    not_before: date | None = None,
) -> list[tuple[str, BreachSeverity]]:
    found = check_act(
        procedure,
        element,
        acted_on,
        known,
        submitted or {},
        calendar,
        today,
        not_before=not_before,
    )
    return [(breach.rule, breach.severity) for breach in found]


@pytest.mark.parametrize(
    ("acted_on", "expected"),
    [(date(2026, 7, 1), []), (date(2026, 7, 2), [("MD-02", LATE)])],
)
def test_late_acts_need_a_reason_and_are_not_refused(
    procedure: Procedure,
    calendar: WorkingCalendar,
    acted_on: date,
    expected: list[tuple[str, BreachSeverity]],
) -> None:
    known: Variables = {"start_on": date(2026, 6, 1)}
    assert expected == breaches(procedure, calendar, "talk", acted_on, known)


@pytest.mark.parametrize(
    ("acted_on", "expected"),
    [(date(2026, 10, 8), [("MD-08", BLOCK)]), (date(2026, 10, 10), [])],
)
def test_too_early_acts_are_refused(
    procedure: Procedure,
    calendar: WorkingCalendar,
    acted_on: date,
    expected: list[tuple[str, BreachSeverity]],
) -> None:
    known: Variables = {"notice_on": date(2026, 9, 28)}
    found = breaches(procedure, calendar, "list", acted_on, known, today=date(2026, 10, 30))
    assert expected == found


def test_a_due_rule_that_only_warns_asks_for_no_reason(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    known: Variables = {"notice_on": date(2026, 9, 28)}
    found = breaches(
        procedure, calendar, "list", date(2026, 10, 30), known, today=date(2026, 10, 30)
    )
    assert found == [("MD-90", WARN)]


def test_an_unverified_source_never_blocks(procedure: Procedure, calendar: WorkingCalendar) -> None:
    known: Variables = {"notice_on": date(2026, 9, 28), "urgent": True}
    found = breaches(
        procedure, calendar, "list", date(2026, 10, 12), known, today=date(2026, 10, 30)
    )
    assert found == [("MD-91", WARN)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1, [("MD-50", BLOCK)]), (4, []), (9, [("MD-51", WARN)]), (None, [])],
)
def test_checks_see_what_was_submitted(
    procedure: Procedure,
    calendar: WorkingCalendar,
    hours: int | None,
    expected: list[tuple[str, BreachSeverity]],
) -> None:
    known: Variables = {"start_on": date(2026, 6, 1), "hours": 4}
    found = breaches(procedure, calendar, "talk", date(2026, 6, 12), known, {"hours": hours})
    assert expected == found


def test_checks_know_the_date_of_the_act_and_today(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    found = breaches(procedure, calendar, "list", date(2026, 6, 1), {}, today=date(2027, 6, 2))
    assert found == [("MD-52", WARN)]


def test_breaches_cite_their_article(procedure: Procedure, calendar: WorkingCalendar) -> None:
    (breach,) = check_act(
        procedure,
        "talk",
        date(2026, 6, 12),
        {"start_on": date(2026, 6, 1)},
        {"hours": 1},
        calendar,
        TODAY,
    )
    assert breach.message == "谈话学时不足。"
    assert str(breach.citation) == "《中国共产党发展党员工作细则》（2026年）第七条"


def test_the_future_cannot_be_entered(procedure: Procedure, calendar: WorkingCalendar) -> None:
    found = breaches(procedure, calendar, "talk", date(2026, 6, 13), {}, today=date(2026, 6, 12))
    assert found == [("act-in-future", BLOCK)]


def test_acts_follow_each_other(procedure: Procedure, calendar: WorkingCalendar) -> None:
    first = date(2026, 6, 12)
    before = breaches(procedure, calendar, "talk", date(2026, 6, 11), {}, not_before=first)
    assert before == [("act-order", BLOCK)]
    assert breaches(procedure, calendar, "talk", first, {}, not_before=first) == []


def test_blocking_breaches_come_first(procedure: Procedure, calendar: WorkingCalendar) -> None:
    known: Variables = {"start_on": date(2026, 6, 1)}
    found = breaches(procedure, calendar, "talk", date(2026, 8, 1), known, {"hours": 1})
    assert found == [("MD-50", BLOCK), ("MD-02", LATE)]


def test_a_loop_counts_from_the_previous_act(
    procedure: Procedure, calendar: WorkingCalendar
) -> None:
    # The submitted facts already carry the new date under the same name.
    known: Variables = {"notice_on": date(2026, 9, 28)}
    submitted = {"notice_on": date(2026, 10, 8)}
    found = breaches(
        procedure,
        calendar,
        "list",
        date(2026, 10, 10),
        known,
        submitted,
        today=date(2026, 10, 30),
    )
    assert found == []


@pytest.mark.parametrize(
    ("acted_on", "version"), [(date(2026, 5, 17), "2014"), (date(2026, 5, 18), "2026")]
)
def test_the_date_of_the_act_chooses_the_rules(
    procedure: Procedure, acted_on: date, version: str
) -> None:
    assert version == rule_version_for(procedure, acted_on)
