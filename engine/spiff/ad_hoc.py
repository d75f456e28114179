"""Ad-hoc sub-processes: people choose which activity to do, how often and in which order.

BPMN 2.0.2 sections 10.3.5 and 13.3.5.  Activities that no flow leads to may be started any number
of times by a command; flows between inner activities are followed as everywhere.  After each
activity the completion condition is judged; without one, a command ends the scope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine.ad_hoc import AdHocActivity, AdHocWork
from engine.errors import InvalidState
from engine.spiff.activities import SubProcess
from engine.spiff.data import Activity
from engine.spiff.events import BoundaryEvent, CatchEvent
from engine.spiff.flow_node import (
    EndJoin,
    Judging,
    ProcessSpec,
    cancel,
    end_scope,
    is_idle,
    place_token,
)
from engine.spiff.gateways import EventBasedGateway, ParallelGateway
from engine.spiff.inclusive import InclusiveGateway
from engine.spiff.internals import is_live, live_tasks, set_state
from engine.spiff.parking import is_parked
from engine.spiff.token_gate import TokenGate

_FINISHING: Final = "finishing"


class AdHocSubProcess(Judging, SubProcess):
    """The activity; its inner activities are in a scope without start and end events."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **particulars: Any) -> None:
        self.condition: str | None = particulars.pop("condition")
        self.sequential: bool = particulars.pop("sequential")
        self.cancels_remaining: bool = particulars.pop("cancels_remaining")
        super().__init__(wf_spec, bpmn_id, **particulars)

    def judge(self, my_task: Any) -> None:
        """End the sub-process when its completion condition holds."""
        if self.condition is not None and my_task.workflow.script_engine.is_true(
            my_task, self.condition
        ):
            self.finish(my_task)

    def finish(self, my_task: Any) -> None:
        """Execute nothing further; what still runs is taken back or may be done first.

        Tokens between activities go in any case: nothing would lead them on any more.
        """
        my_task.internal_data[_FINISHING] = True
        scope = _scope(my_task)
        if self.cancels_remaining:
            end_scope(scope)
        for task in list(scope.tasks.values()):
            if is_live(task) and _stands_between(task):
                cancel(task)
        if not _runs(scope):
            _complete(scope)


class AdHocEnd(EndJoin):
    """Takes the tokens at the end of inner paths; completes the scope only when it is ending."""

    def _update_hook(self, my_task: Any) -> bool:
        if _owner(my_task.workflow).internal_data.get(_FINISHING):
            return super()._update_hook(my_task)
        set_state(my_task, TaskState.CANCELLED)
        return False


class AdHocSpec(ProcessSpec):
    """The inside of an ad-hoc sub-process.

    `startable` are the ids of the activities that no flow leads to, in document order.
    """

    end_class = AdHocEnd
    startable: tuple[str, ...]

    def connect_activity(self, spec: Any) -> None:
        """Judge the completion condition after each time `spec` completes."""
        spec.completed_event.connect(_activity_completed)


def ad_hoc_tokens(instance: Any) -> Iterator[Any]:
    """The ad-hoc sub-processes that run and are no incidents, in order of creation."""
    for task in live_tasks(instance):
        if isinstance(task.task_spec, AdHocSubProcess) and not is_parked(task):
            yield task


def work_in(task: Any) -> AdHocWork:
    """Describe what people may do in the ad-hoc sub-process `task`."""
    scope = _scope(task)
    now = startable(task)
    running = Counter(inner.task_spec.name for inner in scope.tasks.values() if is_live(inner))
    return AdHocWork(
        scope_id=str(task.id),
        element_id=task.task_spec.bpmn_id,
        activities=tuple(
            AdHocActivity(element_id, running[element_id], element_id in now)
            for element_id in scope.spec.startable
        ),
        may_finish=may_finish(task),
        ends_by_condition=task.task_spec.condition is not None,
    )


def startable(task: Any) -> tuple[str, ...]:
    """Return the activities that may be started now in the ad-hoc sub-process `task`."""
    scope = _scope(task)
    if task.internal_data.get(_FINISHING) or (task.task_spec.sequential and _runs(scope)):
        return ()
    startable_ids: tuple[str, ...] = scope.spec.startable
    return startable_ids


def may_finish(task: Any) -> bool:
    """Whether a command may end the ad-hoc sub-process: no condition does, and nothing runs."""
    return task.task_spec.condition is None and is_idle_scope(task)


def is_idle_scope(task: Any) -> bool:
    """Whether nothing runs in the ad-hoc sub-process `task`."""
    return not _runs(_scope(task))


def activate(task: Any, element_id: str) -> None:
    """Start an activity of the ad-hoc sub-process `task`; raises InvalidState."""
    if element_id not in startable(task):
        raise InvalidState("目前不能开始这项工作。")
    scope = _scope(task)
    place_token(scope, element_id)


def finish(task: Any) -> None:
    """End the ad-hoc sub-process `task`; raises InvalidState."""
    if not may_finish(task):
        raise InvalidState("自组织子流程中还有未办结的工作，或者由完成条件决定何时结束。")
    task.task_spec.finish(task)


def _activity_completed(scope: Any, task: Any) -> None:
    owner = _owner(scope)
    if owner.internal_data.get(_FINISHING):
        owner.task_spec.finish(owner)
    else:
        owner.task_spec.proceed(owner)
    if owner.internal_data.get(_FINISHING):
        for child in task.children:
            if not is_live(child):
                set_state(child, TaskState.CANCELLED)


def _stands_between(task: Any) -> bool:
    """Whether a token waits at a gateway, a gate or an event of the flow, in no activity."""
    spec = task.task_spec
    if isinstance(spec, CatchEvent):
        return not isinstance(spec, BoundaryEvent | Activity)
    return isinstance(spec, ParallelGateway | InclusiveGateway | EventBasedGateway | TokenGate)


def _complete(scope: Any) -> None:
    place_token(scope, scope.spec.end.name)


def _owner(scope: Any) -> Any:
    return scope.owner


def _scope(task: Any) -> Any:
    return task.workflow.top_workflow.subprocesses[task.id]


def _runs(scope: Any) -> bool:
    return any(is_live(task) and not is_idle(task) for task in list(scope.tasks.values()))
