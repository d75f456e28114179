"""An act before it is taken over: form read, date checked, rules applied.

Shared by starting a case, completing a task and reporting an event, so that the three cannot
differ in what they accept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from engine.compliance import Breach, BreachSeverity, check_act, rule_version_for
from engine.forms import Form
from engine.functions import feel_functions
from engine.model import FlowNode, Outcome, Value, Variables
from engine.procedure import Procedure, completion_key
from services.calendars import load_calendar
from services.cases.errors import LateReasonMissing, RuleBroken
from services.cases.options import options_for
from services.errors import Invalid

MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What a person submitted for one element; `raw` as it came from page or API."""

    element_id: str
    form: Form
    raw: Mapping[str, object]
    outcome: str = ""
    opinion: str = ""
    late_reason: str = ""
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class ActContext:
    """Where the act happens."""

    session: Session
    procedure: Procedure
    variables: Variables
    organization_id: int
    subject_id: int | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """An accepted act: the form's values, and the variables the process receives from it."""

    values: Variables
    changes: dict[str, Value]
    acted_on: date
    rule_version: str
    breaches: tuple[Breach, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth saying although nothing was blocked."""
        return tuple(f"{b.rule} {b.message}" for b in self.breaches)


def accept(context: ActContext, request: ActRequest) -> Act:
    """Check an act; raises `FormInvalid`, `Invalid`, `RuleBroken` or `LateReasonMissing`."""
    procedure = context.procedure
    check_text("opinion", "意见", request.opinion)
    check_text("late_reason", "超期原因", request.late_reason)
    calendar = load_calendar()
    functions = feel_functions(calendar, context.now)
    options = options_for(
        context.session,
        request.form,
        context.organization_id,
        context.subject_id,
        context.now.date(),
    )
    values = request.form.submit(request.raw, context.variables, options, functions).values
    acted_on = values.get(procedure.act_date)
    if not isinstance(acted_on, date):
        raise Invalid("请填写办理日期。", errors={procedure.act_date: "请填写办理日期。"})
    rule_version = rule_version_for(procedure, acted_on)
    changes = _changes(context, request, values, acted_on, rule_version)
    breaches = check_act(
        procedure,
        request.element_id,
        acted_on,
        context.variables,
        changes,
        calendar,
        context.now.date(),
        not_before=request.not_before,
    )
    blocking = tuple(b for b in breaches if b.severity is BreachSeverity.BLOCK)
    if blocking:
        raise RuleBroken(blocking)
    late = tuple(b for b in breaches if b.severity is BreachSeverity.LATE)
    if late and not request.late_reason.strip():
        raise LateReasonMissing(late)
    return Act(values, changes, acted_on, rule_version, breaches)


def chosen_outcome(node: FlowNode, outcome: str, opinion: str) -> Outcome | None:
    """Return the outcome the person chose; raises `Invalid` if it does not exist here."""
    if not node.outcomes:
        return None
    for candidate in node.outcomes:
        if candidate.id == outcome:
            if candidate.opinion_required and not opinion.strip():
                raise Invalid(
                    f"选择“{candidate.name}”时须填写意见。",
                    errors={"opinion": f"选择“{candidate.name}”时须填写意见。"},
                )
            return candidate
    raise Invalid("请选择办理结果。", errors={"outcome": "请选择办理结果。"})


def _changes(
    context: ActContext,
    request: ActRequest,
    values: Variables,
    acted_on: date,
    rule_version: str,
) -> dict[str, Value]:
    element = request.element_id
    dates = context.variables.get(f"{element}_dates")
    changes: dict[str, Value] = {
        **values,
        completion_key(element): acted_on,
        f"{element}_dates": [*(dates if isinstance(dates, list) else []), acted_on],
        f"{element}_rule_version": rule_version,
        "rule_version": rule_version,
    }
    if request.outcome:
        changes[f"{element}_outcome"] = request.outcome
    return changes


def check_text(key: str, label: str, text: str) -> None:
    """Refuse a text beside the form that is too long; raises `Invalid` under `key`."""
    if len(text) > MAX_TEXT:
        message = f"{label}不能超过 {MAX_TEXT} 字。"
        raise Invalid(message, errors={key: message})


def required_text(key: str, label: str, text: str) -> str:
    """Return a text without blanks around it; raises `Invalid` under `key` if empty or too long."""
    text = text.strip()
    if not text:
        message = f"请填写{label}。"
        raise Invalid(message, errors={key: message})
    check_text(key, label, text)
    return text
