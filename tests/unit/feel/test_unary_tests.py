"""Cells of decision tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from engine.feel import FeelSyntaxError, compile_unary_tests


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("-", None, True),
        (" - ", 5, True),
        ("5", 5, True),
        ("5", 6, False),
        ("1, 2, 3", 2, True),
        ("< 5", 4, True),
        ("< 5", None, False),
        (">= 18, < 3", 2, True),
        ("[1..5]", 5, True),
        ("[1..5)", 5, False),
        ("]1..5[", 3, True),
        ("(1..5[, 9", 9, True),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "c", True),
        ('not("a", "b")', "a", False),
        ("not(> 5)", 3, True),
        ("not(> 5)", None, False),
        ("not(null)", 5, True),
        ("not(null)", None, False),
        ("null", None, True),
        ("null", 5, False),
        ("!= 5", 6, True),
        ("-5", -5, True),
        ("[1, 2, 3]", 2, True),
        ("xs", 2, True),
        ("xs", 9, False),
        ("? > 3 and ? < limit", 5, True),
        ("? > 3 and ? < limit", 50, False),
        ('contains(?, "律师")', "执业律师", True),
        ("not(? > 3)", 5, False),
        ("not(? > 3) and ? > 1", 2, True),
        ("limit - 1", 9, True),
        ("true", True, True),
        ("false", False, True),
        ("true", False, False),
        ('date("2026-01-01")', dt.date(2026, 1, 1), True),
        ('> date("2026-01-01")', dt.date(2026, 1, 2), True),
        ("if limit = 10 then 1 else 2", 1, True),
    ],
)
def test_matches(text: str, value: Any, expected: Any) -> None:
    tests = compile_unary_tests(text)
    assert expected is tests.matches(value, {"xs": [1, 2], "limit": 10})


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (dt.date(2026, 7, 2), True),
        (dt.date(2026, 7, 1), False),
        (None, False),
    ],
)
def test_input_true_meets_a_condition_over_variables(talk: Any, expected: Any) -> None:
    tests = compile_unary_tests('talk_on > application_on + duration("P1M")')
    context = {"application_on": dt.date(2026, 6, 1), "talk_on": talk}
    assert expected is tests.matches(value=True, context=context)


def test_a_condition_without_question_mark_does_not_match_other_input() -> None:
    assert compile_unary_tests("limit > 1").matches(5, {"limit": 10}) is False


def test_names_leave_out_the_input() -> None:
    assert {"limit"} == compile_unary_tests("? > limit").names


@pytest.mark.parametrize("text", ["", "5,", "< ", "not(", "> 1 and < 5"])
def test_refused(text: str) -> None:
    with pytest.raises(FeelSyntaxError):
        compile_unary_tests(text)
