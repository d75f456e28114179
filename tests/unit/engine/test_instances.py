"""Multi-instance activities at work: adding and removing people, resting instances, events."""

from __future__ import annotations

from typing import Any

import pytest

from engine import runtime, state
from engine.errors import InvalidState, LastInstance, TaskNotOpen
from engine.model import EventType, ProcessDefinition
from engine.runtime import Environment
from engine.spiff.execution import Execution
from engine.spiff.internals import live_tasks
from engine.spiff.multi_instance import MAX_INSTANCES
from tests.unit.engine.builder import (
    boundary,
    call,
    chain,
    countersign,
    end,
    files,
    gateway,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import NOW, Case, no_decisions

PEOPLE = ["1", "2", "3"]
SIGNAL = '<bpmn:signal id="sg" name="heard"/>'
HEARD = '<bpmn:signalEventDefinition signalRef="sg"/>'


def signing(inner: str, extra: str = "", root: str = SIGNAL) -> ProcessDefinition:
    body = start() + user("a", inner=inner) + user("z") + end() + chain("s", "a", "z", "e")
    return process(body + extra, '<bpmn:message id="m1" name="hello"/>' + root)


def tokens(case: Case) -> int:
    execution = Execution(case.process, Environment(no_decisions), NOW)
    return len(list(live_tasks(state.load(case.process, case.advance.state, execution)[0])))


def test_instances_rest_until_they_are_touched() -> None:
    case = Case(signing(countersign()), people=[str(number) for number in range(500)])
    before = [task.id for task in case.advance.open_tasks]
    assert (tokens(case), len(set(before))) == (1, 500)
    case.do("a", 250, vote=1)
    assert tokens(case) == 1
    assert before[:250] + before[251:] == [task.id for task in case.advance.open_tasks]
    assert case.advance.open_tasks[250].loop_item == "251"


def test_instances_with_data_of_their_own_do_not_rest() -> None:
    declared = '<bpmn:property id="note" name="note"/>'
    case = Case(signing(declared + countersign()), people=PEOPLE)
    assert tokens(case) == 1 + len(PEOPLE)
    assert case.do("a", 1, note="x", vote=1).do("a").do("a").variables["votes"] == [None, 1, None]


def test_in_a_called_process_they_know_its_variables() -> None:
    inner = start() + user("a", inner=countersign()) + end() + chain("s", "a", "e")
    outer = start() + call("c", "q", ("input", "people", "names")) + end() + chain("s", "c", "e")
    case = Case(files(p=outer, q=inner), names=PEOPLE)
    assert {task.loop_item for task in case.advance.open_tasks} == set(PEOPLE)
    assert case.advance.open_tasks[1].variables == {"people": PEOPLE}
    assert len(case.advance.opened) == len(PEOPLE)
    assert case.add("a", "4").remove("a").do("a").do("a").do("a").status == "completed"


def test_what_a_command_changed_is_said() -> None:
    case = Case(signing(countersign()), people=PEOPLE)
    assert case.advance.opened == tuple(case.advance.open_tasks)
    first, second, third = (task.id for task in case.advance.open_tasks)
    case.do("a", 1)
    assert (case.advance.opened, case.advance.closed) == ((), (second,))
    case.do("a").do("a")
    assert case.advance.closed == (third,)
    assert case.advance.opened == tuple(case.advance.open_tasks)
    with pytest.raises(TaskNotOpen):
        runtime.complete(case.process, case.advance.state, first, {}, **case.outside)


def test_open_tasks_are_a_sequence() -> None:
    case = Case(signing(countersign()), people=PEOPLE)
    tasks = case.advance.open_tasks
    assert [task.loop_item for task in tasks[1:]] == ["2", "3"]
    assert (tasks[-1].loop_item, len(tasks)) == ("3", 3)
    assert tasks == tuple(tasks)
    assert tasks != list(tasks)
    again = runtime.inspect(case.process, case.advance.state).open_tasks
    assert (tasks, hash(tasks)) == (again, hash(again))
    assert repr(tasks) == repr(tuple(tasks))
    for position in (3, -4):
        with pytest.raises(IndexError):
            tasks[position]


@pytest.mark.parametrize("sequential", [False, True])
def test_people_are_added(sequential: bool) -> None:  # noqa: FBT001 - a parameter of the test
    case = Case(signing(countersign(sequential=sequential)), people=PEOPLE).add("a", "9")
    assert case.seen(EventType.LOOP_EXTENDED) == ["a"]
    items = []
    while case.open[0] == "a":
        items.append(case.advance.open_tasks[0].loop_item)
        case.do("a", 0, vote=len(items))
    assert items == [*PEOPLE, "9"]
    assert case.variables == {"people": PEOPLE, "votes": [1, 2, 3, 4]}


def test_a_loop_by_number_grows_by_one() -> None:
    inner = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    case = Case(signing(inner)).add("a", None)
    assert case.open == ["a"] * 3
    assert case.do("a").do("a").do("a").open == ["z"]


def test_sub_processes_are_added_and_removed_too() -> None:
    sub = start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    body = start() + node("subProcess", "sub", countersign() + sub) + user("z") + end()
    case = Case(process(body + chain("s", "sub", "z", "e")), people=["1"]).add("sub", "2")
    case.do("x", 1, vote="乙")
    assert case.remove("y").open == ["x"]
    assert case.do("x", vote="甲").do("y").variables["votes"] == ["甲"]


@pytest.mark.parametrize("sequential", [False, True])
def test_the_last_one_cannot_leave(sequential: bool) -> None:  # noqa: FBT001 - a parameter
    case = Case(signing(countersign(sequential=sequential)), people=["1", "2"]).remove("a")
    assert [task.loop_item for task in case.advance.open_tasks] == ["2"]
    assert case.seen(EventType.LOOP_REDUCED, EventType.ELEMENT_CANCELLED) == ["a", "a"]
    with pytest.raises(LastInstance):
        case.remove("a")
    assert case.add("a", "3").do("a", vote=1).remove("a").variables["votes"] == [1]
    assert case.open == ["z"]


def test_who_leaves_counts_as_terminated() -> None:
    condition = (
        "numberOfTerminatedInstances = 1 and numberOfCompletedInstances = 1"
        " and numberOfActiveInstances = 1 and numberOfInstances = 3"
    )
    case = Case(signing(countersign(condition=condition)), people=PEOPLE).do("a", vote=1)
    assert case.open == ["a", "a"]
    assert case.remove("a").open == ["z"]


def test_only_what_is_countersigned_grows_and_shrinks() -> None:
    case = Case(signing(countersign()), people=PEOPLE)
    with pytest.raises(InvalidState, match="加签"):
        case.add("z", "4")
    with pytest.raises(TaskNotOpen):
        runtime.remove_instance(case.process, case.advance.state, "z", **case.outside)
    case.do("a").do("a").do("a")
    with pytest.raises(InvalidState, match="加签"):
        case.add("a", "4")
    with pytest.raises(InvalidState, match="减签"):
        case.remove("z")


def test_there_is_a_limit() -> None:
    case = Case(signing(countersign()), people=[None] * MAX_INSTANCES)
    with pytest.raises(InvalidState, match="上限"):
        case.add("a", "1")


def throwing(attributes: str, body: str = "") -> str:
    loop = countersign().replace('isSequential="false"', attributes)
    return loop.replace("</bpmn:multi", f"{body}</bpmn:multi")


def beside(definition: str, *, interrupting: bool) -> str:
    return (
        boundary("b", "a", definition, interrupting=interrupting)
        + user("h")
        + end("e2")
        + chain("b", "h", "e2")
    )


ROOT = SIGNAL + '<bpmn:signalEventDefinition id="def" signalRef="sg"/>'


@pytest.mark.parametrize(
    ("attributes", "caught"),
    [
        ('behavior="None" noneBehaviorEventRef="def"', [1, 2, 3]),
        ('behavior="One" oneBehaviorEventRef="def"', [1, 1, 1]),
        ('behavior="All"', [0, 0, 0]),
    ],
)
def test_events_are_thrown_as_instances_complete(attributes: str, caught: list[int]) -> None:
    extra = beside(HEARD, interrupting=False)
    case = Case(signing(throwing(attributes), extra, ROOT), people=PEOPLE)
    seen = []
    for _ in PEOPLE:
        case.do("a", vote=1)
        seen.append(case.open.count("h"))
    assert seen == caught
    assert "z" in case.open


def complex_behavior(condition: str, definition: str) -> str:
    return (
        f"<bpmn:complexBehaviorDefinition><bpmn:condition>{condition}</bpmn:condition>"
        f'<bpmn:event id="ev">{definition}</bpmn:event></bpmn:complexBehaviorDefinition>'
    )


DEFINITIONS = {
    "signal": (HEARD, ""),
    "message": ('<bpmn:messageEventDefinition messageRef="m1"/>', ""),
    "error": ('<bpmn:errorEventDefinition errorRef="er"/>', '<bpmn:error id="er" errorCode="E"/>'),
    "escalation": (
        '<bpmn:escalationEventDefinition escalationRef="es"/>',
        '<bpmn:escalation id="es" escalationCode="X"/>',
    ),
}


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_an_event_may_end_the_rest(kind: str) -> None:
    definition, root = DEFINITIONS[kind]
    inner = throwing(
        'behavior="Complex"', complex_behavior("numberOfCompletedInstances = 2", definition)
    )
    extra = beside(definition, interrupting=True)
    case = Case(signing(inner, extra, SIGNAL + root), people=PEOPLE)
    assert case.do("a", vote=1).open == ["a", "a"]
    assert case.do("a", vote=1).open == ["h"]
    assert case.seen(EventType.ELEMENT_CANCELLED) == ["a"]
    assert case.do("h").status == "completed"


def test_a_signal_of_a_loop_is_heard_elsewhere() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", inner=throwing('behavior="One" oneBehaviorEventRef="def"'))
        + node("intermediateCatchEvent", "c", HEARD)
        + user("h")
        + end()
        + end("e2")
        + chain("s", "f", "a", "e")
        + chain("f", "c", "h", "e2")
    )
    case: Any = Case(process(body, ROOT), people=PEOPLE)
    assert case.do("a", vote=1).open == ["a", "a", "h"]
