"""Keeps the inbox equal to the engine: rows of user tasks follow the open tasks of the instance.

The work is proportional to what changed: a vote among a thousand touches one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from engine.model import Advance, OpenTask, Value, Variables
from engine.procedure import Procedure
from services.calendars import load_calendar
from services.clock import SHANGHAI
from services.processes.models import ProcessInstance
from services.recusal.rules import separation
from services.tasks.candidates import (
    Candidates,
    Wanted,
    candidate_rows,
    people_of,
    resolve,
    resolve_all,
)
from services.tasks.deadlines import Limits, limits_for
from services.tasks.leftovers import batches
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask
from services.tasks.staffing_job import review_soon


@dataclass(slots=True)
class Changes:
    """Which user tasks the commands of one transaction have opened and closed."""

    opened: dict[str, OpenTask] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def add(self, advance: Advance) -> None:
        """Take in the answer of one more command."""
        for task_id in advance.closed:
            if self.opened.pop(task_id, None) is None:
                self.closed.add(task_id)
        self.opened.update((task.id, task) for task in advance.opened)


@dataclass(frozen=True, slots=True)
class Opening:
    """The act that opened the new tasks: by whom, on which date, and when it was entered.

    `task_id` is the task it was done on, whose row the command has closed itself.
    """

    sender_id: int | None
    not_before: date | None
    now: datetime
    task_id: str = ""


def synchronize(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    advance: Advance,
    changes: Changes,
    opening: Opening,
) -> None:
    """Cancel what is no longer open, create what is new, recompute every open due date."""
    session.flush()
    limits = _Limits(procedure, advance, opening.now)
    if len(changes.opened) < len(advance.open_tasks) or changes.closed - {opening.task_id}:
        standing = _standing(session, instance)
        rows = sum(len(deadlines) for deadlines in standing.values())
        changes = _checked(session, instance, advance, changes, rows)
        if rows + len(changes.opened) != len(advance.open_tasks):
            _cancel(session, changes.closed, opening.now)
        _recompute(session, instance, procedure, advance, limits, standing)
    _create(session, instance, procedure, advance, changes.opened, limits, opening)


def _standing(session: Session, instance: ProcessInstance) -> Mapping[str, Sequence[bytes]]:
    """Return the limits every open row has, by element."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for element_id, deadlines in session.execute(
        select(UserTask.element_id, UserTask.deadlines).where(
            UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES)
        )
    ):
        found[element_id].append(deadlines)
    return found


def _checked(
    session: Session, instance: ProcessInstance, advance: Advance, changes: Changes, rows: int
) -> Changes:
    """Return the changes, worked out anew if the rows would not equal the engine's tasks."""
    is_open = (UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES))
    gone = 0
    if rows + len(changes.opened) != len(advance.open_tasks):
        for ids in batches(changes.closed):
            found = select(func.count()).where(UserTask.id.in_(ids), *is_open)
            gone += session.scalars(found).one()
    agree = rows - gone + len(changes.opened) == len(advance.open_tasks)
    if agree and all(task.variables is None for task in changes.opened.values()):
        return changes  # else a later command may have changed what a called process knows
    known = set(session.scalars(select(UserTask.id).where(*is_open)))
    tasks = {task.id: task for task in advance.open_tasks}
    opened = {task_id: task for task_id, task in tasks.items() if task_id not in known}
    return Changes(opened, changes.closed | (known - tasks.keys()))


def _cancel(session: Session, closed: Collection[str], now: datetime) -> None:
    """Close the rows of tasks the engine took back; a completed one is closed already."""
    for ids in batches(closed):
        session.execute(
            update(UserTask)
            .where(UserTask.id.in_(ids), UserTask.state.in_(OPEN_STATES))
            .values(state=TaskState.CANCELED, completed_at=now)
        )


class _Limits:
    """The time limits of an element now, worked out once for all tasks with the same variables."""

    def __init__(self, procedure: Procedure, advance: Advance, now: datetime) -> None:
        self._procedure = procedure
        self._variables = advance.variables
        self._calendar = load_calendar()
        self._today = now.date()
        self._found: dict[tuple[str, int], Limits] = {}

    def of(self, element_id: str, variables: Variables | None = None) -> Limits:
        """Return the limits of an element; `variables` are those of a called process."""
        key = (element_id, id(variables))
        if key not in self._found:
            seen = self._variables if variables is None else variables
            self._found[key] = limits_for(
                element_id, self._procedure, seen, self._calendar, self._today
            )
        return self._found[key]


def _recompute(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    advance: Advance,
    limits: _Limits,
    standing: Mapping[str, Sequence[bytes]],
) -> None:
    """Write the limits of every open element into those of its rows that have others.

    Tasks of called processes know other variables than the instance, each call its own.
    """
    own = (UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES))
    for element_id, written in standing.items():
        if element_id in procedure.process.nodes:
            found = limits.of(element_id)
            if set(written) - {found.deadlines}:
                _write(session, found, UserTask.element_id == element_id, *own)
    for task in advance.open_tasks:
        if task.variables is not None:
            found = limits.of(task.element_id, task.variables)
            if set(standing.get(task.element_id, ())) - {found.deadlines}:
                _write(session, found, UserTask.id == task.id, *own)


def _write(session: Session, found: Limits, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(UserTask)
        .where(*which, UserTask.deadlines != found.deadlines)
        .values(due_on=found.due_on, earliest_on=found.earliest_on, deadlines=found.deadlines)
    )


def _candidates_of(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    advance: Advance,
    opened: Mapping[str, OpenTask],
    now: datetime,
) -> Mapping[str, Candidates]:
    """Return who may take new tasks, by task id; asked once for all lanes.

    In a multi-instance task a lane by variable may name the item: then each instance is its own
    person's.
    """
    named = {rule.variable for rule in procedure.lanes.values()} - {None}
    keys: dict[str, tuple[str, int, str, str]] = {}
    wanted: dict[tuple[str, int, str, str], Wanted] = {}
    for task in opened.values():
        node = procedure.nodes[task.element_id]
        if node.lane is None:
            continue
        personal: dict[str, Value] = {}
        if node.loop_item is not None and node.loop_item in named:
            personal = {node.loop_item: task.loop_item}
        apart = separation_of(procedure, node.id)
        keys[task.id] = key = (node.lane, id(task.variables), repr(personal), apart)
        if key not in wanted:
            seen = advance.variables if task.variables is None else task.variables
            wanted[key] = Wanted(node.lane, {**seen, **personal}, apart)
    on = now.astimezone(SHANGHAI).date()
    found = resolve_all(session, procedure, instance, tuple(wanted.values()), on)
    by_key = dict(zip(wanted, found, strict=True))
    return {
        task_id: by_key[keys[task_id]] if task_id in keys else Candidates() for task_id in opened
    }


def _create(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    advance: Advance,
    opened: dict[str, OpenTask],
    limits: _Limits,
    opening: Opening,
) -> None:
    candidates: list[Mapping[str, object]] = []
    may_take = _candidates_of(session, instance, procedure, advance, opened, opening.now)
    for open_task in opened.values():
        node = procedure.nodes[open_task.element_id]
        due = limits.of(node.id, open_task.variables)
        row = UserTask(
            id=open_task.id,
            instance_id=instance.id,
            deployment_id=instance.deployment_id,
            element_id=node.id,
            name=node.name,
            lane_id=node.lane or "",
            state=TaskState.CREATED,
            organization_id=instance.organization_id,
            due_on=due.due_on,
            earliest_on=due.earliest_on,
            deadlines=due.deadlines,
            created_at=opening.now,
            separate_from=separation_of(procedure, node.id),
            in_person=procedure.is_in_person(node.id),
            sender_id=opening.sender_id,
            not_before=opening.not_before,
        )
        found = may_take[open_task.id]
        note(row, found)
        if found.reason and node.loop_item is not None:
            review_soon(session, opening.now)
        candidates += candidate_rows(row.id, found)
        if open_task.resubmits is not None:
            _give_to_returner(session, instance, row, found, open_task.resubmits)
        session.add(row)
    session.flush()
    if candidates:
        session.execute(insert(TaskCandidate), candidates)


def note(row: UserTask, found: Candidates) -> None:
    """Note in the row of a task why it is whose."""
    row.fallback_reason = found.reason
    row.arranged_by = found.arranged_by
    if found.organization_id is not None:
        row.organization_id = found.organization_id


def separation_of(procedure: Procedure, element_id: str) -> str:
    """Return from which earlier steps a step is kept apart, as its row holds it."""
    rule = procedure.tasks.get(element_id)
    return separation(rule.separate_from) if rule is not None else ""


def _give_to_returner(
    session: Session, instance: ProcessInstance, row: UserTask, found: Candidates, returned: str
) -> None:
    """Let who returned the task have it again (直送), unless they may no longer act in the lane."""
    on = row.created_at.astimezone(SHANGHAI).date()
    done = session.get_one(UserTask, returned)
    returner = done.on_behalf_of or done.completed_by
    if any(person.id == returner for person in people_of(session, found, instance, on)):
        row.state = TaskState.CLAIMED
        row.assignee_id = returner


def find_candidates(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    row: UserTask,
    variables: Variables,
    on: date,
) -> Candidates:
    """Resolve lane → post → body for a task anew, and note in its row why it is whose."""
    if not row.lane_id:
        return Candidates()
    found = resolve(session, procedure, row.lane_id, instance, variables, on, row.separate_from)
    note(row, found)
    return found
