"""Built-in functions, and those a caller adds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import FeelFunction, NotApplicable, YearMonthDuration, compile_expression


def feel(text: str, **context: object) -> Any:
    return compile_expression(text).evaluate(context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # strings
        ('substring("foobar", 3)', "obar"),
        ('substring("foobar", -2, 1)', "a"),
        ('substring(string: "foobar", start position: 3, length: 3)', "oba"),
        ('string length("党支部")', 3),
        ('upper case("aB4")', "AB4"),
        ('substring before("foobar", "bar")', "foo"),
        ('substring before("foobar", "xyz")', ""),
        ('substring after("foobar", "ob")', "ar"),
        ('contains("foobar", "of")', False),
        ('starts with("foobar", "fo")', True),
        ('ends with("foobar", "r")', True),
        ('matches("foobar", "^fo*b")', True),
        ('matches("ABC", "abc", "i")', True),
        ('matches("110101199003071234", "^\\d{17}[\\dX]$")', True),
        ('matches("a.c", "a.c", "q")', True),
        ('matches("a\nb", "^a.b$", "s")', True),
        ('matches("ab", "a b", "x")', True),
        ('matches("abc", "(", "")', None),
        ('matches("abc", "b", "z")', None),
        ('replace("abracadabra", "a(.)", "a$1$1")', "abbraccaddabbra"),
        ('replace("aaa", "a", "\\\\$")', "$$$"),
        ('replace("abc", "x*", "-")', None),
        ('split("John Doe", "\\s")', ["John", "Doe"]),
        ('split("a;b;;c", ";")', ["a", "b", "", "c"]),
        ('string join(["a", null, "c"], "、")', "a、c"),
        # conversion
        ('number("1,000.5", ",", ".")', Decimal("1000.5")),
        ('number("1 000,5", " ", ",")', Decimal("1000.5")),
        ('number("abc")', None),
        ("string(1.10)", "1.10"),
        ("string(null)", None),
        # numbers
        ("floor(-1.5)", -2),
        ("ceiling(1.5)", 2),
        ("floor(1.56, 1)", Decimal("1.5")),
        ("decimal(2.5, 0)", 2),
        ("decimal(1 / 3, 2)", Decimal("0.33")),
        ("round up(-5.5, 0)", -6),
        ("round down(5.5, 0)", 5),
        ("round half up(2.5, 0)", 3),
        ("round half down(2.5, 0)", 2),
        ("round half up(1250, -2)", 1300),
        ("decimal(1, 7000)", None),
        ("abs(-10)", 10),
        ('abs(@"-P1Y")', YearMonthDuration(12)),
        ("modulo(-10, 4)", 2),
        ("modulo(10, -4)", -2),
        ("modulo(1, 0)", None),
        ("sqrt(16)", 4),
        ("sqrt(-1)", None),
        ("log(0)", None),
        ("exp(0)", 1),
        ("exp(100000)", None),
        ("even(2)", True),
        ("odd(-1)", True),
        ("odd(1.5)", False),
        ("even(10 ** 40)", True),
        # lists
        ("list contains([1, null], null)", True),
        ("count([1, 2])", 2),
        ("min(3, 1, 2)", 1),
        ('max(["a", "c", "b"])', "c"),
        ("max([])", None),
        ('max([1, "a"])', None),
        ("sum([1, 2, 3])", 6),
        ('sum(@"P1D", @"P2D")', dt.timedelta(days=3)),
        ('sum("a", "b")', None),
        ("mean(1, 2, 3, 6)", 3),
        ("product(2, 3, 4)", 24),
        ("median(8, 2, 5, 3, 4)", 4),
        ("median(6, 1, 2, 3)", Decimal("2.5")),
        ("stddev(2, 4, 7, 5)", Decimal("2.081665999466132735282297706979931")),
        ("mode(6, 3, 9, 6, 6, 3)", [6]),
        ("all([true, false])", False),
        ("any([null, true])", True),
        ("all([true, null])", None),
        ("sublist([4, 5, 6], 2)", [5, 6]),
        ("sublist([4, 5, 6], -2, 1)", [5]),
        ("append([1], 2)", [1, 2]),
        ("concatenate([1, 2], [3])", [1, 2, 3]),
        ("insert before([1, 3], 1, 2)", [2, 1, 3]),
        ("remove([1, 2, 3], 2)", [1, 3]),
        ("remove([1], 2)", None),
        ("list replace([2, 4, 7], 3, 6)", [2, 4, 6]),
        ("list replace([2, 4, 7], function(item, new) item < new, 5)", [5, 5, 7]),
        ("reverse([1, 2, 3])", [3, 2, 1]),
        ("index of([1, 2, 3, 2], 2)", [2, 4]),
        ("union([1, 2], [2, 3])", [1, 2, 3]),
        ("distinct values([1, 2, 1.0])", [1, 2]),
        ("flatten([[1, [2]], 3])", [1, 2, 3]),
        ("sort([3, 1, 2])", [1, 2, 3]),
        ("sort([1, 3, 2], function(x, y) x > y)", [3, 2, 1]),
        ('sort([1, "a"], function(x, y) x > y)', None),
        # contexts
        ('get value({a: 1}, "a")', 1),
        ("get entries({a: 1})", [{"key": "a", "value": 1}]),
        ('context([{key: "a", value: 1}])', {"a": 1}),
        ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
        ('context put({x: 1, y: {a: 0}}, ["y", "a"], 2)', {"x": 1, "y": {"a": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        # dates
        ('day of year(@"2026-03-01")', 60),
        ('day of week(@"2026-03-01")', "Sunday"),
        ('month of year(@"2026-03-01")', "March"),
        ('week of year(@"2026-01-01")', 1),
    ],
)
def test_builtin(text: str, expected: Any) -> None:
    assert expected == feel(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, 10)", True),
        ("before([1..5), [5..10])", True),
        ("before([1..5], [5..10])", False),
        ("after([5..10], 4)", True),
        ("meets([1..5], [5..10])", True),
        ("met by([5..10], [1..5])", True),
        ("overlaps([1..5], [3..8])", True),
        ("overlaps([1..5), [5..8])", False),
        ("overlaps before([1..5], [3..8])", True),
        ("overlaps after([3..8], [1..5])", True),
        ("finishes(10, [1..10])", True),
        ("finished by([1..10], [5..10])", True),
        ("includes([1..10], 5)", True),
        ("during([4..6], [1..10])", True),
        ("during(point: 10, range: [1..10))", False),
        ("starts(1, [1..10])", True),
        ("started by([1..10], [1..5])", True),
        ("coincides([1..5], [1..5))", False),
        ('before(1, "a")', None),
    ],
)
def test_intervals(text: str, expected: Any) -> None:
    assert expected is feel(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("string length(1)", "参数“string”应为文本，实际为数字。"),
        ("count()", "参数个数不对"),
        ("count(lst: [1])", "没有名为“lst”"),
        ("未知函数(1)", "没有名为“未知函数”的函数。"),
    ],
)
def test_a_wrong_call_is_null_with_a_reason(text: str, words: Any) -> None:
    value, warnings = compile_expression(text).evaluate_with_warnings()
    assert value is None
    assert words in warnings[0].message


def test_single_values_and_lists_of_one_are_converted() -> None:
    assert feel("count(7)") == 1
    assert feel('upper case(["a"])') == "A"


def test_a_variable_does_not_hide_a_function_of_the_same_name() -> None:
    assert dt.date(2026, 1, 1) == feel('date("2026-01-01")', date="x")
    assert feel("date", date="x") == "x"


def test_functions_of_the_caller() -> None:
    functions: dict[str, Any] = {
        "add working days": lambda day, number: day + dt.timedelta(days=int(number)),
        "today": lambda: dt.date(2026, 1, 1),
    }
    expression = compile_expression("add working days(today(), 5)")
    assert dt.date(2026, 1, 6) == expression.evaluate({}, functions)


def test_a_function_of_the_caller_replaces_a_built_in_one() -> None:
    expression = compile_expression('upper case("a")')
    assert expression.evaluate() == "A"
    assert expression.evaluate({}, {"upper case": lambda text: f"<{text}>"}) == "<a>"
    assert expression.evaluate() == "A"


def test_a_call_with_literals_gives_the_same_every_time() -> None:
    expression = compile_expression('date("2026-01-31") + duration("P1M")')
    results = {expression.evaluate() for _time in range(3)}
    assert {dt.date(2026, 2, 28)} == results
    failing = compile_expression('date("2026-02-30")')
    counts = [len(failing.evaluate_with_warnings()[1]) for _time in range(3)]
    assert counts == [1, 1, 1]


def test_a_list_made_of_literals_is_new_every_time() -> None:
    expression = compile_expression('split("a,b", ",")')
    assert expression.evaluate() is not expression.evaluate()


def test_a_function_of_the_caller_may_decline() -> None:
    def decline(_value: object) -> object:
        raise NotApplicable("没有该年度的工作日历。")

    expression = compile_expression("working day(1)")
    value, warnings = expression.evaluate_with_warnings({}, {"working day": decline})
    assert value is None
    assert [warning.message for warning in warnings] == ["没有该年度的工作日历。"]


def test_a_feel_function_of_the_caller_takes_named_arguments() -> None:
    minus = FeelFunction("minus", ("left", "right"), lambda left, right: left - right)
    assert compile_expression("minus(right: 1, left: 3)").evaluate({}, {"minus": minus}) == 2
