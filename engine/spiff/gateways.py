"""Gateways: exclusive, inclusive, parallel and event-based."""

from __future__ import annotations

from collections import Counter
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.flow_node import TRIGGERED, FlowNode
from engine.spiff.internals import add_token, enter, set_state

ARRIVED_FROM = "arrived_from"


class ExclusiveGateway(FlowNode, BpmnSpecMixin, TaskSpec):
    """Takes the first flow in document order whose condition is true, else the default flow."""

    def move_on(self, my_task: Any) -> None:
        """Put a token on the chosen flow; a single flow needs no condition."""
        if not self.ways:
            super().move_on(my_task)
            return
        conditions = [(way.condition, way.target) for way in self.ways if way.condition is not None]
        unconditional = (way.target for way in self.ways if way.condition is None)
        chosen = my_task.workflow.script_engine.choose(
            my_task, conditions, next(unconditional, None)
        )
        add_token(my_task, my_task.workflow.spec.task_specs[chosen])


class ParallelGateway(FlowNode, BpmnSpecMixin, TaskSpec):
    """Fires when a token has arrived on each incoming flow; surplus tokens stay for the next time.

    Stock Spiff looks for completed predecessors in its history, which counts tokens of an earlier
    round of a loop again.  Here each arrival remembers its flow's source and is used up once.
    """

    def _update_hook(self, my_task: Any) -> bool:
        arrivals = my_task.internal_data
        arrivals.setdefault(ARRIVED_FROM, my_task.parent.task_spec.name)
        needed: Counter[str] = Counter(self._inputs)
        needed[arrivals[ARRIVED_FROM]] -= 1
        used = []
        for task in my_task.workflow.tasks.values():
            if task.task_spec is not self or task.state != TaskState.WAITING or task is my_task:
                continue
            source = task.internal_data[ARRIVED_FROM]
            if needed[source] > 0:
                needed[source] -= 1
                used.append(task)
        if +needed:
            set_state(my_task, TaskState.WAITING)
            return False
        for task in used:
            set_state(task, TaskState.COMPLETED)
        return True


class EventBasedGateway(FlowNode, BpmnSpecMixin, TaskSpec):
    """Waits, started, with all its events armed; the first one to fire takes the token.

    When it creates the instance, one of its events has happened; a `parallel` one waits for the
    others too, each by itself (BPMN 2.0.2 section 10.6.6).
    """

    def __init__(
        self, wf_spec: Any, bpmn_id: str, *, instantiates: bool, parallel: bool, **kw: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kw)
        self.instantiates = instantiates
        self.parallel = parallel

    def _run_hook(self, my_task: Any) -> bool | None:
        if TRIGGERED in my_task.internal_data:
            return True
        set_state(my_task, TaskState.STARTED)
        for spec in self.outputs:
            enter(add_token(my_task, spec))
        for event in my_task.children:
            event.task_spec.occur_if_true(event)
        return None

    def move_on(self, my_task: Any) -> None:
        """Let the event that created the instance go on; one that fired later does so by itself."""
        happened = my_task.internal_data.get(TRIGGERED)
        if happened is None:
            return
        for spec in self.outputs:
            if spec.name == happened:
                add_token(my_task, spec).internal_data[TRIGGERED] = happened
            elif self.parallel:
                add_token(my_task, spec)
