"""Multi-instance activities (会签): one instance per item, at once or one after another.

BPMN 2.0.2 sections 10.3.8 and 13.3.7.  What the loop knows stands in its internal data:
`items`, `started`, `completed`, `outputs` by index, `resting` (engine/spiff/resting.py), and while
the loop is an incident `unjudged`: what completed, as [index, its own variables].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelMultiInstanceTask as StockParallel,
)
from SpiffWorkflow.bpmn.specs.defaults import (
    SequentialMultiInstanceTask as StockSequential,
)
from SpiffWorkflow.util.task import TaskState

from engine.countersign import Countersign, Verdict
from engine.errors import ExpressionError, InvalidState, LastInstance
from engine.expressions import compile_text
from engine.model import EventType, Value
from engine.spiff.activities import UserTask
from engine.spiff.data import node_of
from engine.spiff.flow_node import cancel
from engine.spiff.instance_events import InstanceEvent
from engine.spiff.internals import is_live, restore_task, set_state
from engine.spiff.loop import INDEX, LOOP, Loop
from engine.spiff.opinions import Opinions
from engine.spiff.parking import Phase, is_parked, phase_of
from engine.spiff.resting import RESTING, instance_id, resting
from engine.spiff.scope import LOCALS, assign
from engine.spiff.throwing import throw

MAX_INSTANCES = 10_000
OUTPUTS = "outputs"
UNJUDGED = "unjudged"


class MultiInstance(Loop):
    """One instance per item of a collection, or a number of instances."""

    cardinality: str | None
    sequential: bool
    input_item: Any
    output_item: Any
    data_input: Any
    data_output: Any
    countersign: Countersign | None = None
    throws: tuple[InstanceEvent, ...] = ()

    def _may_rest(self, my_task: Any) -> bool:
        """Whether nothing happens in an instance but a person's answer."""
        node = node_of(my_task)
        plain = not (node.variables or node.data_inputs)
        return plain and not self.sequential and isinstance(self.instance_spec, UserTask)

    def _update_hook(self, my_task: Any) -> bool:
        items = self._items(my_task)
        loop: dict[str, Any] = {"items": [], "started": 0, "completed": 0, OUTPUTS: {}}
        my_task.internal_data[LOOP] = loop
        if self._may_rest(my_task):
            loop[RESTING] = []
        set_state(my_task, TaskState.STARTED)
        for item in items:
            self._take_in(my_task, item)
        for _ in range(min(1, len(items)) if self.sequential else len(items)):
            self._add_next(my_task)
        if not items:
            self._write_outputs(my_task)
            self._decide(my_task)
        return not items

    def _take_in(self, my_task: Any, item: Value) -> None:
        loop = my_task.internal_data[LOOP]
        loop["items"].append(item)
        if self.countersign is not None:
            Opinions(self.countersign, my_task).ask(self._local(loop, len(loop["items"]) - 1))

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
        name = self.data_input.bpmn_id
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
        if RESTING in loop:
            loop[RESTING].append(index)
            self._report(my_task, EventType.ELEMENT_ENTERED, index)
        else:
            self.start_instance(my_task, index, self._local(loop, index))

    def _local(self, loop: dict[str, Any], index: int) -> dict[str, Value]:
        local: dict[str, Value] = {}
        if self.output_item is not None:
            local[self.output_item.bpmn_id] = None
        if self.input_item is not None:
            local[self.input_item.bpmn_id] = loop["items"][index]
        return local

    def wake(self, my_task: Any, index: int) -> Any:
        """Turn the resting instance number `index` into a token and return it."""
        loop = my_task.internal_data[LOOP]
        loop[RESTING].remove(index)
        task_id = instance_id(my_task.id, index)
        task = restore_task(my_task.workflow, self.instance_spec, my_task, task_id, TaskState.READY)
        task.internal_data[INDEX] = index
        local = self._local(loop, index)
        task.internal_data[LOCALS] = self.locals_of(my_task, index, local)
        my_task.workflow.script_engine.known.add(task_id)
        return task

    def count(self, my_task: Any, instance: Any) -> None:
        """Collect the output of an instance."""
        loop = my_task.internal_data[LOOP]
        loop["completed"] += 1
        index, local = instance.internal_data[INDEX], instance.internal_data[LOCALS]
        if self.output_item is not None:
            loop[OUTPUTS][str(index)] = local[self.output_item.bpmn_id]
        if self.countersign is not None or self.throws:
            loop.setdefault(UNJUDGED, []).append([index, local])

    def proceed(self, my_task: Any) -> None:
        """Judge opinion by opinion, as far as they can be judged."""
        super().proceed(my_task)
        loop = my_task.internal_data[LOOP]
        while UNJUDGED in loop and is_live(my_task) and not is_parked(my_task):
            super().proceed(my_task)

    def judge(self, my_task: Any) -> None:
        """Hear the next opinion and throw what it calls for; after the last one stop or go on."""
        loop = my_task.internal_data[LOOP]
        if UNJUDGED in loop:
            (index, local), *rest = loop.pop(UNJUDGED)
            if self.countersign is not None:
                Opinions(self.countersign, my_task).hear(index, local)
            self._throw_events(my_task, frozenset(str(later) for later, _ in rest))
            if not is_live(my_task):  # one of the events has interrupted the activity
                return
            if rest:
                loop[UNJUDGED] = rest
                return
        if self._exhausted(my_task) or self._condition_holds(my_task) or self._is_decided(my_task):
            self._write_outputs(my_task)
            self._decide(my_task)
            self.leave(my_task)
        elif self.sequential:
            self._add_next(my_task)

    def correct(self, my_task: Any, values: Mapping[str, Value]) -> None:
        """Correct the opinion that cannot be judged where it declares the names itself."""
        loop = my_task.internal_data.get(LOOP, {})
        index, local = loop[UNJUDGED][0] if UNJUDGED in loop else (None, {})
        own = {name: value for name, value in values.items() if name in local}
        local.update(own)
        if self.output_item is not None and self.output_item.bpmn_id in own:
            loop[OUTPUTS][str(index)] = own[self.output_item.bpmn_id]
        super().correct(my_task, {n: value for n, value in values.items() if n not in own})

    def finish(self, my_task: Any) -> None:
        """Write the outputs and leave; a countersign ends undecided."""
        my_task.internal_data[LOOP].pop(UNJUDGED, None)
        self._write_outputs(my_task)
        if self.countersign is not None:
            assign(my_task, {self.countersign.result: None})
        self.leave(my_task)

    def _throw_events(self, my_task: Any, later: frozenset[str]) -> None:
        """Throw for one instance; those that completed `later` still run for the conditions."""
        for event in self.throws:
            first = my_task.internal_data[LOOP]["completed"] - len(later) == 1
            due = is_live(my_task) and (first or not event.first_only)
            if due and (event.condition is None or self._is_true(my_task, event.condition, later)):
                throw(my_task, event.trigger)

    def _is_decided(self, my_task: Any) -> bool:
        rule = self.countersign
        if rule is None or rule.wait_for_all:
            return False
        return Opinions(rule, my_task).verdict() is not Verdict.OPEN

    def add(self, my_task: Any, item: Value) -> None:
        """Ask one more (加签): at once, or in sequence after all others.

        `item` is not used where the loop counts instances instead of going over a collection.
        """
        loop = my_task.internal_data[LOOP]
        if len(loop["items"]) >= MAX_INSTANCES:
            raise InvalidState(f"会签人数已达上限 {MAX_INSTANCES}。", "请改用其他办理方式。")
        self._take_in(my_task, item if self.cardinality is None else len(loop["items"]))
        my_task.workflow.script_engine.report(EventType.LOOP_EXTENDED, my_task, {"item": item})
        if not self.sequential:
            self._add_next(my_task)

    def remove(self, my_task: Any, task: Any) -> None:
        """Take one running instance out (减签); it counts as terminated and is asked no longer.

        Raises LastInstance when nobody would be left who acts or has acted.
        """
        loop = my_task.internal_data[LOOP]
        waiting = len(loop["items"]) - loop["started"]
        if not loop["completed"] and not waiting and self.active(my_task) == 1:
            raise LastInstance
        cancel(task)
        index = task.internal_data[INDEX]
        item = loop["items"][index]
        my_task.workflow.script_engine.report(EventType.LOOP_REDUCED, my_task, {"item": item})
        if self.countersign is not None:
            Opinions(self.countersign, my_task).withdraw(index)
        self.proceed(my_task)

    def is_running(self, my_task: Any) -> bool:
        """Whether instances run or may still follow: not when the way in or out has failed."""
        return my_task.state == TaskState.STARTED and phase_of(my_task) in {None, Phase.REPEAT}

    def active(self, my_task: Any) -> int:
        """Return how many instances run."""
        return len(self.instances(my_task)) + len(resting(my_task))

    def _exhausted(self, my_task: Any) -> bool:
        loop = my_task.internal_data[LOOP]
        return loop["started"] == len(loop["items"]) and not self.active(my_task)

    def _condition_holds(self, my_task: Any) -> bool:
        return self.condition is not None and self._is_true(my_task, self.condition)

    def _is_true(self, my_task: Any, condition: str, later: frozenset[str] = frozenset()) -> bool:
        """Judge a condition with the counters of the loop as they were before those in `later`."""
        loop = my_task.internal_data[LOOP]
        active = self.active(my_task) + len(later)
        completed = loop["completed"] - len(later)
        bound: dict[str, Value] = {
            "numberOfInstances": len(loop["items"]),
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": completed,
            "numberOfTerminatedInstances": loop["started"] - completed - active,
        }
        compiled = compile_text(condition)
        if OUTPUTS in compiled.names or OUTPUTS in compiled.filter_names:
            outputs = loop[OUTPUTS].items()
            bound[OUTPUTS] = _in_order({key: out for key, out in outputs if key not in later})
        execution = my_task.workflow.script_engine
        return bool(execution.is_true(my_task, condition, bound))

    def _write_outputs(self, my_task: Any) -> None:
        if self.data_output is not None:
            outputs = _in_order(my_task.internal_data[LOOP][OUTPUTS])
            assign(my_task, {self.data_output.bpmn_id: outputs})

    def _decide(self, my_task: Any) -> None:
        if self.countersign is not None:
            Opinions(self.countersign, my_task).decide()

    def leave(self, my_task: Any) -> None:
        """Take back the instances that rest too."""
        self._withdraw_resting(my_task)
        super().leave(my_task)

    def _on_cancel(self, my_task: Any) -> None:
        self._withdraw_resting(my_task)
        super()._on_cancel(my_task)

    def _withdraw_resting(self, my_task: Any) -> None:
        rows = resting(my_task)
        for index in rows:
            self._report(my_task, EventType.ELEMENT_CANCELLED, index)
        rows.clear()

    def _report(self, my_task: Any, kind: EventType, index: int) -> None:
        execution = my_task.workflow.script_engine
        execution.report_at(kind, my_task, str(instance_id(my_task.id, index)))


class ParallelMultiInstance(MultiInstance, StockParallel):
    """All instances at once."""

    sequential = False


class SequentialMultiInstance(MultiInstance, StockSequential):
    """One instance after another, in the order of the collection."""

    sequential = True


def _in_order(outputs: dict[str, Value]) -> list[Value]:
    return [outputs[index] for index in sorted(outputs, key=int)]
