"""Activities: user, manual, service and business rule tasks, embedded sub-processes."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    SubWorkflowTask as StockSubProcess,
)
from SpiffWorkflow.bpmn.specs.defaults import UserTask as StockUserTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.flow_node import FlowNode, cancel
from engine.spiff.internals import is_live, set_state

INPUTS = "inputs"


class UserTask(FlowNode, StockUserTask):
    """Waits, ready, for a person."""


class PassThrough(FlowNode, BpmnSpecMixin, TaskSpec):
    """A manual or abstract task: BPMN 2.0.2 section 13.3.3 completes it upon activation."""


class ServiceTask(FlowNode, BpmnSpecMixin, TaskSpec):
    """Waits, started, until its operation has been answered."""

    def _run_hook(self, my_task: Any) -> None:
        """Return None: Spiff's sign for a task that goes on outside."""
        my_task.internal_data[INPUTS] = my_task.workflow.script_engine.inputs_of(my_task)


class BusinessRuleTask(FlowNode, BpmnSpecMixin, TaskSpec):
    """Evaluates its decision at once and writes the result variable."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.decide(my_task)
        return True


class SubProcess(FlowNode, StockSubProcess):
    """An embedded sub-process: a scope of tokens inside the instance, same variables."""

    def start_workflow(self, my_task: Any) -> None:
        """Create the tokens of the sub-process and put the first on its start event."""
        scope = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        self.await_completion(my_task, scope)
        scope.task_tree.run()

    def await_completion(self, my_task: Any, scope: Any) -> None:
        """Go on with `my_task` when `scope` has completed; needed again after loading."""
        scope.completed_event.connect(self._on_subworkflow_completed, my_task)

    def _update_hook(self, my_task: Any) -> None:
        set_state(my_task, TaskState.STARTED)
        self.start_workflow(my_task)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """Copy nothing: sub-processes share the instance's variables."""

    def _on_complete_hook(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.subprocesses.pop(my_task.id)
        super()._on_complete_hook(my_task)

    def _on_cancel(self, my_task: Any) -> None:
        scope = my_task.workflow.top_workflow.subprocesses.pop(my_task.id, None)
        if scope is not None:
            for task in list(scope.tasks.values()):
                if is_live(task):
                    cancel(task)
        super()._on_cancel(my_task)
