"""Where we differ from the standard, as docs/reference/feel.md says: one test for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from engine.decisions import parse_decisions
from engine.errors import DefinitionError
from engine.feel import FeelLimitExceeded, FeelValue, compile_expression
from tests.unit.docs.documents import REFERENCE, read, rows, sections


def value(text: str) -> FeelValue:
    return compile_expression(text).evaluate()


def external_functions() -> None:
    xml = (
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/"><decision name="a">'
        b'<functionDefinition kind="Java"><literalExpression><text>1</text></literalExpression>'
        b"</functionDefinition></decision></definitions>"
    )
    with pytest.raises(DefinitionError):
        parse_decisions(xml)


def equal_range() -> None:
    assert value("(=10) = [10..10]") is True


def years() -> None:
    assert value('date("0000-01-01")') is None
    assert value('date("10000-01-01")') is None
    assert value('date("9999-12-31").year') == 9999


def fractions() -> None:
    assert value('string(time("10:00:00.123456789"))') == "10:00:00.123456"
    assert value('time("10:00:00.0001") = time("10:00:00.0002")') is True


def limits() -> None:
    with pytest.raises(FeelLimitExceeded):
        value("count(for i in 1..10000000 return i)")


def regular_expressions() -> None:
    with pytest.raises(FeelLimitExceeded):
        value('matches("aaaa", "^(a+)+$")')


def type_mismatch() -> None:
    found, warnings = compile_expression('1 = "a"').evaluate_with_warnings()
    assert found is None
    assert warnings


DEVIATIONS: Final[dict[str, Callable[[], None]]] = {
    "external-functions": external_functions,
    "equal-range": equal_range,
    "years": years,
    "fractions": fractions,
    "limits": limits,
    "regular-expressions": regular_expressions,
    "type-mismatch": type_mismatch,
}


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_we_differ_as_the_page_says(deviation: str) -> None:
    DEVIATIONS[deviation]()


def test_the_page_lists_exactly_these() -> None:
    page = read(REFERENCE / "feel.md")
    assert DEVIATIONS.keys() == rows(sections(page)["与标准的差别"]).keys()
