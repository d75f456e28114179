"""Loops: an activity that runs several times, and the standard loop.

Stock Spiff cannot enter the same loop twice, judges the completion condition with one child's own
copy of the data, and waits for ever for a cancelled child (engine-notes.md S5).  Here the loop
keeps its own counters and outputs, so it reads nothing out of finished instances.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import StandardLoopTask as StockLoop
from SpiffWorkflow.util.task import TaskState

from engine.model import Value
from engine.spiff.flow_node import FlowNode, Judging, cancel
from engine.spiff.internals import add_token, enter, is_live, make_ready, set_state
from engine.spiff.scope import LOCALS

LOOP = "loop"
INDEX = "index"
COUNTER = "loopCounter"


class Loop(Judging, FlowNode):
    """What the three kinds of loops share; the activity itself is the `instance_spec`."""

    name: str
    task_spec: str
    condition: str | None
    bpmn_name: str | None

    def announces_entry(self, _my_task: Any) -> bool:
        """Leave the announcing to the instances."""
        return False

    @property
    def instance_spec(self) -> Any:
        """The specification of one instance."""
        return self._wf_spec.task_specs[self.task_spec]  # type: ignore[attr-defined] # of Spiff

    def connect_instances(self) -> None:
        """Learn of every completed instance; once per parsed process."""
        self.instance_spec.completed_event.connect(self._on_completed)

    def _on_completed(self, workflow: Any, task: Any) -> None:
        """Pass on what completes in the loop, not what comes back to be compensated."""
        if task.parent.task_spec is self:
            self.instance_completed(workflow, task)

    def instances(self, my_task: Any) -> list[Any]:
        """The running instances that are tokens."""
        return [
            task
            for task in my_task.children
            if is_live(task) and task.task_spec.name == self.task_spec
        ]

    def start_instance(self, my_task: Any, index: int, local: dict[str, Value]) -> None:
        """Start the instance number `index` (from 0) with its own variables."""
        task = add_token(my_task, self.instance_spec)
        task.internal_data[INDEX] = index
        task.internal_data[LOCALS] = self.locals_of(my_task, index, local)
        enter(task)

    def locals_of(self, my_task: Any, index: int, local: dict[str, Value]) -> dict[str, Value]:
        """Return all that an instance sees as its own; a handler sees what it undoes."""
        around = my_task.internal_data.get(LOCALS) or {}
        return {**around, COUNTER: index + 1, **local}

    def instance_completed(self, _workflow: Any, task: Any) -> None:
        """Count a completed instance and go on."""
        self.count(task.parent, task)
        self.proceed(task.parent)

    def count(self, my_task: Any, instance: Any) -> None:
        """Record what a completed instance leaves."""

    def finish(self, my_task: Any) -> None:
        """Leave the loop with what it has brought so far."""
        self.leave(my_task)

    def leave(self, my_task: Any) -> None:
        """Cancel what still runs and let the loop complete."""
        for task in self.instances(my_task):
            cancel(task)
        make_ready(my_task)

    def _run_hook(self, _my_task: Any) -> bool:
        return True


class StandardLoop(Loop, StockLoop):
    """Repeats its activity while the loop condition holds, at most `maximum` times."""

    maximum: int | None
    test_before: bool

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data[LOOP] = {"started": 0}
        set_state(my_task, TaskState.STARTED)
        if self.test_before and not self._goes_on(my_task):
            return True
        self._add_next(my_task)
        return False

    def _add_next(self, my_task: Any) -> None:
        loop = my_task.internal_data[LOOP]
        loop["started"] += 1
        self.start_instance(my_task, loop["started"] - 1, {})

    def _goes_on(self, my_task: Any) -> bool:
        started = my_task.internal_data[LOOP]["started"]
        if self.maximum is not None and started >= self.maximum:
            return False
        if self.condition is None:
            return True
        execution = my_task.workflow.script_engine
        return bool(execution.is_true(my_task, self.condition, {COUNTER: started}))

    def judge(self, my_task: Any) -> None:
        """Repeat or leave."""
        if self._goes_on(my_task):
            self._add_next(my_task)
        else:
            self.leave(my_task)
