"""Python values in and out."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from engine.feel import NotApplicable, compile_expression, render, to_feel


class Verdict(StrEnum):
    PASSED = "passed"


@pytest.mark.parametrize(
    ("value", "expected", "kind"),
    [
        (1, Decimal(1), Decimal),
        (0.1, Decimal("0.1"), Decimal),
        (True, True, bool),
        (Verdict.PASSED, "passed", str),
        ((1, 2), [1, 2], list),
        (OrderedDict(a=(1,)), {"a": [1]}, dict),
        (dt.date(2026, 1, 1), dt.date(2026, 1, 1), dt.date),
        (None, None, type(None)),
    ],
)
def test_to_feel(value: Any, expected: Any, kind: Any) -> None:
    converted = to_feel(value)
    assert expected == converted
    assert type(converted) is kind


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), b"x", object(), Decimal("1e7000")]
)
def test_no_feel_counterpart(value: Any) -> None:
    with pytest.raises(NotApplicable):
        to_feel(value)


def test_a_variable_without_feel_value_is_null_with_a_warning() -> None:
    value, warnings = compile_expression("x = null").evaluate_with_warnings({"x": object()})
    assert value is True
    assert warnings[0].message == "“x”：object 类型的数据不能用于表达式。"


def test_only_used_variables_are_converted() -> None:
    assert compile_expression("x + 1").evaluate({"x": 1, "connection": object()}) == 2


@pytest.mark.parametrize(
    "text",
    ["x.__class__", "x.real", 'x.format("a")', "x.__init__.__globals__", "y.append", "d.year.real"],
)
def test_no_attribute_of_a_python_object_is_reachable(text: str) -> None:
    context = {"x": 1, "y": [1], "d": dt.date(2026, 1, 1)}
    assert compile_expression(text).evaluate(context) in (None, [None])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.50", "1.50"),
        ("1e3", "1000"),
        ('[1, "a", null, true]', '[1, "a", null, true]'),
        ('{a: "x", "b-c": [1..2)}', '{a: "x", "b-c": [1..2)}'),
        ("(>= 5)", "(>= 5)"),
        ("(< 5)", "(< 5)"),
        ('"引号\\"内"', '引号"内'),
        ('["a\\"b"]', '["a\\"b"]'),
    ],
)
def test_render(text: str, expected: Any) -> None:
    assert expected == render(compile_expression(text).evaluate())


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (r'"a\nb\tc\\d"', "a\nb\tc\\d"),
        (r'"\u4e2d\u56fd"', "中国"),
        (r'"\U01F40E"', "🐎"),
        (r'"\uD83D\uDC0E"', "🐎"),
        (r'"\d+"', r"\d+"),
    ],
)
def test_string_escapes(literal: Any, expected: Any) -> None:
    assert expected == compile_expression(literal).evaluate()


def test_a_lone_surrogate_never_reaches_a_value() -> None:
    text = compile_expression(r'"\uD83D"').evaluate()
    assert isinstance(text, str)
    assert text == text.encode("utf-8").decode("utf-8")
