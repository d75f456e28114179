"""Conditional events: they happen when a condition over the variables becomes true.

BPMN 2.0.2 section 10.5.5 leaves open who looks; here every command does, when the instance has come
to rest, so that whatever changed a variable is noticed in the same command.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.spiff.events import is_waiting, update_truth
from engine.spiff.internals import live_tasks
from engine.spiff.parking import Phase
from engine.spiff.triggers import ConditionTrigger, awaited


def occur(instance: Any, may_step: Callable[[Any], bool]) -> bool:
    """Let the conditions happen that have become true; False when there is none.

    All conditions are judged at the same moment; one that cannot be judged makes its event an
    incident.  `may_step` guards against conditions that make each other true for ever.
    """
    risen: list[tuple[Any, int]] = []
    for task in list(live_tasks(instance)):
        for index, trigger in awaited(task):
            if isinstance(trigger, ConditionTrigger):
                judge = partial(_judge, task, index, trigger, risen)
                task.workflow.script_engine.attempt(task, Phase.ENTER, judge)
    for task, index in risen:
        if is_waiting(task) and may_step(task):
            task.task_spec.occur(task, index)
    return bool(risen)


def _judge(task: Any, index: int, trigger: ConditionTrigger, risen: list[tuple[Any, int]]) -> None:
    if not is_waiting(task):  # an incident by now
        return
    holds = task.workflow.script_engine.holds(task, trigger.expression)
    if update_truth(task, index, holds=holds):
        risen.append((task, index))
