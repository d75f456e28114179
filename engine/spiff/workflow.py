"""A running instance and its embedded sub-processes as Spiff workflows."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.model import Value


class Quiet:
    """Mixed into workflows: nothing is re-examined behind the runtime's back.

    `interruptions` counts, within one command, how often an event sub-process took over.
    """

    interruptions = 0

    def update_waiting_tasks(self) -> None:
        """Do nothing: joins count arrivals and events are fired by the runtime."""


class SubProcessScope(Quiet, BpmnSubWorkflow):
    """The tokens of one embedded sub-process."""

    @property
    def is_open(self) -> bool:
        """Whether the activity around the scope still runs."""
        return self.top_workflow.subprocesses.get(self.parent_task_id) is self


class Instance(Quiet, BpmnWorkflow):
    """One process instance; `variables` is the store its scopes share."""

    is_open = True

    def __init__(
        self, spec: Any, subprocess_specs: Any, execution: Any, *, deserializing: bool = False
    ) -> None:
        self.variables: dict[str, Value] = {}
        super().__init__(
            spec, subprocess_specs, script_engine=execution, deserializing=deserializing
        )

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubProcessScope:
        """Create the scope of the sub-process `my_task` has entered."""
        scope = SubProcessScope(
            self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self
        )
        self.subprocesses[my_task.id] = scope
        return scope

    def restore_subprocess(self, my_task: Any, spec_name: str) -> SubProcessScope:
        """Create an empty scope, to be filled from a saved state."""
        scope = SubProcessScope(
            self.subprocess_specs[spec_name],
            parent_task_id=my_task.id,
            top_workflow=self,
            deserializing=True,
        )
        self.subprocesses[my_task.id] = scope
        my_task.task_spec.await_completion(my_task, scope)
        return scope
