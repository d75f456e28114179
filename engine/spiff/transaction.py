"""Transactions: sub-processes that can be cancelled as a whole (BPMN 2.0.2, 10.3.5 and 13.5.6).

A cancel end event takes back everything that still runs in the transaction, compensates what has
completed - also inside sub-processes that had not - and leaves by the cancel event on its boundary.
"""

from __future__ import annotations

from typing import Any, Final

from engine.model import EventType
from engine.spiff.activities import SubProcess
from engine.spiff.compensation import Compensation, begin, is_handling
from engine.spiff.flow_node import end_scope
from engine.spiff.loop import Loop
from engine.spiff.records import remember
from engine.spiff.triggers import CancelTrigger, awaited

CANCELLATION_SUFFIX: Final = ".Cancellation"


class Transaction(SubProcess):
    """A sub-process whose cancel end events undo it."""


class Cancellation(Compensation):
    """The compensation of a cancelled transaction."""

    def conclude(self, my_task: Any) -> None:
        """Leave the transaction by the cancel event on its boundary."""
        activity = _owner(my_task.workflow)
        while isinstance(activity.parent.task_spec, Loop):
            activity = activity.parent
        for event in activity.parent.children:
            if any(isinstance(part, CancelTrigger) for _, part in awaited(event)):
                event.task_spec.fire(event)
                return


def cancel_transaction(my_task: Any) -> None:
    """Cancel the innermost transaction around the cancel end event `my_task`."""
    scope = my_task.workflow
    while not isinstance(_owner(scope).task_spec, Transaction):
        scope = _owner(scope).workflow
    owner = _owner(scope)
    owner.workflow.script_engine.report(EventType.TRANSACTION_CANCELLED, owner)
    scope.interruptions += 1
    _keep_unfinished(scope)
    end_scope(scope)
    begin(scope, None, spec=scope.spec.cancellation)


def _keep_unfinished(scope: Any) -> None:
    """Remember what has completed in the sub-processes of `scope` that still run.

    Compensation under way remembers by itself what is left of it.
    """
    subprocesses = scope.top_workflow.subprocesses
    for task in list(scope.tasks.values()):
        inner = subprocesses.get(task.id)
        if inner is not None and not is_handling(task):
            _keep_unfinished(inner)
            if inner.records:
                remember(task, inner.records, finished=False)


def _owner(scope: Any) -> Any:
    return scope.top_workflow.get_task_from_id(scope.parent_task_id)
