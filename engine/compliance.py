"""Whether an act may be entered: time limits and rules on facts, each with its article.

A breach blocks only when the rule says so and its source is verified; an act after its due date is
late: it is recorded with a written reason, never refused.  Nothing here decides anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from engine.calendar import WorkingCalendar
from engine.citations import Citation
from engine.deadlines import (
    Deadline,
    DeadlineKind,
    RuleSeverity,
    chinese_date,
    deadlines_for,
)
from engine.functions import SHANGHAI, feel_functions
from engine.model import Value, Variables
from engine.procedure import CHECKS, RULE_VERSION, Procedure

FUTURE_ACT = "act-in-future"
"""Rule id: an act that has not happened yet cannot be entered.  Holds in every procedure."""

ACT_ORDER = "act-order"
"""Rule id: an act cannot be dated before the act it follows.  Holds in every procedure."""


class BreachSeverity(StrEnum):
    """What a breach asks for: nothing may be saved, a notice, or a written reason."""

    BLOCK = "block"
    WARN = "warn"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule; `message` is Chinese.  Rules of good order have no citation."""

    rule: str
    severity: BreachSeverity
    message: str
    citation: Citation | None


def rule_version_for(procedure: Procedure, acted_on: date) -> str:
    """Return the version of the regulations an act of that date falls under, e.g. "2026".

    Empty when the procedure has no decision `rule_version`.
    """
    if RULE_VERSION not in procedure.decisions:
        return ""
    context: dict[str, Value] = {procedure.act_date: acted_on}
    value = procedure.decisions.evaluate(RULE_VERSION, context).value
    return value if isinstance(value, str) else ""


def check_act(
    procedure: Procedure,
    element_id: str,
    acted_on: date,
    variables: Variables,
    submitted: Variables,
    calendar: WorkingCalendar,
    today: date,
    *,
    not_before: date | None = None,
) -> tuple[Breach, ...]:
    """Return every rule the act breaks, blocking ones first.

    `variables` are the facts known before the act (time limits count from them); `submitted` are
    the values of its form, which the checks see on top of them.  `today` and all dates are
    Asia/Shanghai.  `not_before` is the date of the latest act this one follows.
    """
    rule_version = rule_version_for(procedure, acted_on)
    facts: dict[str, Value] = {**variables, **submitted, procedure.act_date: acted_on}
    breaches = [
        *_order(acted_on, today, not_before),
        *_time_limits(
            deadlines_for(procedure, element_id, variables, rule_version, calendar), acted_on
        ),
        *_checks(procedure, element_id, rule_version, facts, calendar, today),
    ]
    # The sort is stable: within one severity the order of the tables stays.
    return tuple(sorted(breaches, key=lambda breach: breach.severity is not BreachSeverity.BLOCK))


def _order(acted_on: date, today: date, not_before: date | None) -> Iterator[Breach]:
    if acted_on > today:
        message = f"填写的日期{chinese_date(acted_on)}晚于今天，尚未发生的事项不能登记。"
        yield Breach(FUTURE_ACT, BreachSeverity.BLOCK, message, None)
    if not_before is not None and acted_on < not_before:
        message = (
            f"填写的日期{chinese_date(acted_on)}早于上一环节的日期{chinese_date(not_before)}，"
            "各环节的日期应当先后衔接。"
        )
        yield Breach(ACT_ORDER, BreachSeverity.BLOCK, message, None)


def _time_limits(deadlines: tuple[Deadline, ...], acted_on: date) -> Iterator[Breach]:
    for limit in deadlines:
        if limit.date is None:
            continue
        asked = _effective(limit.severity, limit.citation)
        if limit.kind is DeadlineKind.EARLIEST and acted_on < limit.date:
            message = f"{chinese_date(acted_on)}办理过早。{limit.explanation}"
            yield Breach(limit.rule, asked, message, limit.citation)
        if limit.kind is DeadlineKind.DUE and acted_on > limit.date:
            late = BreachSeverity.LATE if asked is BreachSeverity.BLOCK else asked
            message = f"{chinese_date(acted_on)}办理已超过期限。{limit.explanation}"
            yield Breach(limit.rule, late, message, limit.citation)


def _checks(
    procedure: Procedure,
    element_id: str,
    rule_version: str,
    facts: Variables,
    calendar: WorkingCalendar,
    today: date,
) -> Iterator[Breach]:
    if CHECKS not in procedure.decisions:
        return
    context = {**facts, "element": element_id, "rule_version": rule_version}
    functions = feel_functions(calendar, datetime.combine(today, time(), SHANGHAI))
    for matched in procedure.decisions.evaluate(CHECKS, context, functions).matched:
        yield _breach(procedure, matched.outputs)


def _breach(procedure: Procedure, row: Mapping[str, object]) -> Breach:
    citation = procedure.sources[str(row["source"])].cite(str(row["article"]))
    severity = _effective(RuleSeverity(str(row["severity"])), citation)
    return Breach(str(row["rule"]), severity, str(row["message"]), citation)


def _effective(severity: RuleSeverity, citation: Citation) -> BreachSeverity:
    blocks = severity is RuleSeverity.BLOCK and citation.verified
    return BreachSeverity.BLOCK if blocks else BreachSeverity.WARN
