"""The commands on an incident: retry, skip, and how an operation becomes one.

A third way out, returning to an earlier user task, is `engine.runtime.return_to` with the task id
of the incident.  Like every command they take state and return state; see `engine.runtime`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine.command import Command, never_armed, perform
from engine.errors import ExpressionError, TargetNotAllowed
from engine.model import Advance, EventType, ProcessDefinition, Variables
from engine.spiff.activities import INPUTS, BusinessRuleTask, ScriptTask, ServiceTask
from engine.spiff.data import node_of
from engine.spiff.events import CatchEvent, SendTask
from engine.spiff.execution import Environment
from engine.spiff.flow_node import NOT_DONE, SKIPS_TO, cancel, entrance_names
from engine.spiff.internals import enter, make_ready, set_state
from engine.spiff.parking import Phase, is_parked, unpark
from engine.spiff.scope import assign_around
from engine.values import clone_all

_DONE_WHEN_RUN: Final = (ServiceTask, BusinessRuleTask, ScriptTask, SendTask)
"""What these do has failed when they fail to run; with others it is only the way out."""


def retry(
    process: ProcessDefinition,
    state: bytes,
    task_id: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Do the step that failed again, after correcting `variables`.

    It may fail again; the corrections stay.  Raises TaskNotOpen when the incident is no more.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        task = command.find_incident(task_id)
        task.task_spec.correct(task, clone_all(variables))
        _redo(command, task)
        if not is_parked(task):
            command.execution.report(EventType.INCIDENT_RESOLVED, task, {"by": "retry"})
        return command.advance()

    return perform(process, environment, now, act)


def _redo(command: Command, task: Any) -> None:
    match unpark(task):
        case Phase.ENTER:
            set_state(task, TaskState.FUTURE)
            enter(task)
        case Phase.RUN:
            make_ready(task)
            command.attempt(task, Phase.RUN, task.run)
        case Phase.LEAVE:
            command.attempt(task, Phase.LEAVE, task.complete)
        case Phase.REPEAT:
            task.task_spec.proceed(task)


def skip(
    process: ProcessDefinition,
    state: bytes,
    task_id: str,
    flow_id: str | None,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Complete the failing element without doing it; `variables` stand for its results.

    Where the diagram asks a condition `flow_id` names the sequence flow to take (`Incident.flows`).
    A loop ends with what it has brought so far, a countersign undecided; an ad-hoc sub-process
    ends, and a complex gateway starts, as if its condition held; an event beside the flow stays
    unarmed.  Raises TaskNotOpen when the incident is no more, and TargetNotAllowed for a flow that
    is missing or does not leave the element.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        task = command.find_incident(task_id)
        flows = command.incident(task).flows
        if flow_id is None if flows else flow_id is not None:
            raise TargetNotAllowed("请指明跳过后的流向。", "请在列出的流向中选择。")
        if flow_id is not None and flow_id not in flows:
            raise TargetNotAllowed("所选流向不是该环节的流向。", "请在列出的流向中选择。")
        results = clone_all(variables)
        assign_around(task, results)
        command.execution.report(EventType.INCIDENT_RESOLVED, task, {"by": "skip", "flow": flow_id})
        _pass_by(command, task, flow_id, results)
        return command.advance()

    return perform(process, environment, now, act)


def _pass_by(command: Command, task: Any, flow_id: str | None, results: Variables) -> None:
    spec = task.task_spec
    if never_armed(task):
        cancel(task)
        return
    phase = unpark(task)
    if phase is Phase.REPEAT:
        spec.finish(task)
        assign_around(task, results)  # over what the node itself has brought
        return
    targets = [output.name for output in spec.outputs]
    if flow_id is not None:
        target = task.workflow.definition.flows[flow_id].target
        targets = [name for name in targets if name in entrance_names(target)]
    task.internal_data[SKIPS_TO] = targets
    if phase is Phase.ENTER or (phase is Phase.RUN and isinstance(spec, _DONE_WHEN_RUN)):
        task.internal_data[NOT_DONE] = True
    if phase is Phase.ENTER and isinstance(spec, CatchEvent):
        spec.fire(task)
    else:
        command.execution.entered(task)
        command.attempt(task, Phase.LEAVE, task.complete)


def fail_operation(
    process: ProcessDefinition,
    state: bytes,
    operation_id: str,
    message: str,
    remedy: str,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Turn a pending operation that could not be carried out into an incident.

    A retry works out its inputs anew.  Raises TaskNotOpen when it is not pending.
    """

    def act(command: Command) -> Advance:
        command.load(state)
        task = command.find(operation_id, ServiceTask, TaskState.STARTED)
        node = node_of(task)
        del task.internal_data[INPUTS]
        error = ExpressionError(
            message,
            remedy,
            expression=node.operation or "",
            seen=command.execution.read_by(task, [text for _, text in node.inputs]),
        )
        command.execution.park(task, Phase.RUN, error)
        return command.advance()

    return perform(process, environment, now, act)
