"""One command at work on one instance: load or begin, move, run to rest, answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from engine import state as codec
from engine.errors import ExpressionError, TaskNotOpen
from engine.model import (
    Advance,
    Available,
    EventType,
    InstanceStatus,
    OpenTask,
    PendingOperation,
    ProcessDefinition,
    Value,
)
from engine.open_tasks import OpenTasks, RestingTasks
from engine.spiff import ad_hoc
from engine.spiff.activities import INPUTS, ServiceTask, UserTask
from engine.spiff.data import node_of
from engine.spiff.events import armed_timer, awaited_message
from engine.spiff.execution import Execution
from engine.spiff.inclusive import release
from engine.spiff.internals import live_tasks, workflows
from engine.spiff.loop import LOOP
from engine.spiff.resting import resting, wake
from engine.spiff.scope import LOCALS
from engine.spiff.workflow import Instance, initial_variables

MAX_STEPS: Final = 10_000
_PRUNE_EVERY: Final = 200


class Command:
    """One command at work on one instance."""

    def __init__(self, process: ProcessDefinition, execution: Execution) -> None:
        self.process = process
        self.execution = execution
        self.steps = 0

    def begin(self, variables: Mapping[str, object]) -> None:
        """Create a new instance; its first step is still to be run."""
        self.instance = Instance(self.process, self.execution)
        self.instance.variables = initial_variables(self.process, variables)
        self.status = InstanceStatus.ACTIVE

    def load(self, state: bytes) -> None:
        """Take up a saved instance; raises StateFormatError."""
        self.instance, self.status = codec.load(self.process, state, self.execution)

    def find(self, task_id: str, kind: type, state: int) -> Any:
        """Return the live task; raises TaskNotOpen for everything else."""
        try:
            wanted = UUID(task_id)
        except ValueError as error:
            raise TaskNotOpen from error
        for workflow in workflows(self.instance):
            task = workflow.tasks.get(wanted)
            if task is not None and task.state == state and isinstance(task.task_spec, kind):
                return task
        woken = wake(self.instance, wanted) if kind is UserTask else None
        if woken is None:
            raise TaskNotOpen
        return woken

    def settle(self) -> None:
        """Run what runs by itself until only people, operations and events are waited for."""
        while True:
            while (task := self._next_ready()) is not None:
                self.count_step()
                task.run()
            if not release(self.instance):
                return

    def count_step(self) -> None:
        """Guard against flows that turn in circles without ever waiting."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise ExpressionError(f"流程“{self.process.name}”陷入了没有人工环节的循环。")
        if self.steps % _PRUNE_EVERY == 0:
            codec.prune(self.instance)

    def _next_ready(self) -> Any:
        for workflow in workflows(self.instance):
            for task in workflow.tasks.values():
                if task.state == TaskState.READY and not isinstance(task.task_spec, UserTask):
                    return task
        return None

    def advance(self) -> Advance:
        """Return the answer of the command."""
        self.settle()
        if self.status is InstanceStatus.ACTIVE and self.instance.completed:
            self.status = InstanceStatus.COMPLETED
            self.execution.note(EventType.INSTANCE_COMPLETED)
        return self.answer()

    def answer(self) -> Advance:
        """Return the whole truth about the instance as it stands."""
        tasks = list(live_tasks(self.instance))
        timers = [timer.due for task in tasks if (timer := armed_timer(task)) is not None]
        messages = {name for task in tasks if (name := awaited_message(task)) is not None}
        open_tasks = OpenTasks([part for task in tasks if (part := _open(task)) is not None])
        opened = self.execution.opened
        running = list(ad_hoc.ad_hoc_tokens(self.instance))
        return Advance(
            state=codec.dump(self.instance, self.status),
            status=self.status,
            variables=self.instance.variables,
            open_tasks=open_tasks,
            opened=tuple(task for task in open_tasks if task.id in opened) if opened else (),
            closed=tuple(self.execution.closed),
            available=tuple(
                Available(str(task.id), task.task_spec.bpmn_id, element_id)
                for task in running
                for element_id in ad_hoc.startable(task)
            ),
            finishable=tuple(str(task.id) for task in running if ad_hoc.may_finish(task)),
            operations=tuple(
                _operation(task) for task in tasks if isinstance(task.task_spec, ServiceTask)
            ),
            messages=tuple(sorted(messages)),
            next_due_at=min(timers, default=None),
            events=tuple(self.execution.events),
        )


def _operation(task: Any) -> PendingOperation:
    return PendingOperation(
        str(task.id),
        task.task_spec.bpmn_id,
        node_of(task).operation or "",
        task.internal_data[INPUTS],
        _called_variables(task),
    )


def _called_variables(task: Any) -> dict[str, Value] | None:
    workflow = task.workflow
    return workflow.variables if workflow.calls else None


def _open(task: Any) -> OpenTask | RestingTasks | None:
    """Describe a user task or the resting instances of a loop."""
    if isinstance(task.task_spec, UserTask):
        return _open_task(task)
    rows = resting(task)
    if not rows:
        return None
    items = task.internal_data[LOOP]["items"] if task.task_spec.input_item is not None else None
    called = _called_variables(task)
    return RestingTasks(task.task_spec.bpmn_id, task.id, tuple(rows), items, called)


def _open_task(task: Any) -> OpenTask:
    """Describe a user task; the item of its loop instance, if it has one."""
    local = task.internal_data.get(LOCALS)
    wrapper = task.parent.task_spec if local is not None else None
    input_item = getattr(wrapper, "input_item", None)
    item: Value = local.get(input_item.bpmn_id) if local and input_item is not None else None
    return OpenTask(str(task.id), task.task_spec.bpmn_id, item, _called_variables(task))
