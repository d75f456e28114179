"""Compensation: completed activities are undone in reverse order of their completion.

BPMN 2.0.2, 10.7 and 13.5.5.  A throw event puts a hidden token beside the flow of the scope whose
activities it compensates; this token starts one handler after the other below itself.  Handlers
are the activity associated with a boundary event, or the compensation event sub-process inside a
completed sub-process; a sub-process with neither is compensated by compensating what it completed,
for which its scope comes back to life.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.util.task import TaskState

from engine.model import EventType
from engine.spiff.flow_node import INSTANCE_SUFFIX, FlowNode
from engine.spiff.internals import add_token, enter, is_live, live_tasks, make_ready, set_state
from engine.spiff.records import ELEMENT, INNER, UNFINISHED, VALUES, Record, elements_of
from engine.spiff.scope import LOCALS
from engine.spiff.triggers import CompensateTrigger

COMPENSATION_SUFFIX: Final = ".Compensation"
_PENDING: Final = "pending"
_CURRENT: Final = "current"
_THROWER: Final = "thrower"
_OUTER: Final = "outer"


class Compensation(FlowNode, SimpleBpmnTask):
    """Compensates completed activities of its scope, one after another; no element of the file.

    Parallel multi-instance activities too are compensated one instance after another.
    """

    compensates = True

    def announces_entry(self, _my_task: Any) -> bool:
        """Announce nothing: there is no such element."""
        return False

    def go_on(self, my_task: Any) -> None:
        """Undo the latest of the activities still to be compensated; be done after the first."""
        pending = my_task.internal_data[_PENDING]
        my_task.internal_data[_CURRENT] = None
        if not pending:
            make_ready(my_task)
            return
        record = my_task.internal_data[_CURRENT] = pending.pop()
        specs = my_task.workflow.spec.task_specs
        element = record[ELEMENT]
        spec = specs.get(f"{element}{INSTANCE_SUFFIX}") or specs[element]
        handler = None if UNFINISHED in record else spec.handler
        task = add_token(my_task, spec if handler is None else specs[handler.activity])
        if VALUES in record:
            task.internal_data[LOCALS] = dict(record[VALUES])
        if handler is None:
            spec.reopen(task, record)
        else:
            my_task.workflow.script_engine.passed(my_task, handler.event)
            enter(task)

    def leave_rest(self, my_task: Any, records: list[Record]) -> None:
        """Note what is left to be compensated in the sub-process under way, which is cancelled."""
        my_task.internal_data[_CURRENT][INNER] = records

    def move_on(self, my_task: Any) -> None:
        """Go on with the scopes further out, then with the event that waits; perhaps end."""
        self.conclude(my_task)
        if my_task.workflow.is_open:
            add_token(my_task, my_task.workflow.spec.end)

    def conclude(self, my_task: Any) -> None:
        """Tell who waits for the end of the compensation."""
        thrower_id = my_task.internal_data[_THROWER]
        top = my_task.workflow.top_workflow
        outer = list(my_task.internal_data[_OUTER])
        while outer:
            owner = outer.pop(0)
            scope = top if owner is None else top.subprocesses.get(UUID(hex=owner))
            if scope is not None and scope.records:
                begin(scope, None, thrower_id, outer)
                return
        if thrower_id is not None:
            waiting = [t for t in live_tasks(top) if t.id.hex == thrower_id]
            for thrower in waiting:  # none when it was taken back meanwhile
                thrower.complete()

    def _run_hook(self, _my_task: Any) -> bool:
        return True

    def _on_cancel(self, my_task: Any) -> None:
        """Leave what is not undone to who interrupted the scope; what completed since is later.

        A handler that was cancelled has undone nothing yet: it will have to begin anew.
        """
        left = [*my_task.internal_data[_PENDING], my_task.internal_data[_CURRENT]]
        my_task.workflow.records[:0] = [record for record in left if record is not None]
        super()._on_cancel(my_task)


def throw_compensation(my_task: Any, trigger: CompensateTrigger) -> bool:
    """Compensate what the event `my_task` throws at; return whether the event has to wait for it.

    An event sees the activities of its own scope; inside an event sub-process also those of the
    scope around it (BPMN 2.0.2, 10.7.2).
    """
    my_task.workflow.script_engine.report(
        EventType.COMPENSATION_THROWN, my_task, {"activity": trigger.activity}
    )
    scopes = [
        scope for scope in _visible_scopes(my_task) if _matching(scope.records, trigger.activity)
    ]
    if not scopes:
        return False
    owners = [scope.parent_task_id for scope in scopes[1:]]
    begin(
        scopes[0],
        trigger.activity,
        my_task.id.hex if trigger.wait else None,
        [owner.hex if owner is not None else None for owner in owners],
    )
    return trigger.wait


def begin(
    scope: Any,
    activity: str | None,
    thrower_id: str | None = None,
    outer: list[str | None] | None = None,
    spec: Any = None,
) -> None:
    """Begin to compensate completed activities of `scope`: all of them, or those of one element.

    `thrower_id` names the token that waits for the end, `outer` the owners of further scopes to be
    compensated then; `spec` is the hidden node, unless it is the ordinary one.
    """
    chosen = _matching(scope.records, activity)
    scope.records = [r for r in scope.records if not _matching([r], activity)]
    task = add_token(scope.task_tree, spec or scope.spec.compensation)
    task.internal_data.update({_PENDING: chosen, _THROWER: thrower_id, _OUTER: outer or []})
    set_state(task, TaskState.STARTED)
    task.task_spec.go_on(task)


def is_handling(task: Any) -> bool:
    """Whether `task` belongs to a compensation under way in its scope."""
    current = task
    while current is not None:
        if current.task_spec.compensates and is_live(current):
            return True
        current = current.parent
    return False


def pending_elements(task: Any) -> frozenset[str]:
    """Return what the token `task`, if it compensates, still has to undo."""
    return elements_of(task.internal_data.get(_PENDING, []))


def _matching(records: list[Record], activity: str | None) -> list[Record]:
    return [record for record in records if activity is None or activity == record[ELEMENT]]


def _visible_scopes(my_task: Any) -> Iterator[Any]:
    workflow = my_task.workflow
    yield workflow
    while workflow.parent_task_id is not None:
        owner = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        if not owner.task_spec.handles_events:
            return
        workflow = owner.workflow
        yield workflow
