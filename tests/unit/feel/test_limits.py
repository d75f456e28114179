"""No expression hangs, eats the memory or breaks the interpreter."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import (
    FeelLimitExceeded,
    FeelSyntaxError,
    compile_expression,
    compile_unary_tests,
)
from engine.feel.functions import BUILTINS

OUT_OF_BOUNDS = [
    "1" + "+1" * 15_000,
    "(" * 500 + "1" + ")" * 500,
    "[" * 500 + "]" * 500,
    "-" * 500 + "1",
    "1" + "+1" * 500,
    "1e99999",
    "count(for x in 1..1000000000 return x)",
    "for x in 1..1000, y in 1..1000 return x",
    "some x in 1..1000, y in 1..1000 satisfies false",
    "{f: function(n) f(n + 1), r: f(1)}.r",
    "{f: function(n) f(n) + f(n), r: f(1)}.r",
    '{a: "0123456789", f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f(a, 30)}.r',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "^(a+)+$")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "^(a|aa)+$")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "' + "a?" * 46 + "a" * 46 + '")',
    'matches("a", "' + "a" * 400 + '")',
    'replace(string join(for x in 1..90000 return "ab"), "a", "0123456789")',
]


@pytest.mark.parametrize("text", OUT_OF_BOUNDS, ids=range(len(OUT_OF_BOUNDS)))
def test_bounds(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(FeelLimitExceeded) as caught:
        compile_expression(text).evaluate()
    assert caught.value.code == "feel-limit"
    assert time.perf_counter() - started < 10


def test_deep_input_is_refused() -> None:
    nested: list[object] = []
    for _level in range(100_000):
        nested = [nested]
    with pytest.raises(FeelLimitExceeded):
        compile_expression("x").evaluate({"x": nested})


def test_warnings_are_bounded() -> None:
    _value, warnings = compile_expression("for x in 1..1000 return y").evaluate_with_warnings()
    assert len(warnings) == 100


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *"()[]{},:.+-*/=<>?@\n",
            *("..", "**", "!=", "<=", ">=", "//", "/*", "*/", "\\", '"'),
            *("1", "2.5", '"a"', "true", "null", "x", "年龄", "a b", '@"P1M"', '@"2026-01-31"'),
            *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies"),
            *("between", "and", "or", "not", "instance of", "number", "list", "function"),
            *("external", "date", "count", "sum", "item", "sort", "partial"),
        ]
    ),
    max_size=14,
).map(" ".join)


@settings(max_examples=200, deadline=None, database=None)
@given(st.one_of(FRAGMENTS, st.text(max_size=40)))
def test_arbitrary_text_is_refused_or_evaluated(text: str) -> None:
    context = {"x": [1, {"a": 2}], "年龄": 20, "a b": "文本"}
    with suppress(FeelSyntaxError, FeelLimitExceeded):
        compile_expression(text).evaluate(context)
    with suppress(FeelSyntaxError, FeelLimitExceeded):
        compile_unary_tests(text).matches(20, context)


OPERANDS = st.sampled_from(
    [
        *("1", "0", "-2.5", "9e6000", '"a"', "true", "null", "[1, 2]", "{a: 1}", "[1..3]", "count"),
        *('@"2026-01-31"', '@"09:30:00+08:00"', '@"2026-01-31T09:30:00Z"', '@"P1D"', '@"P1M"'),
    ]
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "in", "and", "or"])


@settings(max_examples=200, deadline=None, database=None)
@given(OPERANDS, OPERATORS, OPERANDS, OPERATORS, OPERANDS)
def test_any_operator_takes_any_operands(
    first: Any, sign: Any, second: Any, other: Any, third: Any
) -> None:
    compile_expression(f"({first} {sign} {second}) {other} {third}").evaluate()


@settings(max_examples=300, deadline=None, database=None)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(OPERANDS, max_size=4))
def test_any_function_takes_any_arguments(name: Any, arguments: Any) -> None:
    compile_expression(f"{name}({', '.join(arguments)})").evaluate()
