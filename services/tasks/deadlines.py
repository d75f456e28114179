"""The dates of an open task: computed from the procedure, shown with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, cast

from engine.calendar import WorkingCalendar
from engine.citations import Citation, SourceStatus
from engine.compliance import rule_version_for
from engine.deadlines import (
    Deadline,
    DeadlineKind,
    Light,
    RuleSeverity,
    Unit,
    deadlines_for,
    light,
)
from engine.model import Variables
from engine.procedure import Procedure
from engine.values import dump_values, load_values
from services.calendars import load_calendar
from services.tasks.models import OPEN_STATES, UserTask


@dataclass(frozen=True, slots=True)
class DueView:
    """A date with its light and the words beside it (“剩余3个工作日”)."""

    light: Light
    due_on: date | None
    text: str
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rows of open tasks of one element hold about their limits."""

    due_on: date | None
    earliest_on: date | None
    deadlines: bytes


def limits_for(
    element_id: str,
    procedure: Procedure,
    variables: Variables,
    calendar: WorkingCalendar,
    today: date,
) -> Limits:
    """Compute the limits of an element under the rules in force today."""
    found = deadlines_for(
        procedure, element_id, variables, rule_version_for(procedure, today), calendar
    )
    due = [d.date for d in found if d.date is not None and d.kind is DeadlineKind.DUE]
    earliest = [d.date for d in found if d.date is not None and d.kind is DeadlineKind.EARLIEST]
    return Limits(
        due_on=min(due, default=None),
        earliest_on=max(earliest, default=None),
        deadlines=dump_values({"deadlines": cast("Any", [asdict(d) for d in found])}),
    )


def due_view(row: UserTask, today: date) -> DueView:
    """Return the light of a task with the reasons behind its dates.

    A task that is over stays as late as its act was; nothing remains to be counted.
    """
    deadlines = tuple(
        _deadline(cast("Mapping[str, Any]", item))
        for item in cast("list[Any]", load_values(row.deadlines).get("deadlines", []))
    )
    is_open = row.state in OPEN_STATES
    day = today if is_open else row.acted_on
    if row.due_on is None or day is None or (not is_open and day <= row.due_on):
        return DueView(Light.NORMAL, row.due_on, "", deadlines)
    found = light(row.due_on, day, load_calendar())
    return DueView(found.light, row.due_on, found.text, deadlines)


def _deadline(item: Mapping[str, Any]) -> Deadline:
    citation = item["citation"]
    return Deadline(
        **{
            **item,
            "kind": DeadlineKind(item["kind"]),
            "unit": Unit(item["unit"]),
            "severity": RuleSeverity(item["severity"]),
            "citation": Citation(**{**citation, "status": SourceStatus(citation["status"])}),
        }
    )
