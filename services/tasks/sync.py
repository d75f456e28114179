"""Keeps the inbox equal to the engine: rows of user tasks follow the open tasks of the instance.

The work is proportional to what changed: a vote among a thousand touches one row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from engine.model import Advance, FlowNode, OpenTask, Value, Variables
from engine.procedure import Procedure
from services.calendars import load_calendar
from services.clock import SHANGHAI
from services.processes.models import ProcessInstance
from services.tasks.candidates import Candidates, people_of, resolve
from services.tasks.deadlines import Limits, limits_for
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskDraft, TaskState, UserTask
from services.tasks.sub_tasks import end_sub_tasks

_BATCH = 500
"""Ids in one statement: databases bound the number of parameters."""


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
    """The act that opened the new tasks: by whom, on which date, and when it was entered."""

    sender_id: int | None
    not_before: date | None
    now: datetime


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
    standing = _standing(session, instance)
    rows = sum(standing.values())
    changes = _checked(session, instance, advance, changes, rows)
    if rows + len(changes.opened) != len(advance.open_tasks):
        _cancel(session, changes.closed, opening.now)
    limits = _Limits(procedure, advance, opening.now)
    _recompute(session, instance, procedure, advance, limits, standing.keys())
    finder = _Finder(session, instance, procedure, advance, opening.now)
    _create(session, instance, procedure, changes.opened, limits, finder, opening)
    _drop_drafts(session, changes.closed)
    for ids in _batches(changes.closed):
        end_sub_tasks(session, ids, opening.now)


def _standing(session: Session, instance: ProcessInstance) -> dict[str, int]:
    """Return how many open rows every element has."""
    found = session.execute(
        select(UserTask.element_id, func.count())
        .where(UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES))
        .group_by(UserTask.element_id)
    )
    return {element_id: count for element_id, count in found}  # noqa: C416 - rows are not pairs


def _checked(
    session: Session, instance: ProcessInstance, advance: Advance, changes: Changes, rows: int
) -> Changes:
    """Return the changes, worked out anew if the rows would not equal the engine's tasks."""
    is_open = (UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES))
    gone = 0
    if rows + len(changes.opened) != len(advance.open_tasks):
        for ids in _batches(changes.closed):
            found = select(func.count()).where(UserTask.id.in_(ids), *is_open)
            gone += session.scalars(found).one()
    agree = rows - gone + len(changes.opened) == len(advance.open_tasks)
    if agree and all(task.variables is None for task in changes.opened.values()):
        return changes  # else a later command may have changed what a called process knows
    known = set(session.scalars(select(UserTask.id).where(*is_open)))
    tasks = {task.id: task for task in advance.open_tasks}
    opened = {task_id: task for task_id, task in tasks.items() if task_id not in known}
    return Changes(opened, changes.closed | (known - tasks.keys()))


def _batches(ids: Collection[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(ids)
    return (ordered[begin : begin + _BATCH] for begin in range(0, len(ordered), _BATCH))


def _cancel(session: Session, closed: Collection[str], now: datetime) -> None:
    """Close the rows of tasks the engine took back; a completed one is closed already."""
    for ids in _batches(closed):
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
    elements: Collection[str],
) -> None:
    """Write the limits of every open element into those of its rows that have others.

    Tasks of called processes know other variables than the instance, each call its own.
    """
    is_open = (UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES))
    for element_id in elements:
        if element_id in procedure.process.nodes:
            _write(session, limits.of(element_id), UserTask.element_id == element_id, *is_open)
    if procedure.process.nodes.keys() >= set(elements):
        return
    for task in advance.open_tasks:
        if task.variables is not None:
            found = limits.of(task.element_id, task.variables)
            _write(session, found, UserTask.id == task.id, *is_open)


def _write(session: Session, found: Limits, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(UserTask)
        .where(*which, UserTask.deadlines != found.deadlines)
        .values(due_on=found.due_on, earliest_on=found.earliest_on, deadlines=found.deadlines)
    )


class _Finder:
    """Who may take new tasks: asked once per lane, or once per person a lane names by its item.

    In a multi-instance task a lane by variable may name the item: then each instance is its own
    person's.
    """

    def __init__(
        self,
        session: Session,
        instance: ProcessInstance,
        procedure: Procedure,
        advance: Advance,
        now: datetime,
    ) -> None:
        self._session = session
        self._instance = instance
        self._procedure = procedure
        self._variables = advance.variables
        self._on = now.astimezone(SHANGHAI).date()
        self._named = {rule.variable for rule in procedure.lanes.values()} - {None}
        self._found: dict[tuple[str, int, str], Candidates] = {}

    def find(self, node: FlowNode, task: OpenTask) -> Candidates:
        """Return the candidates of a task that stands on `node`."""
        if node.lane is None:
            return Candidates()
        personal: dict[str, Value] = {}
        if node.loop_item is not None and node.loop_item in self._named:
            personal = {node.loop_item: task.loop_item}
        key = (node.lane, id(task.variables), repr(personal))
        if key not in self._found:
            seen = self._variables if task.variables is None else task.variables
            self._found[key] = resolve(
                self._session,
                self._procedure,
                node.lane,
                self._instance,
                {**seen, **personal},
                self._on,
            )
        return self._found[key]


def _create(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    opened: dict[str, OpenTask],
    limits: _Limits,
    finder: _Finder,
    opening: Opening,
) -> None:
    candidates: list[dict[str, object]] = []
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
            sender_id=opening.sender_id,
            not_before=opening.not_before,
        )
        found = finder.find(node, open_task)
        candidates += _assign(row, found)
        if open_task.resubmits is not None:
            _give_to_returner(session, instance, row, found, open_task.resubmits)
        session.add(row)
    session.flush()
    if candidates:
        session.execute(insert(TaskCandidate), candidates)


def _assign(row: UserTask, found: Candidates) -> Iterator[dict[str, object]]:
    """Note in the row of a new task why it is whose; yield its candidates."""
    row.fallback_reason = found.reason
    if found.organization_id is not None:
        row.organization_id = found.organization_id
    yield from candidate_rows(row, found)


def _give_to_returner(
    session: Session, instance: ProcessInstance, row: UserTask, found: Candidates, returned: str
) -> None:
    """Let who returned the task have it again (直送), unless they may no longer act in the lane."""
    on = row.created_at.astimezone(SHANGHAI).date()
    returner = session.get_one(UserTask, returned).completed_by
    if any(person.id == returner for person in people_of(session, found, instance, on)):
        row.state = TaskState.CLAIMED
        row.assignee_id = returner


def find_candidates(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    row: UserTask,
    variables: Variables,
) -> Candidates:
    """Resolve lane → post → body for a task anew, and note in its row why it is whose."""
    if not row.lane_id:
        return Candidates()
    on = row.created_at.astimezone(SHANGHAI).date()
    found = resolve(session, procedure, row.lane_id, instance, variables, on)
    row.fallback_reason = found.reason
    if found.organization_id is not None:
        row.organization_id = found.organization_id
    return found


def candidate_rows(row: UserTask, found: Candidates) -> Iterator[dict[str, object]]:
    """Return the rows that say who may take a task."""
    nobody = {"task_id": row.id, "organization_id": None, "post": None, "person_id": None}
    for organization_id, post in found.posts:
        yield {**nobody, "organization_id": organization_id, "post": str(post)}
    for person in found.people:
        yield {**nobody, "person_id": person}


def _drop_drafts(session: Session, closed: Collection[str]) -> None:
    """Keep no drafts of tasks that are over, however they ended."""
    for ids in _batches(closed):
        session.execute(delete(TaskDraft).where(TaskDraft.task_id.in_(ids)))
