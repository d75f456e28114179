"""The data of an activity: its own variables, filled at entry and passed on at completion.

BPMN 2.0.2 sections 10.4.1 (data objects, properties, inputs and outputs) and 13.3.2 (the life of
an activity).  They lie on the token of the activity, on top of what is visible around it.
"""

from __future__ import annotations

from typing import Any

from engine.expressions import to_value
from engine.model import FlowNode as Node
from engine.model import Value
from engine.spiff.flow_node import NOT_DONE, FlowNode
from engine.spiff.records import keep_record
from engine.spiff.scope import DATA, assign_around
from engine.values import clone_all


class Activity(FlowNode):
    """Mixed into activities: their data lives as long as their token.

    `for_compensation` says that the activity only undoes others.
    """

    for_compensation = False

    def enter(self, my_task: Any) -> None:
        """Fill the inputs first."""
        if not self.handles_events:
            self.open_data(my_task)
        super().enter(my_task)

    def _on_complete(self, my_task: Any) -> None:
        is_done = my_task.internal_data.pop(NOT_DONE, None) is None
        if is_done and not is_reopened(my_task):
            assign_around(my_task, self.outputs_of(my_task))
            my_task.workflow.script_engine.store(my_task, self.stores_of(my_task))
            if self.compensable:
                keep_record(my_task)
        my_task.internal_data.pop(DATA, None)  # the way on is chosen by what is outside
        super()._on_complete(my_task)

    def open_data(self, my_task: Any) -> None:
        """Declare the variables of the activity and fill its inputs, once per token."""
        if DATA in my_task.internal_data:
            return
        data = {**clone_all(dict(node_of(my_task).variables)), **self.inputs_of(my_task)}
        if data:
            my_task.internal_data[DATA] = data

    def inputs_of(self, my_task: Any) -> dict[str, Value]:
        """Return the local variables that data associations fill at entry."""
        return inputs_read(my_task)

    def outputs_of(self, my_task: Any) -> dict[str, Value]:
        """Return what data associations write around the activity when it completes."""
        return evaluated(my_task, node_of(my_task).data_outputs)

    def stores_of(self, my_task: Any) -> dict[str, Value]:
        """Return what data associations write to data stores when it completes."""
        return evaluated(my_task, node_of(my_task).store_writes)


def is_reopened(my_task: Any) -> bool:
    """Whether an activity that had completed has come back to be compensated."""
    handles = my_task.task_spec.for_compensation
    return bool(my_task.parent.task_spec.compensates and not handles)


def node_of(my_task: Any) -> Node:
    """Return the flow node a token stands on, in the process of its scope."""
    node: Node = my_task.workflow.definition.nodes[my_task.task_spec.bpmn_id]
    return node


def inputs_read(my_task: Any) -> dict[str, Value]:
    """Return the values of the data inputs at a token, those from data stores included."""
    node, execution = node_of(my_task), my_task.workflow.script_engine
    stores = execution.stores_at(my_task)
    return {
        name: to_value(execution.evaluate(my_task, text, stores)) for name, text in node.data_inputs
    }


def evaluated(my_task: Any, mappings: tuple[tuple[str, str], ...]) -> dict[str, Value]:
    """Return the values of (variable, FEEL text) at a token, all seen from the same moment."""
    execution = my_task.workflow.script_engine
    return {name: to_value(execution.evaluate(my_task, text)) for name, text in mappings}
