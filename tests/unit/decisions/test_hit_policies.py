"""What the rules of a table make together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.decisions import DecisionError, DecisionResult, HitPolicy, parse_decisions

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def decide(
    policy: str, rules: list[tuple[str, str]], score: int | None = 5, extra: str = "", **output: str
) -> DecisionResult:
    """Evaluate a table of one input, `score`, and one output, on the given score."""
    rows = "".join(
        f'<rule id="r{n}"><inputEntry><text><![CDATA[{test}]]></text></inputEntry>'
        f"<outputEntry><text>{conclusion}</text></outputEntry></rule>"
        for n, (test, conclusion) in enumerate(rules, 1)
    )
    values = "".join(f"<{name}><text>{text}</text></{name}>" for name, text in output.items())
    xml = f"""<definitions xmlns="{NAMESPACE}" id="d" name="d" namespace="urn:test">
      <decision id="grade" name="等次">
        <decisionTable hitPolicy="{policy}" {extra}>
          <input id="i1"><inputExpression><text>score</text></inputExpression></input>
          <output id="o1" name="等次">{values}</output>
          {rows}
        </decisionTable>
      </decision>
    </definitions>"""
    return parse_decisions(xml.encode()).evaluate("grade", {"score": score})


OVERLAPPING = [("> 8", '"优"'), ("> 4", '"良"'), ("> 2", '"中"'), ("-", '"差"')]


def ids(result: DecisionResult) -> list[str]:
    return [rule.id for rule in result.matched]


def test_unique_gives_the_only_match() -> None:
    result = decide("UNIQUE", [("< 5", '"差"'), (">= 5", '"好"')])
    assert result.value == "好"
    assert [(rule.index, rule.id, rule.outputs) for rule in result.matched] == [
        (2, "r2", {"等次": "好"})
    ]


def test_unique_refuses_two_matches_and_names_them() -> None:
    with pytest.raises(DecisionError) as caught:
        decide("UNIQUE", OVERLAPPING)
    assert caught.value.code == "decision-unique"
    assert caught.value.rules == ("r2", "r3", "r4")
    assert "等次" in caught.value.message
    assert "r2、r3、r4" in caught.value.message


def test_any_accepts_matches_that_agree() -> None:
    result = decide("ANY", [("> 1", '"是"'), ("> 2", '"是"'), ("> 9", '"否"')])
    assert result.value == "是"
    assert ids(result) == ["r1", "r2"]


def test_any_refuses_matches_that_differ() -> None:
    with pytest.raises(DecisionError) as caught:
        decide("ANY", OVERLAPPING)
    assert caught.value.code == "decision-any"
    assert caught.value.rules == ("r2", "r3", "r4")


def test_first_gives_the_first_match_alone() -> None:
    result = decide("FIRST", OVERLAPPING)
    assert result.value == "良"
    assert ids(result) == ["r2"]


def test_priority_follows_the_order_of_the_output_values() -> None:
    result = decide("PRIORITY", OVERLAPPING, outputValues='"差", "中", "良", "优"')
    assert result.value == "差"
    assert ids(result) == ["r4"]


def test_output_order_sorts_by_the_output_values() -> None:
    result = decide("OUTPUT ORDER", OVERLAPPING, outputValues='"中", "差", "良", "优"')
    assert result.value == ["中", "差", "良"]
    assert ids(result) == ["r3", "r4", "r2"]


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_lists_stand_in_rule_order(policy: str) -> None:
    result = decide(policy, OVERLAPPING)
    assert result.value == ["良", "中", "差"]
    assert ids(result) == ["r2", "r3", "r4"]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("SUM", 60), ("COUNT", 3), ("MIN", 10), ("MAX", 30)],
)
def test_aggregators(aggregation: str, expected: int) -> None:
    rules = [("-", "10"), ("-", "30"), ("-", "20"), ("> 9", "99")]
    result = decide("COLLECT", rules, extra=f'aggregation="{aggregation}"')
    assert result.value == Decimal(expected)
    assert ids(result) == ["r1", "r2", "r3"]


@pytest.mark.parametrize("aggregation", ["SUM", "MIN", "MAX"])
def test_what_cannot_be_aggregated_is_null(aggregation: str) -> None:
    rules = [("-", "10"), ("-", '"合格"')]
    result = decide("COLLECT", rules, extra=f'aggregation="{aggregation}"')
    assert result.value is None
    assert ids(result) == ["r1", "r2"]
    assert result.warnings


@pytest.mark.parametrize(
    ("policy", "extra", "expected"),
    [
        ("UNIQUE", "", None),
        ("ANY", "", None),
        ("FIRST", "", None),
        ("COLLECT", "", []),
        ("RULE ORDER", "", []),
        ("COLLECT", 'aggregation="SUM"', None),
        ("COLLECT", 'aggregation="COUNT"', 0),
    ],
)
def test_no_match(policy: str, extra: str, expected: Any) -> None:
    result = decide(policy, [("> 9", "1")], extra=extra)
    assert expected == result.value
    assert result.matched == ()


def test_default_output_when_nothing_matches() -> None:
    result = decide("UNIQUE", [("> 9", '"优"')], defaultOutputEntry='"合格"')
    assert result.value == "合格"
    assert result.matched == ()


def test_a_null_input_passes_only_open_cells() -> None:
    assert decide("COLLECT", OVERLAPPING, score=None).value == ["差"]


def test_empty_cells_mean_any_input_and_no_output() -> None:
    result = decide("UNIQUE", [("", "")])
    assert result.value is None
    assert ids(result) == ["r1"]


def test_symbols_of_drawn_tables() -> None:
    assert [policy.symbol for policy in HitPolicy] == ["U", "A", "P", "F", "R", "O", "C"]
