"""The inclusive gateway: takes every way whose condition is true, waits for all that may come.

BPMN 2.0.2 table 13.3: the join fires when no token elsewhere can still reach one of its empty
incoming flows without passing the gateway - except tokens that can reach a flow already filled,
since those would have to wait for the next time anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.flow_node import FlowNode, Judging
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.internals import is_live, live_tasks, make_ready, set_state


class InclusiveGateway(Judging, FlowNode, BpmnSpecMixin, TaskSpec):
    """Arrivals wait until the instance rests; then `release` lets the joins fire that may."""

    upstream: Mapping[str, frozenset[str]]

    def learn_upstream(self) -> None:
        """Work out which nodes lead to which incoming flow; once per parsed process.

        A flow is named by the node it comes from.
        """
        self.upstream = {source.name: self._leading_to(source) for source in self.inputs}

    def _leading_to(self, source: Any) -> frozenset[str]:
        """Return the names of the nodes with a way to `source` that does not pass the gateway."""
        found: set[str] = set()
        pending = [source]
        while pending:
            spec = pending.pop()
            if spec is not self and spec.name not in found:
                found.add(spec.name)
                pending.extend(spec.inputs)
        return frozenset(found)

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data.setdefault(ARRIVED_FROM, my_task.parent.task_spec.name)
        if len(self.inputs) == 1:
            return True
        set_state(my_task, TaskState.WAITING)
        return False

    def judge(self, my_task: Any) -> None:
        """Fire if it may."""
        if self.may_fire(my_task):
            self.fire(my_task)

    def finish(self, my_task: Any) -> None:
        """Fire without asking."""
        self.fire(my_task)

    def may_fire(self, my_task: Any) -> bool:
        """Whether no token elsewhere has to be waited for."""
        filled = {task.internal_data[ARRIVED_FROM] for task in self._arrivals(my_task)}
        to_filled = self._upstream_of(filled)
        to_empty = self._upstream_of(self.upstream.keys() - filled)
        return not any(
            task.task_spec.name in to_empty and task.task_spec.name not in to_filled
            for task in my_task.workflow.tasks.values()
            if is_live(task) and task.task_spec is not self
        )

    def fire(self, my_task: Any) -> None:
        """Use up one token of each filled flow; later ones stay for the next time."""
        wanted = Counter(spec.name for spec in self.inputs)
        for task in self._arrivals(my_task):
            source = task.internal_data[ARRIVED_FROM]
            if wanted[source] > 0:
                wanted[source] -= 1
                if task is not my_task:
                    set_state(task, TaskState.COMPLETED)
        make_ready(my_task)

    def _arrivals(self, my_task: Any) -> list[Any]:
        return [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self and task.state == TaskState.WAITING
        ]

    def _upstream_of(self, sources: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self.upstream[source] for source in sources))


def release(instance: Any) -> bool:
    """Let the first inclusive join fire that waits for nothing; False when nothing has changed.

    Only to be asked when no node can move by itself, so that every token stands where it waits.
    """
    for task in live_tasks(instance):
        spec = task.task_spec
        if isinstance(spec, InclusiveGateway) and task.state == TaskState.WAITING:
            spec.proceed(task)
            if task.state != TaskState.WAITING:
                return True
    return False
