"""Event sub-processes: beside the flow of their scope, started by an event while it runs.

A token waits on the event sub-process from the start of the scope on; when its start event
happens the same token runs the sub-process.  Waiting tokens do not keep a scope from ending.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.activities import SubProcess
from engine.spiff.events import Catching
from engine.spiff.flow_node import end_scope
from engine.spiff.internals import set_state
from engine.spiff.triggers import CompensateTrigger


class EventSubProcess(Catching, SubProcess):
    """A sub-process that waits for the trigger of its start event."""

    handles_events = True

    def __init__(
        self, wf_spec: Any, bpmn_id: str, event_definition: Any, *, interrupting: bool, **kw: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kw)
        self.event_definition = event_definition
        self.interrupting = interrupting
        self.for_compensation = isinstance(event_definition, CompensateTrigger)

    def announces_entry(self, my_task: Any) -> bool:
        """Announce the sub-process only when it has started."""
        return bool(my_task.state == TaskState.STARTED) and super().announces_entry(my_task)

    def fire(self, my_task: Any) -> None:
        """Start the sub-process, instead of everything else in its scope or beside it."""
        workflow = my_task.workflow
        if self.interrupting:
            workflow.interruptions += 1
            end_scope(workflow, spare=my_task)
        else:
            self.rearm(my_task, workflow.task_tree)
        workflow.script_engine.entered(my_task)
        set_state(my_task, TaskState.STARTED)
        self.start_workflow(my_task)
