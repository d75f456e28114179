"""Activities: user, manual, service, script and business rule tasks, embedded sub-processes."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    SubWorkflowTask as StockSubProcess,
)
from SpiffWorkflow.bpmn.specs.defaults import UserTask as StockUserTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.compensation import begin
from engine.spiff.data import Activity, is_reopened
from engine.spiff.flow_node import cancel
from engine.spiff.internals import add_token, is_live, make_ready, set_state
from engine.spiff.records import INNER, SNAPSHOT, STORE, UNFINISHED, Record
from engine.spiff.scope import DATA
from engine.spiff.workflow import SubProcessScope

INPUTS = "inputs"


class UserTask(Activity, StockUserTask):
    """Waits, ready, for a person."""


class PassThrough(Activity, BpmnSpecMixin, TaskSpec):
    """A manual or abstract task: BPMN 2.0.2 section 13.3.3 completes it upon activation."""


class ServiceTask(Activity, BpmnSpecMixin, TaskSpec):
    """Waits, started, until its operation has been answered."""

    def _run_hook(self, my_task: Any) -> None:
        """Return None: Spiff's sign for a task that goes on outside."""
        my_task.internal_data[INPUTS] = my_task.workflow.script_engine.inputs_of(my_task)


class BusinessRuleTask(Activity, BpmnSpecMixin, TaskSpec):
    """Evaluates its decision at once and writes the result variable."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.decide(my_task)
        return True


class ScriptTask(Activity, BpmnSpecMixin, TaskSpec):
    """Evaluates its FEEL context at once and assigns the entries."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.run_script(my_task)
        return True


class ScopeActivity(Activity):
    """Mixed into activities that are a scope of tokens of their own inside the instance."""

    def create_scope(self, my_task: Any, *, deserializing: bool = False) -> Any:
        """Return a new scope of the right kind, empty when it is to be restored."""
        raise NotImplementedError

    def open_scope(self, my_task: Any, *, deserializing: bool = False) -> Any:
        """Create the scope of `my_task`, which goes on when the scope has completed."""
        scope = self.create_scope(my_task, deserializing=deserializing)
        my_task.workflow.top_workflow.subprocesses[my_task.id] = scope
        scope.completed_event.connect(self.scope_completed, my_task)
        return scope

    def scope_completed(self, _scope: Any, my_task: Any) -> None:
        """Let the activity complete."""
        make_ready(my_task)

    def start_workflow(self, my_task: Any) -> None:
        """Create the tokens of the scope and put the first on its start event."""
        self.open_data(my_task)
        self.open_scope(my_task).task_tree.run()

    def _update_hook(self, my_task: Any) -> None:
        set_state(my_task, TaskState.STARTED)
        self.start_workflow(my_task)

    def reopen(self, my_task: Any, record: Record) -> None:
        """Bring the scope back as it ended, to compensate what it had completed.

        Its compensation event sub-process decides how, if it has one and the activity completed;
        otherwise everything is compensated.
        """
        set_state(my_task, TaskState.STARTED)
        if SNAPSHOT in record:
            my_task.internal_data[DATA] = record[SNAPSHOT]
        scope = self.open_scope(my_task)
        if STORE in record:
            scope.variables = record[STORE]
        set_state(scope.task_tree, TaskState.COMPLETED)
        scope.records = record.get(INNER, [])
        handler = None if UNFINISHED in record else scope.spec.compensation_handler
        if handler is None:
            begin(scope, None)
        else:
            handler.fire(add_token(scope.task_tree, handler))

    def announces_entry(self, my_task: Any) -> bool:
        """Announce no second entry when the sub-process is compensated."""
        return not is_reopened(my_task)

    def _on_complete_hook(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.subprocesses.pop(my_task.id, None)
        super()._on_complete_hook(my_task)  # type: ignore[misc] # mixin before a Spiff specification

    def _on_cancel(self, my_task: Any) -> None:
        scope = my_task.workflow.top_workflow.subprocesses.pop(my_task.id, None)
        if scope is not None:
            for task in list(scope.tasks.values()):
                if is_live(task):
                    cancel(task)
            if is_reopened(my_task):
                my_task.parent.task_spec.leave_rest(my_task.parent, scope.records)
        super()._on_cancel(my_task)


class SubProcess(ScopeActivity, StockSubProcess):
    """An embedded sub-process: same process, same variables and its own data objects."""

    def create_scope(self, my_task: Any, *, deserializing: bool = False) -> SubProcessScope:
        """Create the scope of the sub-process."""
        spec = my_task.workflow.subprocess_specs[self.spec]
        return SubProcessScope(spec, my_task, deserializing=deserializing)
