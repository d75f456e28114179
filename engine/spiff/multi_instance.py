"""Loops: several instances of one activity, at once or one after another, and the standard loop.

Stock Spiff cannot enter the same loop twice, judges the completion condition with one child's own
copy of the data, and waits for ever for a cancelled child (engine-notes.md S5).  Here the loop
keeps its own counters and outputs, so it reads nothing out of finished instances.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelMultiInstanceTask as StockParallel,
)
from SpiffWorkflow.bpmn.specs.defaults import (
    SequentialMultiInstanceTask as StockSequential,
)
from SpiffWorkflow.bpmn.specs.defaults import StandardLoopTask as StockLoop
from SpiffWorkflow.util.task import TaskState

from engine.errors import ExpressionError
from engine.model import Value
from engine.spiff.flow_node import FlowNode, cancel
from engine.spiff.internals import add_token, enter, is_live, make_ready, set_state
from engine.spiff.parking import INCIDENT, Phase
from engine.spiff.scope import LOCALS, assign

LOOP = "loop"
INDEX = "index"
COUNTER = "loopCounter"
MAX_INSTANCES = 10_000


class Loop(FlowNode):
    """What the three kinds of loops share; the activity itself is the `instance_spec`."""

    name: str
    task_spec: str
    condition: str | None
    bpmn_name: str | None

    def announces_entry(self, _my_task: Any) -> bool:
        """Leave the announcing to the instances."""
        return False

    def connect_instances(self) -> None:
        """Learn of every completed instance; once per parsed process."""
        spec = self._wf_spec.task_specs[self.task_spec]  # type: ignore[attr-defined] # of Spiff
        spec.completed_event.connect(self._on_completed)

    def _on_completed(self, workflow: Any, task: Any) -> None:
        """Pass on what completes in the loop, not what comes back to be compensated."""
        if task.parent.task_spec is self:
            self.instance_completed(workflow, task)

    def instances(self, my_task: Any) -> list[Any]:
        """The running instances."""
        return [
            task
            for task in my_task.children
            if is_live(task) and task.task_spec.name == self.task_spec
        ]

    def add_instance(self, my_task: Any, index: int, local: dict[str, Value]) -> None:
        """Start the instance number `index` (from 0) with its own variables."""
        spec = self._wf_spec.task_specs[self.task_spec]  # type: ignore[attr-defined] # of Spiff
        task = add_token(my_task, spec)
        task.internal_data[INDEX] = index
        around = my_task.internal_data.get(LOCALS) or {}  # of the instance a handler undoes
        task.internal_data[LOCALS] = {**around, COUNTER: index + 1, **local}
        enter(task)

    def instance_completed(self, _workflow: Any, task: Any) -> None:
        """Count a completed instance and go on."""
        self.count(task.parent, task)
        self.proceed(task.parent)

    def count(self, my_task: Any, instance: Any) -> None:
        """Record what a completed instance leaves."""

    def proceed(self, my_task: Any) -> None:
        """Attempt to decide what follows; a failure leaves what was counted."""
        my_task.internal_data.pop(INCIDENT, None)
        execution = my_task.workflow.script_engine
        execution.attempt(my_task, Phase.REPEAT, lambda: self.judge(my_task))

    def judge(self, my_task: Any) -> None:
        """Repeat, wait for more instances, or leave."""
        raise NotImplementedError

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


class MultiInstance(Loop):
    """One instance per item of a collection, or a number of instances."""

    cardinality: str | None
    sequential: bool

    def _update_hook(self, my_task: Any) -> bool:
        items = self._items(my_task)
        my_task.internal_data[LOOP] = {"items": items, "started": 0, "completed": 0, "outputs": {}}
        set_state(my_task, TaskState.STARTED)
        for _ in range(min(1, len(items)) if self.sequential else len(items)):
            self._add_next(my_task)
        if not items:
            my_task.workflow.script_engine.entered(my_task)
            self._write_output(my_task)
        return not items

    def _items(self, my_task: Any) -> list[Value]:
        execution = my_task.workflow.script_engine
        if self.cardinality is not None:
            count = execution.evaluate(my_task, self.cardinality)
            if isinstance(count, bool) or count is None or not hasattr(count, "__int__"):
                raise self._bad(my_task, self.cardinality, "会签次数不是数字")
            if count != int(count) or not 0 <= count <= MAX_INSTANCES:
                reason = f"会签次数应为 0 至 {MAX_INSTANCES} 的整数"
                raise self._bad(my_task, self.cardinality, reason)
            return list(range(int(count)))
        name = self.data_input.bpmn_id  # type: ignore[attr-defined] # of Spiff
        items = execution.variables_at(my_task).get(name)
        if not isinstance(items, list):
            raise self._bad(my_task, name, f"会签名单“{name}”不是列表")
        if len(items) > MAX_INSTANCES:
            raise self._bad(my_task, name, f"会签人数超过 {MAX_INSTANCES}")
        return list(items)

    def _bad(self, my_task: Any, expression: str, reason: str) -> ExpressionError:
        execution = my_task.workflow.script_engine
        message = f"环节“{execution.name_of(my_task)}”的{reason}。"
        error: ExpressionError = execution.failed(my_task, message, expression)
        return error

    def _add_next(self, my_task: Any) -> None:
        loop = my_task.internal_data[LOOP]
        index = loop["started"]
        loop["started"] += 1
        local: dict[str, Value] = {}
        if self.output_item is not None:  # type: ignore[attr-defined] # of Spiff
            local[self.output_item.bpmn_id] = None  # type: ignore[attr-defined] # of Spiff
        if self.input_item is not None:  # type: ignore[attr-defined] # of Spiff
            local[self.input_item.bpmn_id] = loop["items"][index]  # type: ignore[attr-defined] # of Spiff
        self.add_instance(my_task, index, local)

    def count(self, my_task: Any, instance: Any) -> None:
        """Collect the output of an instance."""
        loop = my_task.internal_data[LOOP]
        loop["completed"] += 1
        if self.output_item is not None:  # type: ignore[attr-defined] # of Spiff
            local = instance.internal_data[LOCALS]
            loop["outputs"][str(instance.internal_data[INDEX])] = local[self.output_item.bpmn_id]  # type: ignore[attr-defined] # of Spiff

    def judge(self, my_task: Any) -> None:
        """Stop when the condition holds or nothing is left to do."""
        if self._condition_holds(my_task) or self._exhausted(my_task):
            self.finish(my_task)
        elif self.sequential:
            self._add_next(my_task)

    def finish(self, my_task: Any) -> None:
        """Write the outputs and leave."""
        self._write_output(my_task)
        self.leave(my_task)

    def _exhausted(self, my_task: Any) -> bool:
        loop = my_task.internal_data[LOOP]
        return loop["started"] == len(loop["items"]) and not self.instances(my_task)

    def _condition_holds(self, my_task: Any) -> bool:
        if self.condition is None:
            return False
        loop = my_task.internal_data[LOOP]
        active = len(self.instances(my_task))
        bound: dict[str, Value] = {
            "numberOfInstances": len(loop["items"]),
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": loop["completed"],
            "numberOfTerminatedInstances": loop["started"] - loop["completed"] - active,
            "outputs": _in_order(loop["outputs"]),
        }
        execution = my_task.workflow.script_engine
        return bool(execution.is_true(my_task, self.condition, bound))

    def _write_output(self, my_task: Any) -> None:
        if self.data_output is not None:  # type: ignore[attr-defined] # of Spiff
            outputs = _in_order(my_task.internal_data[LOOP]["outputs"])
            assign(my_task, {self.data_output.bpmn_id: outputs})  # type: ignore[attr-defined] # of Spiff


class ParallelMultiInstance(MultiInstance, StockParallel):
    """All instances at once."""

    sequential = False


class SequentialMultiInstance(MultiInstance, StockSequential):
    """One instance after another, in the order of the collection."""

    sequential = True


class StandardLoop(Loop, StockLoop):
    """Repeats its activity while the loop condition holds, at most `maximum` times."""

    maximum: int | None
    test_before: bool

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data[LOOP] = {"started": 0}
        set_state(my_task, TaskState.STARTED)
        if self.test_before and not self._goes_on(my_task):
            my_task.workflow.script_engine.entered(my_task)
            return True
        self._add_next(my_task)
        return False

    def _add_next(self, my_task: Any) -> None:
        loop = my_task.internal_data[LOOP]
        loop["started"] += 1
        self.add_instance(my_task, loop["started"] - 1, {})

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


def _in_order(outputs: dict[str, Value]) -> list[Value]:
    return [outputs[index] for index in sorted(outputs, key=int)]
