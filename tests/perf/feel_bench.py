"""What conditions and decision tables cost, beside `simpleeval` on the same comparison.

simpleeval evaluates Python expressions and knows neither null nor decimals nor dates; it is what
many workflow engines use for conditions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from simpleeval import EvalWithCompoundTypes

from engine.decisions import DecisionModel, parse_decisions
from engine.feel import compile_expression

CONDITION_TARGET: Final = 10.0
TABLE_TARGET: Final = 300.0
ROUNDS: Final = 7
REPEATS: Final = 2_000
RULES: Final = 20
CONDITION: Final = 'votes * 2 > due and result = "passed"'
PYTHON_CONDITION: Final = 'votes * 2 > due and result == "passed"'
FACTS: Final[Mapping[str, object]] = {
    "votes": Decimal(6),
    "due": Decimal(10),
    "result": "passed",
}


def microseconds(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return what one call costs: the median of several rounds, warmed up."""
    action()
    figures = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(repeats):
            action()
        figures.append((time.perf_counter() - begin) / repeats * 1_000_000)
    return statistics.median(figures)


def table(rules: int = RULES) -> DecisionModel:
    """Return a table of three conditions and two conclusions, with ranges, lists and dates."""
    rows = "".join(
        f"<rule><inputEntry><text>[{n * 5}..{n * 5 + 5})</text></inputEntry>"
        '<inputEntry><text>"A", "B"</text></inputEntry>'
        '<inputEntry><text>&lt; date("2026-06-01")</text></inputEntry>'
        f'<outputEntry><text>"R{n}"</text></outputEntry>'
        f"<outputEntry><text>{n} * 100</text></outputEntry>"
        f"<annotationEntry><text>第{n}条</text></annotationEntry></rule>"
        for n in range(rules)
    )
    xml = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d"'
        ' namespace="urn:bench"><decision id="t" name="t"><decisionTable hitPolicy="UNIQUE">'
        '<input><inputExpression typeRef="number"><text>age</text></inputExpression></input>'
        '<input><inputExpression typeRef="string"><text>grade</text></inputExpression></input>'
        '<input><inputExpression typeRef="date"><text>on</text></inputExpression></input>'
        '<output name="rule"/><output name="amount"/><annotation name="依据"/>'
        f"{rows}</decisionTable></decision></definitions>"
    )
    return parse_decisions(xml.encode())


def verdict(cost: float, target: float) -> str:
    """Return a figure beside its target."""
    return f"{cost:8.2f} µs   (target below {target:g} µs: {'met' if cost < target else 'MISSED'})"


def main() -> None:
    """Print all figures."""
    facts = dict(FACTS)
    expression = compile_expression(CONDITION)
    assert expression.evaluate(facts) is True
    ours = microseconds(lambda: expression.evaluate(facts))

    plain = EvalWithCompoundTypes(names=facts)
    parsed = plain.parse(PYTHON_CONDITION)
    assert plain.eval(PYTHON_CONDITION, previously_parsed=parsed) is True
    ready = microseconds(lambda: plain.eval(PYTHON_CONDITION, previously_parsed=parsed))
    fresh = microseconds(
        lambda: EvalWithCompoundTypes(names=facts).eval(PYTHON_CONDITION), REPEATS // 10
    )

    print(f"gateway condition, compiled    {verdict(ours, CONDITION_TARGET)}")
    print(f"same, simpleeval, parsed once  {ready:8.2f} µs   ({ready / ours:.1f} times ours)")
    print(f"same, simpleeval, as text      {fresh:8.2f} µs   ({fresh / ours:.1f} times ours)")

    model = table()
    inputs = {
        "age": Decimal(97),
        "grade": "B",
        "on": compile_expression('date("2026-05-01")').evaluate(),
    }
    assert [RULES] == [rule.index for rule in model.evaluate("t", inputs).matched]
    decided = microseconds(lambda: model.evaluate("t", inputs), REPEATS // 10)
    print(f"decision table of {RULES} rules      {verdict(decided, TABLE_TARGET)}")


if __name__ == "__main__":
    main()
