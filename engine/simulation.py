"""The legal timeline of a procedure: by when each step can and must be done at the earliest.

Two runs through the steps: one in which everybody acts as early as the minimum periods allow, one
in which everybody acts as late as the limits allow.  Where a step has no limit, the late run has no
date from there on; the date that binds in the early run is `due`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from engine.calendar import WorkingCalendar
from engine.compliance import rule_version_for
from engine.deadlines import Deadline, DeadlineKind, deadline_bases, deadlines_for
from engine.forms import ComponentType, Form
from engine.functions import calendar_functions
from engine.model import FlowNode, Value
from engine.procedure import RULE_VERSION, Procedure, completion_key


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline.

    `step`: number of the step; an unnumbered task that limits count from carries the number of the
    step it follows.  `earliest`: the first lawful date.  `latest`: the last lawful date if
    everything before was done as late as allowed, None without limit.  `due`: the last lawful date
    if everything before was done as early as allowed.  `limits`: the rules that apply, counted from
    the early run.  `provisional`: the dates depend on a year without published calendar.
    """

    step: int
    element_id: str
    name: str
    stage: int | None
    stage_name: str
    lane: str
    earliest: date
    due: date | None
    latest: date | None
    limits: tuple[Deadline, ...]
    provisional: bool


class _Run:
    """The facts of one imagined run."""

    def __init__(self, procedure: Procedure, calendar: WorkingCalendar) -> None:
        self.procedure = procedure
        self.calendar = calendar
        self.facts: dict[str, Value] = {}

    def act(self, element_id: str, form: Form, acted_on: date | None, version: str) -> None:
        """Record the act and the dates its form derives from known facts."""
        self.facts[self.procedure.act_date] = acted_on
        self.facts[completion_key(element_id)] = acted_on
        self.facts[RULE_VERSION] = self.facts[f"{element_id}_{RULE_VERSION}"] = version
        functions = calendar_functions(self.calendar)
        for key, component in form.inputs.items():
            if component.type is ComponentType.DATETIME and component.prefill is not None:
                derived = component.prefill.evaluate(self.facts, functions)
                if isinstance(derived, date):
                    self.facts[key] = derived

    def limits(self, element_id: str, version: str) -> tuple[Deadline, ...]:
        """Return the limits of an element for the facts so far."""
        return deadlines_for(self.procedure, element_id, self.facts, version, self.calendar)


def simulate(
    procedure: Procedure, start: date, calendar: WorkingCalendar
) -> tuple[TimelineEntry, ...]:
    """Return the timeline of a case started on `start`, in order.

    It holds all numbered steps and the unnumbered tasks whose dates limits count from.
    """
    early, late = _Run(procedure, calendar), _Run(procedure, calendar)
    begin = procedure.first_act
    version = rule_version_for(procedure, start)
    for run in (early, late):
        run.act(begin, procedure.forms[procedure.start.form], start, version)
    path = [
        (step, node)
        for step, node in _path(procedure, procedure.process.start_event.id)
        if node.id != begin
    ]
    entries: list[TimelineEntry] = []
    opening = procedure.nodes[begin]
    first_step = opening.step or (path[0][0] - 1 if path else 0)
    if first_step:  # the start of the case is itself a step
        opening = replace(opening, stage=opening.stage or 1)
        entries.append(_entry(procedure, first_step, opening, (start, None, None), ()))
    earliest, provisional = start, False
    for step, node in path:
        version = rule_version_for(procedure, earliest)
        limits = early.limits(node.id, version)
        if node.step is None and not limits:
            continue  # the rules of that date do not know this task
        earliest = max([earliest, *_dates(limits, DeadlineKind.EARLIEST)])
        due = min(_dates(limits, DeadlineKind.DUE), default=None)
        latest = min(_dates(late.limits(node.id, version), DeadlineKind.DUE), default=None)
        provisional = provisional or any(limit.provisional for limit in limits)
        entry = _entry(procedure, step, node, (earliest, due, latest), limits)
        entries.append(replace(entry, provisional=provisional))
        form = procedure.form_of(node.id)
        early.act(node.id, form, earliest, version)
        late.act(node.id, form, latest, version)
    return tuple(entries)


def _entry(
    procedure: Procedure,
    step: int,
    node: FlowNode,
    dates: tuple[date, date | None, date | None],
    limits: tuple[Deadline, ...],
) -> TimelineEntry:
    lane = procedure.drawn_lanes.get(node.lane or "")
    earliest, due, latest = dates
    return TimelineEntry(
        step=step,
        element_id=node.id,
        name=node.name,
        stage=node.stage,
        stage_name=procedure.stage_name(node.stage),
        lane=lane.name if lane else "",
        earliest=earliest,
        due=due,
        latest=latest,
        limits=limits,
        provisional=False,
    )


def _dates(limits: Iterable[Deadline], kind: DeadlineKind) -> Iterator[date]:
    return (limit.date for limit in limits if limit.kind is kind and limit.date is not None)


def _path(procedure: Procedure, begin: str) -> list[tuple[int, FlowNode]]:
    """Return the tasks of the timeline in order, each with its step."""
    nodes = procedure.nodes
    numbered = {task.id: task.step for task in procedure.process.user_tasks if task.step}
    # What only a boundary event leads to is an exception and no part of the regular timeline.
    regular = _distances(procedure, begin, stops={})
    wanted = deadline_bases(procedure)
    places = {task_id: (step, 0) for task_id, step in numbered.items()}
    for task_id, step in sorted(numbered.items(), key=lambda item: item[1]):
        for following, distance in _distances(procedure, task_id, stops=numbered).items():
            if completion_key(following) in wanted and following in regular:
                places.setdefault(following, (step, distance))
    ordered = sorted(places, key=lambda task_id: places[task_id])
    return [(places[task_id][0], nodes[task_id]) for task_id in ordered]


def _distances(procedure: Procedure, source: str, stops: Mapping[str, int]) -> dict[str, int]:
    """Return the user tasks reachable by sequence flows from `source`, not beyond `stops`."""
    targets: dict[str, list[str]] = {}
    for flow in procedure.process.flows.values():
        targets.setdefault(flow.source, []).append(flow.target)
    found = {source: 0}
    pending = [source]
    for current in pending:
        if current in stops and current != source:
            continue
        for target in targets.get(current, ()):
            if target not in found:
                found[target] = found[current] + 1
                pending.append(target)
    tasks = {task.id for task in procedure.process.user_tasks}
    return {node_id: distance for node_id, distance in found.items() if node_id in tasks}
