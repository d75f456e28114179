"""The complex gateway: goes on as soon as its activation condition holds, then waits for the rest.

BPMN 2.0.2 section 13.4.5.  Waiting for start, it fires when the condition is true: one token of
each flow that has one is used up.  Then it waits for reset: for a token on each other flow, as
far as an inclusive gateway would expect one.  What arrives until then is used up by the reset,
which puts tokens on the flows whose conditions are true now.

Expressions may name `activationCount`, the number of tokens on all incoming flows, the id of each
incoming flow, the number of tokens on it, and `waitingForStart`.  A flow without condition is
taken by the start only; when the start has used a token of every flow there is no reset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine.model import Value
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.inclusive import InclusiveGateway
from engine.spiff.internals import add_token, is_live, make_ready, set_state
from engine.spiff.parking import Phase, phase_of
from engine.spiff.scope import LOCALS

CONSUMED: Final = "consumed"
_WAITING_FOR_START: Final = "waitingForStart"


class ComplexGateway(InclusiveGateway):
    """Arrivals wait until the condition holds; a token of its own waits for the reset."""

    def __init__(
        self,
        wf_spec: Any,
        bpmn_id: str,
        condition: str | None = None,
        flows: Mapping[str, str] | None = None,
        **particulars: Any,
    ) -> None:
        """Take the activation condition and the source of each incoming flow by its id."""
        super().__init__(wf_spec, bpmn_id, **particulars)
        self.condition = condition
        self.flows = flows or {}

    def announces_entry(self, my_task: Any) -> bool:
        """Announce arrivals, not the token that waits for the reset."""
        return CONSUMED not in my_task.internal_data

    def enter(self, my_task: Any) -> None:
        """Take in the arrival, then ask whether that is enough."""
        super().enter(my_task)
        self.proceed(my_task)

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data.setdefault(ARRIVED_FROM, my_task.parent.task_spec.name)
        set_state(my_task, TaskState.WAITING)
        return False

    def judge(self, my_task: Any) -> None:
        """Start or reset if the gateway may; an arrival that was an incident counts again."""
        set_state(my_task, TaskState.WAITING)
        super().judge(my_task)

    def may_fire(self, my_task: Any) -> bool:
        """Whether the gateway starts, or resets if `my_task` waits for that.

        Neither while an arrival is an incident: the same question would only fail again.
        """
        if self._has_incident(my_task):
            return False
        if CONSUMED in my_task.internal_data:
            return self._may_reset(my_task)
        return self._waiting_for_reset(my_task) is None and self._is_active(my_task)

    def fire(self, my_task: Any) -> None:
        """Start or reset."""
        if CONSUMED in my_task.internal_data:
            self._reset(my_task)
        else:
            self._start(my_task)
        make_ready(my_task)

    def _is_active(self, my_task: Any) -> bool:
        if self.condition is None:
            return True
        counts = Counter(task.internal_data[ARRIVED_FROM] for task in self._arrivals(my_task))
        bound: dict[str, Value] = {flow: counts[source] for flow, source in self.flows.items()}
        bound |= {"activationCount": counts.total(), _WAITING_FOR_START: True}
        execution = my_task.workflow.script_engine
        complete = all(counts[source] for source in self.flows.values())
        return bool(execution.activates(my_task, self.condition, bound, complete=complete))

    def _start(self, my_task: Any) -> None:
        sources = {my_task.internal_data[ARRIVED_FROM]}
        for task in self._arrivals(my_task):
            if task is not my_task and task.internal_data[ARRIVED_FROM] not in sources:
                sources.add(task.internal_data[ARRIVED_FROM])
                set_state(task, TaskState.COMPLETED)
        my_task.internal_data[LOCALS] = {_WAITING_FOR_START: True}
        if sources != set(self.flows.values()):
            marker = add_token(my_task.workflow.task_tree, self, state=TaskState.WAITING)
            marker.internal_data[CONSUMED] = sorted(sources)

    def _reset(self, my_task: Any) -> None:
        sources = set(my_task.internal_data[CONSUMED])
        for task in self._arrivals(my_task):
            if task.internal_data[ARRIVED_FROM] not in sources:
                sources.add(task.internal_data[ARRIVED_FROM])
                set_state(task, TaskState.COMPLETED)
        my_task.internal_data[LOCALS] = {_WAITING_FOR_START: False}

    def _may_reset(self, my_task: Any) -> bool:
        """Whether no token elsewhere has to be waited for, by the rule of inclusive gateways."""
        filled = {task.internal_data[ARRIVED_FROM] for task in self._arrivals(my_task)}
        filled.update(my_task.internal_data[CONSUMED])
        to_filled = self._upstream_of(filled)
        to_empty = self._upstream_of(self.upstream.keys() - filled)
        return not any(
            task.task_spec.name in to_empty and task.task_spec.name not in to_filled
            for task in my_task.workflow.tasks.values()
            if is_live(task) and task.task_spec is not self
        )

    def move_on(self, my_task: Any) -> None:
        """Follow the conditions; a reset may lead nowhere, then its token ends."""
        if CONSUMED not in my_task.internal_data:
            super().move_on(my_task)
            return
        execution = my_task.workflow.script_engine
        specs = my_task.workflow.spec.task_specs
        chosen = [
            specs[way.target]
            for way in self.ways
            if way.condition is not None and execution.is_true(my_task, way.condition)
        ]
        for spec in chosen or [my_task.workflow.spec.end]:
            add_token(my_task, spec)

    def _arrivals(self, my_task: Any) -> list[Any]:
        return [task for task in super()._arrivals(my_task) if CONSUMED not in task.internal_data]

    def _has_incident(self, my_task: Any) -> bool:
        return any(
            task.task_spec is self and phase_of(task) is Phase.REPEAT
            for task in my_task.workflow.tasks.values()
        )

    def _waiting_for_reset(self, my_task: Any) -> Any:
        return next(
            (task for task in super()._arrivals(my_task) if CONSUMED in task.internal_data),
            None,
        )
