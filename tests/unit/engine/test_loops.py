"""Multi-instance activities (会签) and the standard loop."""

from __future__ import annotations

from typing import Any

import pytest

from engine.model import EventType, ProcessDefinition
from tests.unit.engine.builder import (
    boundary,
    chain,
    countersign,
    end,
    flow,
    gateway,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

PEOPLE = ["1", "2", "3", "4", "5"]
MAJORITY = (
    "count(outputs[item = true]) * 2 > numberOfInstances"
    " or count(outputs[item = false]) * 2 >= numberOfInstances"
)


def signing(inner: str, extra: str = "") -> ProcessDefinition:
    return process(
        start()
        + gateway("exclusive", "m")
        + user("q")
        + user("a", inner=inner)
        + gateway("exclusive", "g", default="fd")
        + user("z")
        + end()
        + chain("s", "m", "q", "a", "g")
        + flow("g", "m", "again = 1")
        + flow("g", "z", flow_id="fd")
        + chain("z", "e")
        + extra
    )


def test_everybody_gets_a_task_with_the_own_item() -> None:
    case = Case(signing(countersign()), again=0).do("q", people=PEOPLE)
    assert [task.loop_item for task in case.advance.open_tasks] == PEOPLE
    assert len({task.id for task in case.advance.open_tasks}) == 5


@pytest.mark.parametrize("sequential", [False, True])
def test_outputs_are_collected_in_the_order_of_the_collection(
    sequential: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    case = Case(signing(countersign(sequential=sequential)), again=0).do("q", people=PEOPLE)
    assert (["a"] if sequential else ["a"] * 5) == case.open
    for number in range(5):
        case.do("a", -1, vote=number, comment=f"c{number}")
    expected = list(range(5)) if sequential else [4, 3, 2, 1, 0]
    assert case.open == ["z"]
    assert {"people": PEOPLE, "votes": expected, "comment": "c4", "again": 0} == case.variables


def test_quorum_ends_it_early_and_cancels_the_rest() -> None:
    case = Case(signing(countersign(condition=MAJORITY)), again=0).do("q", people=PEOPLE)
    case.do("a", vote=True).do("a", vote=False).do("a", vote=True)
    assert case.open == ["a", "a"]
    case.do("a", vote=True)
    assert case.open == ["z"]
    assert case.seen(EventType.ELEMENT_CANCELLED) == ["a"]
    assert case.variables["votes"] == [True, False, True, True]


def test_it_can_be_entered_again() -> None:
    case = Case(signing(countersign(condition=MAJORITY)), again=1).do("q", people=PEOPLE)
    for _ in range(3):
        case.do("a", vote=False)
    assert (case.open, case.variables["votes"]) == (["q"], [False] * 3)
    case.do("q", people=["7", "8", "9"], again=0)
    assert [task.loop_item for task in case.advance.open_tasks] == ["7", "8", "9"]
    case.do("a", vote=True).do("a", vote=True)
    assert (case.open, case.variables["votes"]) == (["z"], [True, True])


def test_a_sequence_stops_at_the_first_refusal() -> None:
    inner = countersign(sequential=True, condition="outputs[-1] = false")
    case = Case(signing(inner), again=0).do("q", people=PEOPLE)
    case.do("a", vote=True).do("a", vote=False)
    assert (case.open, case.variables["votes"]) == (["z"], [True, False])


def test_counters_of_the_completion_condition() -> None:
    condition = (
        "numberOfInstances = 5 and numberOfActiveInstances = 3"
        " and numberOfCompletedInstances = 2 and numberOfTerminatedInstances = 0"
    )
    case = Case(signing(countersign(condition=condition)), again=0).do("q", people=PEOPLE)
    assert case.do("a", vote=1).open == ["a"] * 4
    assert case.do("a", vote=1).open == ["z"]


def test_nobody_to_ask() -> None:
    case = Case(signing(countersign()), again=0).do("q", people=[])
    assert (case.open, case.variables["votes"]) == (["z"], [])
    assert "a" not in case.seen(EventType.ELEMENT_ENTERED, EventType.ELEMENT_COMPLETED)


@pytest.mark.parametrize("people", [None, "1,2", 5, {"a": 1}])
def test_a_collection_must_be_a_list(people: Any) -> None:
    case = Case(signing(countersign()), again=0).do("q", people=people)
    assert (case.status, case.open, case.failed) == ("incident", [], ["a"])
    assert case.retry(people=PEOPLE).open == ["a"] * len(PEOPLE)


@pytest.mark.parametrize(
    ("count", "tasks"), [("2", 2), ("= size", 3), ("0", 0), ("size - 1.5", None), ("-size", None)]
)
def test_cardinality(count: str, tasks: int | None) -> None:
    inner = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        f"<bpmn:loopCardinality>{count}</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    case = Case(signing(inner), again=0, size=3)
    case.do("q")
    if tasks is None:
        assert (case.open, case.failed) == ([], ["a"])
    else:
        assert (["a"] * tasks or ["z"]) == case.open


def test_a_deadline_on_the_whole_countersign() -> None:
    extra = (
        boundary("late", "a", timer("timeDuration", "P5D"), interrupting=True)
        + user("h")
        + end("e2")
        + chain("late", "h", "e2")
    )
    case = Case(signing(countersign(), extra), again=0).do("q", people=PEOPLE)
    case.do("a", vote=1).wait(days=6)
    assert case.open == ["h"]
    assert case.seen(EventType.ELEMENT_CANCELLED) == ["a"] * 4


def test_sub_process_instances_have_their_own_variables() -> None:
    sub = start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    definition = process(
        start()
        + node("subProcess", "sub", countersign() + sub)
        + user("z")
        + end()
        + chain("s", "sub", "z", "e")
    )
    case = Case(definition, people=["1", "2"]).do("x", 0, vote="甲", shared=1)
    case.do("x", vote="乙").do("y", 0).do("y", vote="丙")
    assert case.variables == {"people": ["1", "2"], "votes": ["甲", "丙"], "shared": 1}
    assert case.open == ["z"]


def test_service_tasks_can_be_multiplied() -> None:
    inner = (
        '<bpmn:extensionElements><dw:operation name="notify.send"/>'
        '<dw:input name="to" value="person"/></bpmn:extensionElements>'
    ) + countersign(output=False)
    definition = process(start() + node("serviceTask", "n", inner) + end() + chain("s", "n", "e"))
    case = Case(definition, people=["1", "2"])
    assert [item.inputs for item in case.advance.operations] == [{"to": "1"}, {"to": "2"}]
    assert case.answer().answer().status == "completed"


def standard_loop(text: str, **attributes: str) -> ProcessDefinition:
    condition = f"<bpmn:loopCondition>{text}</bpmn:loopCondition>" if text else ""
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = (
        f"<bpmn:standardLoopCharacteristics{extra}>{condition}</bpmn:standardLoopCharacteristics>"
    )
    return process(start() + user("a", inner=inner) + end() + chain("s", "a", "e"))


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    case = Case(standard_loop("more")).do("a", more=True).do("a", more=True)
    assert case.open == ["a"]
    assert case.do("a", more=False).status == "completed"


def test_a_standard_loop_may_be_tested_before() -> None:
    assert Case(standard_loop("more", testBefore="true"), more=False).status == "completed"


def test_a_standard_loop_has_a_maximum() -> None:
    case = Case(standard_loop("", loopMaximum="2")).do("a")
    assert case.open == ["a"]
    assert case.do("a").status == "completed"
