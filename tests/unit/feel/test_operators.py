"""Arithmetic, comparison, three-valued logic and conditions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.feel import Range, compile_expression


def feel(text: str, **context: object) -> Any:
    return compile_expression(text).evaluate(context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("2 ** -1", "0.5"),
        ("--10", "10"),
        ("10 + 20 / -5 - 3", "3"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        (".5 + 1e2", "100.5"),
        ("12345678901234567890123456789012345", "12345678901234567890123456789012340"),
    ],
)
def test_decimal_arithmetic_of_34_digits(text: str, expected: Any) -> None:
    assert Decimal(expected) == feel(text)


@pytest.mark.parametrize(
    "text",
    ["1 / 0", "1 + null", '1 + "a"', "true + 1", "10 ** 10000", "0 ** -1", "-true", "[1] * 2"],
)
def test_impossible_arithmetic_is_null_with_a_warning(text: str) -> None:
    value, warnings = compile_expression(text).evaluate_with_warnings()
    assert value is None
    assert [warning.code for warning in warnings] == ["not-applicable"]
    assert (warnings[0].line, warnings[0].column) == (1, 1)


def test_strings_are_joined_by_plus() -> None:
    assert feel('"党支部" + 职务', 职务="书记") == "党支部书记"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", True),
        ("1 != 2", True),
        ('"a" < "b"', True),
        ("null = null", True),
        ("1 = null", False),
        ("null != 1", True),
        ('1 = "1"', None),
        ("1 < null", None),
        ('1 < "2"', None),
        ("true < false", None),
        ("[1, [2]] = [1, [2.0]]", True),
        ("[1, 2] = [1]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 2}", False),
        ("[1..3] = [1..3]", True),
        ("[1..3] = [1..3)", False),
        ("2 between 1 and 3", True),
        ("4 between 1 and 3", False),
        ("null between 1 and 3", None),
        ("1 between 1 and 3 and true", True),
    ],
)
def test_comparison(text: str, expected: Any) -> None:
    assert expected is feel(text)


@pytest.mark.parametrize("left", ["true", "false", "null"])
@pytest.mark.parametrize("right", ["true", "false", "null"])
def test_three_valued_logic(left: Any, right: Any) -> None:
    conjunction = False if "false" in {left, right} else None if "null" in {left, right} else True
    disjunction = True if "true" in {left, right} else None if "null" in {left, right} else False
    assert conjunction is feel(f"{left} and {right}")
    assert disjunction is feel(f"{left} or {right}")


@pytest.mark.parametrize(
    ("text", "expected"), [("not(true)", False), ("not(false)", True), ("not(null)", None)]
)
def test_not(text: str, expected: Any) -> None:
    assert expected is feel(text)


def test_logic_of_no_booleans_is_null() -> None:
    assert feel('1 and "a"') is None
    assert feel("1 and false") is False
    assert feel("1 or true") is True


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", "是"), ("false", "否"), ("null", "否"), ("1", "否")]
)
def test_if_takes_the_positive_branch_only_for_true(condition: Any, expected: Any) -> None:
    assert expected == feel(f'if {condition} then "是" else "否"')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 in [1..3]", True),
        ("1 in (1..3]", False),
        ("3 in [1..3[", False),
        ("1 in ]1..3]", False),
        ("2 in ]1..3[", True),
        ("x in xs[1]", True),
        ("2 in (1, 2)", True),
        ("2 in (< 1, > 3)", False),
        ("5 in > 3", True),
        ("5 in (> 3)", True),
        ("5 in (!= 5)", False),
        ("2 in [1, [2..4]]", True),
        ("5 in [null..10]", None),
        ("null in [1..3]", None),
        ('"b" in ["a", "b"]', True),
        ("[1, 2] in [1, 2]", True),
    ],
)
def test_in(text: str, expected: Any) -> None:
    assert expected is feel(text, x=1, xs=[1])


def test_range_is_a_value() -> None:
    assert Range(Decimal(1), Decimal(3), start_included=True, end_included=False) == feel("[1..3)")
    assert Range(Decimal(5), None, start_included=False, end_included=False) == feel("(> 5)")
    assert feel('[1.."a"]') is None
    assert feel("[1..3).end included") is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ('"a" instance of number', False),
        ("null instance of Any", False),
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ("[1..2] instance of range<number>", True),
        ('duration("P1D") instance of days and time duration', True),
        ('date and time("2026-01-01T00:00:00") instance of date and time', True),
        ('date("2026-01-01") instance of date and time', False),
        ("count instance of function<list> -> number", True),
        ("1 instance of 未知类型", None),
    ],
)
def test_instance_of(text: str, expected: Any) -> None:
    assert expected is feel(text)
