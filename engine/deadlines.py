"""Deadlines and minimum periods, read from the decision `deadlines` with their articles.

"due": the act should be done by base + period.  "earliest": the act may not be done before base +
period.  Natural periods clamp month ends.  Working days: a "due" period starts on the day after the
base (民法典 201); an "earliest" period means n full working days with the base day counted (公示),
and the act is possible from the day after the last of them.  Nothing is moved from a day off to the
next working day.  A date that depends on a year without published calendar is provisional.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.calendar import CountedDate, Period, WorkingCalendar
from engine.citations import Citation
from engine.feel import compile_expression
from engine.functions import (
    SHANGHAI,
    FeelFunctions,
    calendar_functions,
    feel_functions,
)
from engine.model import Value, Variables
from engine.procedure import DEADLINES, Procedure

__all__ = [
    "Deadline",
    "DeadlineKind",
    "DueLight",
    "Light",
    "RuleSeverity",
    "Unit",
    "as_date",
    "chinese_date",
    "deadline_bases",
    "deadlines_for",
    "feel_functions",
    "light",
    "period_words",
]

_SOON_WORKING_DAYS = 3
_FAR_DAYS = 366  # beyond, working days tell nobody anything
_DIGITS = "零一二三四五六七八九"
_COUNTING_DIGITS = "零一两三四五六七八九"
_TEN = 10


class DeadlineKind(StrEnum):
    """Latest or earliest date of an act."""

    DUE = "due"
    EARLIEST = "earliest"


class Unit(StrEnum):
    """What the days of a period are."""

    NATURAL = "natural"
    WORKING = "working"


class RuleSeverity(StrEnum):
    """What a rule asks for when it is broken; an unverified source always warns only."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One time limit of one element.

    `date` and `base_date` are None while the base fact is not known.  `period` is ISO 8601.
    `explanation` is the Chinese sentence a person reads beside the date.
    """

    rule: str
    kind: DeadlineKind
    date: dt.date | None
    base: str
    base_label: str
    base_date: dt.date | None
    period: str
    unit: Unit
    severity: RuleSeverity
    citation: Citation
    provisional: bool
    explanation: str


class Light(StrEnum):
    """How near a due date is."""

    NORMAL = "normal"
    SOON = "soon"
    TODAY = "today"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class DueLight:
    """A light with its words.

    `days` are working days left; natural days when overdue or more than a year away.
    """

    light: Light
    days: int
    text: str
    provisional: bool


def deadlines_for(
    procedure: Procedure,
    element_id: str,
    variables: Variables,
    rule_version: str,
    calendar: WorkingCalendar,
) -> tuple[Deadline, ...]:
    """Return all time limits of `element_id` under `rule_version`, in table order.

    `variables` are the facts known before the act.  Rows whose `when` does not hold are left out.
    """
    if DEADLINES not in procedure.decisions:
        return ()
    functions = calendar_functions(calendar)
    result = procedure.decisions.evaluate(
        DEADLINES, {"element": element_id, "rule_version": rule_version}, functions
    )
    rows = (matched.outputs for matched in result.matched)
    return tuple(
        _deadline(procedure, row, variables, calendar)
        for row in rows
        if _applies(row.get("when"), variables, functions)
    )


def deadline_bases(procedure: Procedure) -> frozenset[str]:
    """Return the names of all variables that time limits count from."""
    if DEADLINES not in procedure.decisions:
        return frozenset()
    table = procedure.decisions[DEADLINES].table
    if table is None:
        return frozenset()
    column = next(n for n, output in enumerate(table.outputs) if output.name == "base")
    cells = (compile_expression(rule.outputs[column]).evaluate() for rule in table.rules)
    return frozenset(str(cell) for cell in cells)


def light(due: dt.date, today: dt.date, calendar: WorkingCalendar) -> DueLight:
    """Return how near `due` is on `today`: soon means at most three working days."""
    days = (due - today).days
    if days < 0:
        return DueLight(Light.OVERDUE, -days, f"逾期{-days}天", provisional=False)
    if days > _FAR_DAYS:
        return DueLight(Light.NORMAL, days, f"剩余{days}天", provisional=False)
    left = calendar.count(today + dt.timedelta(days=1), due)
    if due == today:
        return DueLight(Light.TODAY, 0, "今日到期", provisional=False)
    level = Light.SOON if left.days <= _SOON_WORKING_DAYS else Light.NORMAL
    return DueLight(level, left.days, f"剩余{left.days}个工作日", left.provisional)


def as_date(value: Value) -> dt.date | None:
    """Return the Shanghai date of a date or date-and-time value, None for anything else."""
    if isinstance(value, dt.datetime):
        return (value.astimezone(SHANGHAI) if value.tzinfo else value).date()
    return value if isinstance(value, dt.date) else None


def chinese_date(day: dt.date) -> str:
    """Return 2026年6月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def period_words(iso: str, unit: Unit) -> str:
    """Return a period as regulations write it: 一个月, 一年, 五个工作日."""
    return "".join(_period_parts(Period.parse(iso), unit))


def _period_parts(period: Period, unit: Unit) -> Iterator[str]:
    years, months = divmod(period.months, 12)
    if years:
        yield f"{_numeral(years, counting=True)}年"
    if months:
        yield f"{_numeral(months, counting=True)}个月"
    if period.days:
        counted = _numeral(period.days, counting=unit is Unit.WORKING)
        yield f"{counted}{'个工作日' if unit is Unit.WORKING else '日'}"


def _numeral(n: int, *, counting: bool) -> str:
    if n < _TEN:
        return (_COUNTING_DIGITS if counting else _DIGITS)[n]
    tens, ones = divmod(n, _TEN)
    if tens >= _TEN:
        return str(n)
    return f"{_DIGITS[tens] if tens > 1 else ''}十{_DIGITS[ones] if ones else ''}"


def _deadline(
    procedure: Procedure, row: Mapping[str, object], variables: Variables, calendar: WorkingCalendar
) -> Deadline:
    kind, unit = DeadlineKind(str(row["kind"])), Unit(str(row["days"]))
    iso, base = str(row["period"]), str(row["base"])
    citation = procedure.sources[str(row["source"])].cite(str(row["article"]))
    base_date = as_date(variables.get(base))
    end = None if base_date is None else _end(base_date, Period.parse(iso), kind, unit, calendar)
    label = str(row["base_label"])
    return Deadline(
        rule=str(row["rule"]),
        kind=kind,
        date=end.date if end else None,
        base=base,
        base_label=label,
        base_date=base_date,
        period=iso,
        unit=unit,
        severity=RuleSeverity(str(row["severity"])),
        citation=citation,
        provisional=end is not None and end.provisional,
        explanation=_explain(kind, label, base_date, period_words(iso, unit), end, citation),
    )


def _end(
    base: dt.date, period: Period, kind: DeadlineKind, unit: Unit, calendar: WorkingCalendar
) -> CountedDate:
    if unit is Unit.NATURAL or period.days == 0:
        return CountedDate(period.after(base), provisional=False)
    start = Period(period.months, 0).after(base)
    if kind is DeadlineKind.DUE:
        return calendar.add_working_days(start, period.days, start_counts=False)
    last = calendar.add_working_days(start, period.days, start_counts=True)
    return CountedDate(last.date + dt.timedelta(days=1), last.provisional)


def _explain(
    kind: DeadlineKind,
    label: str,
    base_date: dt.date | None,
    words: str,
    end: CountedDate | None,
    citation: Citation,
) -> str:
    day = label if label.endswith(("日", "时")) else f"{label}之日"
    since = f"自{day}起" if base_date is None else f"自{chinese_date(base_date)}（{day}）起"
    if kind is DeadlineKind.DUE:
        span = f"{words}内" if words else "当日"
        until = f"，至{chinese_date(end.date)}" if end else ""
    else:
        span = f"满{words}后方可办理" if words else "方可办理"
        until = f"，最早{chinese_date(end.date)}" if end else ""
    note = "（暂定：所涉年度的节假日安排尚未公布）" if end and end.provisional else ""
    return f"{since}{span}{until}{note}。依据：{citation}"


def _applies(when: object, variables: Variables, functions: FeelFunctions) -> bool:
    text = str(when or "").strip().removeprefix("=").strip()
    return not text or compile_expression(text).evaluate(variables, functions) is True
