"""Call activities: another process runs inside the instance, with variables of its own.

BPMN 2.0.2 sections 10.3.6 and 13.3.5.  Nothing flows in or out except by mapping: inputs are
evaluated where the activity stands, outputs over the variables of the called process.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec

from engine.expressions import to_value
from engine.model import ProcessDefinition, Value
from engine.spiff.activities import ScopeActivity
from engine.spiff.data import inputs_read, node_of
from engine.spiff.internals import make_ready
from engine.spiff.workflow import CalledScope, initial_variables


class CallActivity(ScopeActivity, BpmnSpecMixin, TaskSpec):
    """Runs the process it calls, bound at deployment, and goes on when that has ended."""

    def inputs_of(self, my_task: Any) -> dict[str, Value]:
        """Return nothing: what is mapped in belongs to the called process."""
        del my_task
        return {}

    def outputs_of(self, my_task: Any) -> dict[str, Value]:
        """Return what the called process hands back."""
        return _handed_back(my_task, node_of(my_task).data_outputs)

    def stores_of(self, my_task: Any) -> dict[str, Value]:
        """Return what of the called process goes to data stores."""
        return _handed_back(my_task, node_of(my_task).store_writes)

    def create_scope(self, my_task: Any, *, deserializing: bool = False) -> CalledScope:
        """Create the scope of the called process."""
        return CalledScope(called_process(my_task), my_task, deserializing=deserializing)

    def start_workflow(self, my_task: Any) -> None:
        """Create the called process with its variables and put a token on its start."""
        if not my_task.workflow.script_engine.may_call(my_task, called_process(my_task).id):
            make_ready(my_task)
            return
        given = inputs_read(my_task)
        scope = self.open_scope(my_task)
        scope.variables = initial_variables(scope.definition, given)
        scope.task_tree.run()


def _handed_back(my_task: Any, mappings: tuple[tuple[str, str], ...]) -> dict[str, Value]:
    workflow = my_task.workflow
    scope = workflow.top_workflow.subprocesses.get(my_task.id)
    if scope is None:
        return {}
    evaluate = workflow.script_engine.evaluate_over
    return {name: to_value(evaluate(my_task, text, scope.variables)) for name, text in mappings}


def called_process(my_task: Any) -> ProcessDefinition:
    """Return the process the call activity of a token calls."""
    process: ProcessDefinition = my_task.workflow.definition.library[node_of(my_task).called]
    return process
