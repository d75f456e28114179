"""Tokens moved by people instead of by the diagram: returned (退回) or jumped (自由跳转)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from engine import structure
from engine.command import Command
from engine.errors import TargetNotAllowed
from engine.model import (
    DirectObstacle,
    EventType,
    ProcessDefinition,
    Resubmission,
    ResubmitPolicy,
    ReturnOption,
    ReturnPolicy,
)
from engine.spiff.compensation import is_handling
from engine.spiff.data import node_of
from engine.spiff.flow_node import (
    cancel,
    is_guard,
    is_idle,
    place_token,
    remember_return,
)
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.internals import add_token, enter, is_live, live_tasks
from engine.spiff.parking import is_parked
from engine.spiff.scope import LOCALS

_WAYS: Final = {
    ResubmitPolicy.PATH: (Resubmission.PATH,),
    ResubmitPolicy.DIRECT: (Resubmission.DIRECT,),
    ResubmitPolicy.CHOOSE: (Resubmission.PATH, Resubmission.DIRECT),
}


def return_targets(process: ProcessDefinition, element_id: str) -> tuple[str, ...]:
    """Return the user tasks that the user task `element_id` may be returned to.

    From a called process it may also go back to where the call activity may go back to, if there
    is only one that leads there.  When `process` itself does not have the element, it is looked for
    in the processes deployed together with it.
    """
    owner = process.owner_of(element_id)
    if owner.nodes[element_id].return_policy is ReturnPolicy.NONE:
        return ()
    found = structure.return_targets(owner, element_id)
    while (call := structure.only_call(process, owner)) is not None:
        owner, activity = call
        found += structure.return_targets(owner, activity)
    return found


def return_options(source: Any) -> tuple[ReturnOption, ...]:
    """Say where an open user task or incident may be returned to, and how it comes back."""
    if node_of(source).return_policy is ReturnPolicy.NONE:
        return ()
    options: dict[str, ReturnOption] = {}
    for token in _carriers(source):
        for target in structure.return_targets(token.workflow.definition, token.task_spec.bpmn_id):
            options.setdefault(target, _option(source, token, target))
    return tuple(options.values())


def _option(source: Any, token: Any, target: str) -> ReturnOption:
    policy = node_of(source).resubmit_policy
    obstacle = _obstacle(source, token, target, policy)
    return ReturnOption(
        target, _WAYS[policy] if obstacle is None else (Resubmission.PATH,), obstacle
    )


def _obstacle(
    source: Any, token: Any, target: str, policy: ResubmitPolicy
) -> DirectObstacle | None:
    """Going straight back restores one token, so no other may have been taken back."""
    if policy is ResubmitPolicy.PATH:
        return DirectObstacle.POLICY
    if is_parked(source):
        return DirectObstacle.INCIDENT
    if LOCALS in source.internal_data:
        return DirectObstacle.LOOP
    if _scope_of(token, target) is not source.workflow:
        return DirectObstacle.SCOPE
    own = {source, *(source.parent.children if is_guard(source.parent) else ())}
    moved = _tokens_around(source.workflow, target)
    return DirectObstacle.BRANCHES if any(task not in own for task in moved) else None


def check_return(source: Any, target: str, way: Resubmission | None) -> Resubmission:
    """Return the way back, the first there is when `way` is None.

    Raises TargetNotAllowed for what `return_options` does not offer.
    """
    option = next((o for o in return_options(source) if o.element_id == target), None)
    if option is None:
        raise TargetNotAllowed
    if way is not None and way not in option.ways:
        raise TargetNotAllowed("不能以所选的方式退回。", "请在列出的退回方式中选择。")
    return way or option.ways[0]


def send_back(command: Command, source: Any, target: str, way: Resubmission) -> None:
    """Take back every token of the region around `target`, and put one on it."""
    token = next(
        token
        for token in _carriers(source)
        if target in structure.return_targets(token.workflow.definition, token.task_spec.bpmn_id)
    )
    placed = _move(command, source, token, target)
    if way is Resubmission.DIRECT:
        remember_return(placed, source)


def jump_targets(source: Any) -> tuple[str, ...]:
    """Return the user tasks the token of the open user task `source` may jump to."""
    return tuple(dict.fromkeys(target for _, targets in _jumps(source) for target in targets))


def jump(command: Command, source: Any, target: str) -> None:
    """Let one token jump; raises TargetNotAllowed for what `jump_targets` does not name."""
    token = next((token for token, targets in _jumps(source) if target in targets), None)
    if token is None:
        raise _no_jump()
    _move(command, source, token, target)


def _jumps(source: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The token, then the call activities around it, each with where it may jump.

    A call activity may jump forward only when nothing is left in the called process that may not
    be skipped.
    """
    left = False
    for token in _carriers(source):
        definition, element = token.workflow.definition, token.task_spec.bpmn_id
        done = {element} if token is not source and not left else set[str]()
        targets = structure.jump_targets(definition, element, {element}, done)
        yield token, tuple(t for t in targets if not _leaves_compensation(token, t))
        if _leaves_compensation(token, None):
            return
        left = left or structure.has_unskippable_ahead(definition, element, done)


def _leaves_compensation(token: Any, target: str | None) -> bool:
    """Whether a compensation would be given up on the way to `target`, or out of the process."""
    while not is_handling(token):
        workflow = token.workflow
        if target in workflow.spec.task_specs or workflow.has_store:
            return False
        token = workflow.owner
    return True


def _is_undoing(token: Any) -> bool:
    """Whether `token` belongs to a compensation under way, in its scope or around it."""
    while not is_handling(token):
        if token.workflow.parent_task_id is None:
            return False
        token = token.workflow.owner
    return True


def jump_targets_of_all(command: Command) -> tuple[str, ...]:
    """Return the user tasks outside of all regions that all tokens together may jump to."""
    if command.status.has_ended:
        return ()
    tokens = [task for task in live_tasks(command.instance) if not task.workflow.calls]
    standing = {task.task_spec.bpmn_id for task in tokens} & command.process.nodes.keys()
    return structure.jump_targets(command.process, None, standing, ())


def jump_all(command: Command, target: str) -> None:
    """Take back every token of the instance and put one on `target`, outside of all regions.

    A compensation under way goes on, as with a return.  Raises TargetNotAllowed for what
    `jump_targets_of_all` does not name.
    """
    if target not in jump_targets_of_all(command):
        raise _no_jump()
    known = command.execution.known
    moved = [t for t in live_tasks(command.instance) if t.id in known and not _is_undoing(t)]
    for task in moved:
        command.execution.report(EventType.TOKEN_MOVED, task, {"to": target})
    for task in list(command.instance.tasks.values()):
        if is_live(task) and not is_handling(task):
            cancel(task)
    _rearm(command.instance)
    place_token(command.instance, target)


def _no_jump() -> TargetNotAllowed:
    return TargetNotAllowed("不能跳转到所选环节。", "请在列出的可跳转环节中选择。")


def _move(command: Command, source: Any, token: Any, target: str) -> Any:
    """Take back every token of the region around `target`; return the one put on it.

    `token` is `source` or the call activity around it that goes with it.
    """
    workflow = _scope_of(token, target)
    moved = list(_tokens_around(workflow, target))
    restarts = any(task.task_spec.handles_events and task.task_spec.interrupting for task in moved)
    for task in moved:
        cancel(task)
    command.execution.report(EventType.TOKEN_MOVED, source, {"to": target})
    if restarts:
        _rearm(workflow)
    return place_token(workflow, target)


def _rearm(workflow: Any) -> None:
    """Let every event sub-process of the scope wait that does not."""
    waiting = {task.task_spec for task in workflow.tasks.values() if is_idle(task)}
    for spec in workflow.spec.event_sub_processes:
        if spec not in waiting:
            enter(add_token(workflow.task_tree, spec))


def _carriers(source: Any) -> Iterator[Any]:
    """The token, then the call activities around it, innermost first."""
    token = source
    while True:
        yield token
        workflow = token.workflow
        while not workflow.has_store:
            workflow = workflow.parent_workflow
        if not workflow.calls:
            return
        token = workflow.owner


def _tokens_around(workflow: Any, target: str) -> Iterator[Any]:
    """Every token inside the region around `target`.

    That includes those waiting at a join for others coming from there.  Event sub-processes that
    have not started stay armed, and a compensation goes on: it undoes what was done, wherever the
    work itself stands now.
    """
    process = workflow.definition
    nodes = structure.region_members(process, process.nodes[target].regions)
    for task in list(workflow.tasks.values()):
        if not is_live(task) or is_idle(task) or is_handling(task):
            continue
        if task.task_spec.bpmn_id in nodes or task.internal_data.get(ARRIVED_FROM) in nodes:
            yield task


def _scope_of(token: Any, element_id: str) -> Any:
    """Return the scope around `token` that holds the element."""
    workflow = token.workflow
    while element_id not in workflow.spec.task_specs:
        workflow = workflow.parent_workflow
    return workflow
