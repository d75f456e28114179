"""A running instance, its embedded sub-processes and its called processes as Spiff workflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.model import ProcessDefinition, Value
from engine.spiff.flow_node import ScopeEnd
from engine.spiff.records import Record
from engine.values import clone_all


class Quiet:
    """Mixed into workflows: nothing is re-examined behind the runtime's back.

    `interruptions` counts, within one command, how often an event sub-process took over or a
    transaction was cancelled; `terminated` says that the scope ended abnormally.  `records` is what
    could be compensated, in order of completion.  `has_store` says whether variables of the process
    are kept here or in the workflow around.  `entry` is the id of the event that creates the
    instance, None for a start without trigger.
    """

    interruptions = 0
    terminated = False
    has_store = True
    entry: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.records: list[Record] = []
        super().__init__(*args, **kwargs)

    def update_waiting_tasks(self) -> None:
        """Do nothing: joins count arrivals and events are fired by the runtime."""

    def _task_completed_notify(self, task: Any) -> None:
        """Complete with the frame's own end, whatever the nodes of the diagram are called."""
        self.last_task = task
        if isinstance(task.task_spec, ScopeEnd):
            self.completed = True
            self.completed_event(self)  # type: ignore[attr-defined] # of Spiff


class SubProcessScope(Quiet, BpmnSubWorkflow):
    """The tokens of one embedded sub-process, in the process and with the variables around it.

    `owner` is the token of the activity.
    """

    has_store = False

    def __init__(self, spec: Any, my_task: Any, *, deserializing: bool = False) -> None:
        self.owner = my_task
        super().__init__(
            spec,
            parent_task_id=my_task.id,
            top_workflow=my_task.workflow.top_workflow,
            deserializing=deserializing,
        )

    @property
    def parent_workflow(self) -> Any:
        """The scope the activity stands in."""
        return self.owner.workflow

    @property
    def is_open(self) -> bool:
        """Whether the activity around the scope still runs."""
        return self.top_workflow.subprocesses.get(self.parent_task_id) is self

    @property
    def definition(self) -> ProcessDefinition:
        """The process whose nodes the tokens stand on."""
        definition: ProcessDefinition = self.parent_workflow.definition
        return definition

    @property
    def subprocess_specs(self) -> Any:
        """The specifications of the embedded sub-processes of the process."""
        return self.parent_workflow.subprocess_specs

    @property
    def variables(self) -> dict[str, Value]:
        """The variables of the process."""
        variables: dict[str, Value] = self.parent_workflow.variables
        return variables

    @property
    def calls(self) -> tuple[str, ...]:
        """The ids of the processes being called around the tokens, outermost first."""
        calls: tuple[str, ...] = self.parent_workflow.calls
        return calls


class CalledScope(SubProcessScope):
    """The tokens of one called process: its own nodes and its own variables."""

    has_store = True

    def __init__(
        self, definition: ProcessDefinition, my_task: Any, *, deserializing: bool = False
    ) -> None:
        self._definition = definition
        self._variables: dict[str, Value] = {}
        parsed = my_task.workflow.script_engine.executable(definition)
        self._subprocess_specs = parsed.subprocess_specs
        super().__init__(parsed.spec, my_task, deserializing=deserializing)

    @property
    def definition(self) -> ProcessDefinition:
        """The called process."""
        return self._definition

    @property
    def subprocess_specs(self) -> Any:
        """The specifications of the embedded sub-processes of the called process."""
        return self._subprocess_specs

    @property
    def variables(self) -> dict[str, Value]:
        """The variables of the called process."""
        return self._variables

    @variables.setter
    def variables(self, variables: dict[str, Value]) -> None:
        self._variables = variables

    @property
    def calls(self) -> tuple[str, ...]:
        """The ids of the processes being called, this one last."""
        return (*self.parent_workflow.calls, self._definition.id)


class Instance(Quiet, BpmnWorkflow):
    """One process instance; `variables` is the store its scopes share.

    `keys` are the values of its correlation keys as far as messages have told them.
    """

    is_open = True
    calls: tuple[str, ...] = ()

    def __init__(
        self, definition: ProcessDefinition, execution: Any, *, deserializing: bool = False
    ) -> None:
        self.definition = definition
        self.variables: dict[str, Value] = {}
        self.keys: dict[str, list[Value]] = {}
        parsed = execution.executable(definition)
        super().__init__(
            parsed.spec,
            parsed.subprocess_specs,
            script_engine=execution,
            deserializing=deserializing,
        )


def initial_variables(
    definition: ProcessDefinition, given: Mapping[str, object]
) -> dict[str, Value]:
    """Return the variables a process begins with: what it declares and what it is given."""
    return clone_all({**dict(definition.variables), **given})
