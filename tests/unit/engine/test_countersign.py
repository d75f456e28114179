"""Countersign rules: the arithmetic by itself, then in a running multi-instance user task."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.countersign import Countersign, CountersignRule, Tally, Verdict, exact, literal
from engine.errors import ExpressionError
from engine.model import EventType, ProcessDefinition
from tests.unit.engine.builder import chain, countersign, end, node, process, start, user
from tests.unit.engine.case import Case

PEOPLE = ["1", "2", "3"]
BALLOTS = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=12)
SHARES = st.fractions(min_value=Fraction(1, 12), max_value=1, max_denominator=12)


def rule(kind: str, **extra: Any) -> Countersign:
    return Countersign(CountersignRule(kind), "vote", "passed", **extra)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2/3", Fraction(2, 3)), (" 60 % ", Fraction(3, 5)), ("12.5%", Fraction(1, 8))],
)
def test_shares_are_exact(text: str, value: Fraction) -> None:
    assert value == literal(text)


@pytest.mark.parametrize("text", ["0.5", "a/b", "1/0", "2/3 * x", ""])
def test_everything_else_is_an_expression(text: str) -> None:
    assert literal(text) is None


@pytest.mark.parametrize("value", [True, "3", None, float("nan"), float("inf")])
def test_only_numbers_count(value: object) -> None:
    with pytest.raises(ExpressionError, match="权重"):
        exact(value, "权重")


@pytest.mark.parametrize(
    ("kind", "strict", "needed", "agreed", "against", "verdict"),
    [
        ("all", False, 0, 5, 0, Verdict.OPEN),
        ("all", False, 0, 6, 0, Verdict.PASSED),
        ("all", False, 0, 0, 1, Verdict.FAILED),
        ("any", False, 0, 1, 0, Verdict.PASSED),
        ("any", False, 0, 0, 5, Verdict.OPEN),
        ("any", False, 0, 0, 6, Verdict.FAILED),
        ("count", False, 3, 3, 0, Verdict.PASSED),
        ("count", True, 3, 3, 0, Verdict.OPEN),
        ("count", True, 3, 3, 3, Verdict.FAILED),
        ("count", False, 7, 0, 0, Verdict.FAILED),
        ("ratio", False, Fraction(2, 3), 4, 0, Verdict.PASSED),
        ("ratio", True, Fraction(2, 3), 4, 1, Verdict.OPEN),
        ("ratio", True, Fraction(2, 3), 4, 2, Verdict.FAILED),
        ("ratio", True, Fraction(1, 2), 4, 0, Verdict.PASSED),
        ("weight", False, Fraction(7, 2), 3, 3, Verdict.FAILED),
    ],
)
def test_of_six(
    kind: str, *, strict: bool, needed: Any, agreed: int, against: int, verdict: Verdict
) -> None:
    tally = Tally(Fraction(6), Fraction(agreed), Fraction(against))
    assert verdict is rule(kind, strict=strict).verdict(tally, Fraction(needed))


@pytest.mark.parametrize("kind", list(CountersignRule))
def test_nobody_agrees_to_nothing(kind: CountersignRule) -> None:
    assert Verdict.FAILED is rule(kind).verdict(Tally(), Fraction(0))


@given(BALLOTS, SHARES, st.sampled_from(CountersignRule), st.booleans())
def test_an_early_verdict_is_the_final_one(
    ballots: list[tuple[int, bool]],
    share: Fraction,
    kind: CountersignRule,
    strict: bool,  # noqa: FBT001 - drawn
) -> None:
    """What is certain early is what counting everything gives; the order does not matter."""
    judged = rule(kind, strict=strict)
    tally = Tally()
    for weight, _ in ballots:
        tally = tally.asked(Fraction(weight))
    needed = share if kind is CountersignRule.RATIO else share * 12
    verdicts = []
    for weight, agrees in ballots:
        tally = tally.heard(Fraction(weight), agrees=agrees)
        assert tally == Tally.from_plain(tally.to_plain())
        verdicts.append(judged.verdict(tally, needed))
    decided = {verdict for verdict in verdicts if verdict is not Verdict.OPEN}
    assert decided == {verdicts[-1]}
    agreed = sum(weight for weight, agrees in ballots if agrees)
    total = sum(weight for weight, _ in ballots)
    goal = needed * total if kind is CountersignRule.RATIO else needed
    expected = {
        CountersignRule.ALL: 0 < agreed == total,
        CountersignRule.ANY: agreed > 0,
    }.get(kind, total > 0 and (agreed > goal if strict else agreed >= goal))
    assert (verdicts[-1] is Verdict.PASSED) == expected


def signing(attributes: str, **loop: Any) -> ProcessDefinition:
    extension = f'<dw:countersign result="passed" agrees="vote" {attributes}/>'
    inner = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>{countersign(**loop)}"
    return process(
        start() + node("userTask", "a", inner) + user("z") + end() + chain("s", "a", "z", "e")
    )


@pytest.mark.parametrize("sequential", [False, True])
def test_one_refusal_ends_a_countersign_of_all(
    sequential: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    case = Case(signing('rule="all"', sequential=sequential), people=PEOPLE).do("a", vote=True)
    assert "z" not in case.open
    case.do("a", vote=False)
    assert (case.open, case.variables["passed"]) == (["z"], False)
    assert case.variables["votes"] == [True, False]


def test_two_thirds_are_two_of_three() -> None:
    case = Case(signing('rule="ratio" value="2/3"'), people=PEOPLE).do("a", vote=True)
    assert case.do("a", vote=True).open == ["z"]
    assert case.variables["passed"] is True
    (event,) = [e for e in case.advance.events if e.type is EventType.COUNTERSIGN_DECIDED]
    assert event.element_id == "a"
    assert event.data == {
        "rule": "ratio",
        "passed": True,
        "total": "3",
        "agreed": "2",
        "against": "0",
    }


def test_more_than_two_thirds_are_all_three() -> None:
    case = Case(signing('rule="ratio" value="2/3" strict="true"'), people=PEOPLE)
    assert case.do("a", vote=True).do("a", vote=True).open == ["a"]
    assert case.do("a", vote=True).variables["passed"] is True


def test_everybody_is_heard_if_so_wished() -> None:
    case = Case(signing('rule="any" waitForAll="true"'), people=PEOPLE).do("a", vote=True)
    assert case.do("a", vote=False).open == ["a"]
    assert case.do("a", vote=False).variables["passed"] is True


def test_a_number_may_follow_the_number_asked() -> None:
    majority = 'rule="count" value="numberOfInstances / 2" strict="true"'
    case = Case(signing(majority), people=PEOPLE)
    assert case.do("a", vote=True).do("a", vote=True).variables["passed"] is True


def test_weights_are_taken_when_the_step_is_entered() -> None:
    people = [
        {"id": "1", "w": Decimal("0.1")},
        {"id": "2", "w": Decimal("0.2")},
        {"id": "3", "w": 1},
    ]
    definition = signing('rule="weight" weight="person.w" value="0.3"')
    case = Case(definition, people=people).do("a", vote=True)
    assert case.open == ["a", "a"]
    assert case.do("a", vote=True).variables["passed"] is True
    shares = signing('rule="ratio" weight="person.w" value="50%" strict="true"')
    case = Case(shares, people=people).do("a", vote=True).do("a", vote=True)
    assert case.open == ["a"]
    assert case.do("a", vote=False).variables["passed"] is False


def test_the_completion_condition_may_end_it_first() -> None:
    definition = signing('rule="all"', condition="numberOfCompletedInstances = 2")
    case = Case(definition, people=PEOPLE).do("a", vote=True).do("a", vote=True)
    assert (case.open, case.variables["passed"]) == (["z"], False)


def test_nobody_to_ask_does_not_pass() -> None:
    case = Case(signing('rule="all"'), people=[])
    assert (case.open, case.variables["passed"]) == (["z"], False)


@pytest.mark.parametrize(
    ("attributes", "vote"),
    [
        ('rule="all"', None),
        ('rule="all"', "yes"),
        ('rule="count" value="0"', True),
        ('rule="count" value="missing"', True),
    ],
)
def test_what_cannot_be_judged_is_an_error(attributes: str, vote: Any) -> None:
    case = Case(signing(attributes), people=PEOPLE)
    case.do("a", vote=vote)
    assert (case.open, case.failed) == (["a", "a"], ["a"])


def test_weights_must_not_be_negative() -> None:
    case = Case(signing('rule="weight" weight="-1" value="1"'), people=PEOPLE)
    (incident,) = case.advance.incidents
    assert "权重" in incident.message


def test_added_people_count_and_removed_ones_do_not() -> None:
    case = Case(signing('rule="ratio" value="2/3"'), people=PEOPLE).do("a", vote=True)
    case.add("a", "4").do("a", vote=True)
    assert case.open == ["a", "a"]  # two of four
    assert case.remove("a").open == ["z"]  # two of three
    assert case.variables["passed"] is True
