"""Loops and countersigns whose judging fails: what people have said stays said."""

from __future__ import annotations

from typing import Any

import pytest

from engine import runtime
from engine.errors import ExpressionError, InvalidState
from engine.model import EventType
from tests.unit.engine.builder import (
    boundary,
    chain,
    countersign,
    flow,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import Case


def voting(**variables: Any) -> Case:
    condition = "numberOfCompletedInstances >= limit"
    body = start() + user("a", inner=countersign(condition=condition)) + user("z")
    return Case(process(body + chain("s", "a", "z")), people=["1", "2", "3"], **variables)


def test_a_vote_counts_although_the_completion_condition_fails() -> None:
    case = voting().do("a", vote="yes")
    assert (case.open, case.failed) == (["a", "a"], ["a"])
    seen = {"limit": None, "numberOfCompletedInstances": 1}
    assert dict(case.advance.incidents[0].seen) == seen
    case.retry(limit=2)
    assert (case.open, case.failed) == (["a", "a"], [])
    assert case.do("a", vote="no").open == ["z"]
    assert case.variables["votes"] == ["yes", "no"]


def test_the_next_vote_asks_the_condition_again() -> None:
    case = voting().do("a", vote="yes").do("a", vote="no")
    assert (case.open, case.failed) == (["a"], ["a"])
    case.do("a", vote="yes", limit=1)
    assert (case.open, case.failed) == (["z"], [])


def test_skipping_the_condition_of_a_loop_ends_it_with_what_there_is() -> None:
    case = voting().do("a", vote="yes").skip()
    assert (case.open, case.variables["votes"]) == (["z"], ["yes"])


def signing(rule: str, **variables: Any) -> Case:
    rule = f'<dw:countersign result="passed" {rule}/>'
    rule = f"<bpmn:extensionElements>{rule}</bpmn:extensionElements>"
    body = start() + node("userTask", "a", rule + countersign()) + user("z")
    return Case(process(body + chain("s", "a", "z")), people=["1", "2", "3"], **variables)


def test_an_opinion_that_cannot_be_judged_is_corrected() -> None:
    case = signing('rule="count" value="2" agrees="vote"').do("a", vote=True).do("a")
    assert (case.open, case.failed, case.status) == (["a"], ["a"], "incident")
    assert dict(case.advance.incidents[0].seen) == {"vote": None}
    case.retry(vote="neither")
    assert (case.open, case.failed) == (["a"], ["a"])
    case.retry(vote=True)
    assert (case.open, case.failed, case.status) == (["z"], [], "active")
    assert (case.variables["votes"], case.variables["passed"]) == ([True, True], True)
    assert "vote" not in case.variables


def test_each_opinion_is_judged_in_the_order_it_came() -> None:
    case = signing('rule="all" waitForAll="true" agrees="vote and limit > 0"')
    case.do("a", vote=True).do("a", vote="x")
    assert (case.open, case.failed) == (["a"], ["a"])
    assert dict(case.advance.incidents[0].seen) == {"limit": None, "vote": True}
    case.retry(limit=1)
    assert dict(case.advance.incidents[0].seen) == {"limit": 1, "vote": "x"}
    case.retry(vote=True).do("a", vote=False)
    assert (case.open, case.variables["votes"]) == (["z"], [True, True, False])
    (decided,) = [e for e in case.advance.events if e.type is EventType.COUNTERSIGN_DECIDED]
    assert (decided.data["agreed"], decided.data["against"]) == ("2", "1")


def test_a_standard_that_cannot_be_worked_out_keeps_the_opinions() -> None:
    case = signing('rule="count" value="needed" agrees="vote"').do("a", vote=True)
    (incident,) = case.advance.incidents
    assert (incident.expression, dict(incident.seen)) == ("needed", {"needed": None})
    case.do("a", vote=False)
    assert (case.open, case.failed) == (["a"], ["a"])
    assert case.retry(needed=1).variables["passed"] is True


def test_a_skipped_countersign_is_decided_by_who_skips_it() -> None:
    attributes = 'rule="count" value="needed" agrees="vote"'
    case = signing(attributes, passed="before").do("a", vote=True)
    assert case.skip(passed=False).open == ["z"]
    assert (case.variables["votes"], case.variables["passed"]) == ([True], False)
    case = signing(attributes, passed="before").do("a", vote=True).skip()
    assert case.variables["passed"] is None
    assert EventType.COUNTERSIGN_DECIDED not in {e.type for e in case.advance.events}


def test_a_countersign_that_failed_grows_and_shrinks() -> None:
    case = voting().do("a", vote="yes").add("a", "4")
    assert (case.open, case.failed) == (["a", "a", "a"], ["a"])
    case.retry(limit=9).remove("a").remove("a")
    assert (case.open, case.failed) == (["a"], [])
    assert case.remove("a").variables["votes"] == ["yes"]
    case = voting().do("a", vote="yes").remove("a")
    assert (case.open, case.failed) == (["a"], ["a"])


def test_a_weight_that_cannot_be_worked_out() -> None:
    case = signing('rule="weight" value="1" weight="weights[person]" agrees="vote"')
    (incident,) = case.advance.incidents
    assert (case.open, incident.element_id) == ([], "a")
    state = case.advance.state
    with pytest.raises(InvalidState):  # nobody is asked yet
        runtime.add_instance(case.process, state, "a", "4", **case.outside)
    assert case.skip(passed=True).open == ["z"]


def test_one_more_whose_weight_is_unknown_is_refused() -> None:
    weight = 'weight="if person = &quot;4&quot; then null else 1"'
    case = signing(f'rule="weight" value="3" {weight} agrees="vote"')
    with pytest.raises(ExpressionError, match="权重"):
        case.add("a", "4")
    assert (case.open, case.failed) == (["a", "a", "a"], [])


def test_the_way_out_of_a_loop_fails_when_nobody_is_asked_any_more() -> None:
    body = start() + user("a", inner=countersign()) + user("b", "c") + chain("s", "a")
    body += flow("a", "b", "x > 1", "f1") + flow("a", "c", "x > 2", "f2")
    case = Case(process(body), people=["1"]).do("a", vote=1)
    assert (case.open, case.failed) == ([], ["a"])
    with pytest.raises(InvalidState):
        runtime.add_instance(case.process, case.advance.state, "a", "2", **case.outside)
    assert case.skip("f1").open == ["b"]


def test_events_of_a_loop_are_thrown_for_each_opinion() -> None:
    """The second instance throws; its condition is asked for it although a third came before."""
    when = "numberOfCompletedInstances - turn in [0..0]"
    behavior = (
        '<bpmn:complexBehaviorDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">'
        f'{when}</bpmn:condition><bpmn:event><bpmn:signalEventDefinition signalRef="g1"/>'
        "</bpmn:event></bpmn:complexBehaviorDefinition>"
    )
    loop = countersign().replace("isSequential", 'behavior="Complex" isSequential')
    loop = loop.replace("</bpmn:multi", f"{behavior}</bpmn:multi")
    signal = '<bpmn:signalEventDefinition signalRef="g1"/>'
    body = start() + user("a", inner=loop) + user("h", "z") + chain("s", "a", "z")
    body += boundary("told", "a", signal, interrupting=False) + chain("told", "h")
    definition = process(body, root='<bpmn:signal id="g1" name="go"/>')
    case = Case(definition, people=["1", "2", "3", "4"]).do("a", vote=1).do("a", vote=2)
    case.do("a", vote=3)
    assert (case.open, case.failed) == (["a"], ["a"])
    case.retry(turn=2)
    assert (case.open, case.failed) == (["a", "h"], [])
