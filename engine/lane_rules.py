"""What must hold for the rules of a procedure folder about who acts.

Candidates are a closed set; which entries each of them and each scope needs is told by two tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.folder_rules import Folder, produced_variables
from engine.manifest import MANIFEST
from engine.procedure import Candidate, LaneRule, Procedure, Scope, Subject

_NEEDS: Mapping[Candidate, frozenset[str]] = {
    Candidate.SUBJECT: frozenset(),
    Candidate.POST: frozenset({"posts"}),
    Candidate.VARIABLE: frozenset({"variable"}),
    Candidate.STARTER: frozenset(),
    Candidate.HANDLER: frozenset({"tasks"}),
    Candidate.MEMBERS: frozenset(),
}
_SCOPE_NEEDS: Mapping[Scope, frozenset[str]] = {
    Scope.COMMON_SUPERIOR: frozenset({"body"}),
    Scope.NAMED: frozenset({"body"}),
    Scope.LEVEL: frozenset({"level"}),
}
_OF_A_BODY = frozenset({Candidate.POST, Candidate.MEMBERS})
_ALWAYS_SOMEBODY = frozenset({Candidate.SUBJECT, Candidate.STARTER})


def lanes_have_rules(folder: Folder) -> None:
    """Every lane says who acts in it, and every rule is about a lane of the diagram."""
    procedure = folder.procedure
    drawn = procedure.drawn_lanes
    for process in procedure.processes:
        for lane in process.lanes:
            if lane not in procedure.lanes:
                folder.report("procedure-lane-rule", folder.paths[process.id], lane, lane=lane)
    for place, lane in _lane_references(procedure):
        if lane not in drawn:
            folder.report("procedure-lane-unknown", MANIFEST, place, lane=lane)


def lanes_find_people(folder: Folder) -> None:
    """A lane has the entries its way of finding people needs, and no others."""
    for lane, rule in folder.procedure.lanes.items():
        place = f"lanes.{lane}"
        given = _given(rule)
        needed = _NEEDS[rule.candidate]
        if rule.candidate in _OF_A_BODY:
            needed |= _SCOPE_NEEDS.get(rule.scope, frozenset())
        elif rule.scope is not Scope.OWN:
            given |= {"scope"}
        for entry in sorted(needed - given):
            folder.report("procedure-lane-candidate", MANIFEST, place, lane=lane, entry=entry)
        for entry in sorted(given - needed):
            folder.report("procedure-lane-entry", MANIFEST, place, lane=lane, entry=entry)
        if rule.candidate is Candidate.SUBJECT and folder.procedure.subject is Subject.NONE:
            folder.report("procedure-lane-subject", MANIFEST, place, lane=lane)


def lanes_name_what_exists(folder: Folder) -> None:
    """Earlier tasks are user tasks; people and bodies are named by variables something sets."""
    procedure = folder.procedure
    tasks = {task.id for task in procedure.user_tasks}
    known = produced_variables(procedure)
    known |= {node.loop_item for _, node in folder.nodes if node.loop_item is not None}
    for lane, rule in procedure.lanes.items():
        place = f"lanes.{lane}"
        for task in rule.tasks:
            if task not in tasks:
                folder.report("procedure-task-unknown", MANIFEST, place, task=task)
        for name in (rule.variable, rule.body):
            if name is not None and name not in known:
                folder.report("procedure-lane-variable", MANIFEST, place, lane=lane, name=name)


def fallbacks_end(folder: Folder) -> None:
    """Following the fallbacks never comes back to the same lane."""
    lanes = folder.procedure.lanes
    for lane in lanes:
        seen = {lane}
        following = lanes[lane].fallback
        while following is not None and following in lanes and following not in seen:
            seen.add(following)
            following = lanes[following].fallback
        if following == lane:
            folder.report("procedure-fallback-cycle", MANIFEST, f"lanes.{lane}", lane=lane)


def lanes_have_fallbacks(folder: Folder) -> None:
    """A lane that may come out empty names a fallback, unless a chain of fallbacks ends in it."""
    lanes = folder.procedure.lanes
    ends = {rule.fallback for rule in lanes.values()}
    for lane, rule in lanes.items():
        may_be_empty = rule.candidate not in _ALWAYS_SOMEBODY
        if len(lanes) > 1 and may_be_empty and rule.fallback is None and lane not in ends:
            folder.report("procedure-lane-fallback", MANIFEST, f"lanes.{lane}", lane=lane)


def task_rules_fit(folder: Folder) -> None:
    """Rules of single tasks are about user tasks, and keep nobody out of what they did there."""
    tasks = {task.id for task in folder.procedure.user_tasks}
    for task, rule in folder.procedure.tasks.items():
        place = f"tasks.{task}"
        for named in (task, *rule.separate_from):
            if named not in tasks:
                folder.report("procedure-task-unknown", MANIFEST, place, task=named)
        if task in rule.separate_from:
            folder.report("procedure-task-separate", MANIFEST, place, task=task)


LANE_RULES: tuple[Callable[[Folder], None], ...] = (
    lanes_have_rules,
    lanes_find_people,
    lanes_name_what_exists,
    fallbacks_end,
    lanes_have_fallbacks,
    task_rules_fit,
)


def _given(rule: LaneRule) -> frozenset[str]:
    values = {
        "posts": rule.posts,
        "variable": rule.variable,
        "body": rule.body,
        "level": rule.level,
        "tasks": rule.tasks,
    }
    return frozenset(name for name, value in values.items() if value)


def _lane_references(procedure: Procedure) -> Iterator[tuple[str, str]]:
    for lane, rule in procedure.lanes.items():
        yield f"lanes.{lane}", lane
        if rule.fallback is not None:
            yield f"lanes.{lane}.fallback", rule.fallback
    for lane in procedure.start.lanes:
        yield "start.lanes", lane
    for message in procedure.messages.values():
        for lane in message.lanes:
            yield f"messages.{message.name}.lanes", lane
    for lane in procedure.withdraw.lanes if procedure.withdraw else ():
        yield "withdraw.lanes", lane
    for operation, lanes in procedure.operations.items():
        for lane in lanes:
            yield f"operations.{operation}", lane
