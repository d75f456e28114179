"""Lists, contexts, paths, filters, loops, quantifiers and functions of one's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine.feel import compile_expression

MEMBERS = [
    {"name": "张三", "age": 30, "正式": True},
    {"name": "李四", "age": 17, "正式": False},
]


def feel(text: str, **context: object) -> Any:
    return compile_expression(text).evaluate(context)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3][1]", 1),
        ("[1, 2, 3][-1]", 3),
        ("[1, 2, 3][4]", None),
        ("[1, 2, 3][0]", None),
        ("[1, 2, 3][n]", 2),
        ("[][1]", None),
        ("7[1]", 7),
        ("null[item > 1]", []),
        ("[1, 2, 3][item > n]", [3]),
        ("[1, 2, 3][item > 1][1]", 2),
        ("members[age >= 18].name", ["张三"]),
        ("members[正式 = false][1].name", "李四"),
        ("members[item.age > 99]", []),
        ("members.name", ["张三", "李四"]),
        ("members[age > limit].name", ["张三", "李四"]),
    ],
)
def test_filter_and_path(text: str, expected: Any) -> None:
    assert expected == feel(text, members=MEMBERS, n=2, limit=10)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in [1, 2] return x * 2", [2, 4]),
        ("for x in 1..3 return x", [1, 2, 3]),
        ("for x in 3..1 return x", [3, 2, 1]),
        ("for x in [1..3) return x", [1, 2]),
        ("for x in [1, 2], y in [x, 10] return x + y", [2, 11, 4, 12]),
        ("for x in 1..4 return if x < 3 then 1 else partial[-1] + partial[-2]", [1, 1, 2, 3]),
        ("for x in 5 return x", [5]),
        ("for x in null return x", None),
        ('for x in 1.."a" return x', None),
        ("for x in 1.5..3 return x", None),
        (
            'for d in @"2026-01-30"..@"2026-02-01" return d',
            [dt.date(2026, 1, 30), dt.date(2026, 1, 31), dt.date(2026, 2, 1)],
        ),
        ("for x in [] return x", []),
    ],
)
def test_for(text: str, expected: Any) -> None:
    assert expected == feel(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("some x in [1, 2] satisfies x > 1", True),
        ("every x in [1, 2] satisfies x > 1", False),
        ("some x in [] satisfies x", False),
        ("every x in [] satisfies x", True),
        ("every x in [1, null] satisfies x > 0", None),
        ("some x in [null, 2] satisfies x > 1", True),
        ("some x in [1, 2], y in [2] satisfies x = y", True),
    ],
)
def test_quantifiers(text: str, expected: Any) -> None:
    assert expected is feel(text)


def test_contexts_see_earlier_entries() -> None:
    assert feel("{a: 1, b: a + 1}") == {"a": 1, "b": 2}
    assert feel("{a: {b: {c: 1}}}") == {"a": {"b": {"c": 1}}}
    assert feel("{a: 1, a: 2}") is None


def test_a_missing_entry_is_null_with_a_warning() -> None:
    value, warnings = compile_expression("p.b").evaluate_with_warnings({"p": {"a": 1}})
    assert value is None
    assert [warning.code for warning in warnings] == ["unknown-property"]


def test_an_unknown_name_is_null_with_a_warning() -> None:
    value, warnings = compile_expression("1 = 1 and 未知").evaluate_with_warnings()
    assert value is None
    assert [
        (warning.code, warning.message, warning.line, warning.column) for warning in warnings
    ] == [("unknown-name", "没有名为“未知”的数据。", 1, 11)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(a, b) a - b)(3, 1)", 2),
        ("{f: function(a, b) a - b, r: f(b: 3, a: 1)}.r", -2),
        ("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r", 120),
        ("{k: 2, f: function(x) x * k, r: for x in [1, 2] return f(x)}.r", [2, 4]),
        ('(function(a: number) a)("x")', None),
        ("(function(a) a)()", None),
        ("(function(a) a)(b: 1)", None),
        ("1(2)", None),
        ("{f: count}.f([1, 2])", 2),
    ],
)
def test_functions_of_ones_own(text: str, expected: Any) -> None:
    assert expected == feel(text)
