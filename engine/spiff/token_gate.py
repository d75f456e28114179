"""The start quantity of an activity: so many tokens must arrive before it begins once.

BPMN 2.0.2 section 13.3.2.  Several incoming flows are an implied exclusive gateway, so every
token counts, whichever flow it comes by.  The gate stands before the activity and its boundary
events; who is sent to the activity by hand (return, jump) does not pass it.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.flow_node import FlowNode
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.internals import set_state


class TokenGate(FlowNode, BpmnSpecMixin, TaskSpec):
    """Tokens wait here until there are `quantity`; the last one goes on, the others are used up."""

    def __init__(self, wf_spec: Any, name: str, bpmn_id: str, quantity: int) -> None:
        super().__init__(wf_spec, name)
        self.bpmn_id = bpmn_id
        self.quantity = quantity

    def announces_entry(self, _my_task: Any) -> bool:
        """Leave the announcing to the activity: a token that waits has not entered it."""
        return False

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data.setdefault(ARRIVED_FROM, my_task.parent.task_spec.name)
        waiting = [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self and task.state == TaskState.WAITING and task is not my_task
        ]
        needed = self.quantity - 1
        if len(waiting) < needed:
            set_state(my_task, TaskState.WAITING)
            return False
        for task in waiting[:needed]:
            set_state(task, TaskState.COMPLETED)
        return True
