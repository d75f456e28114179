"""Digests of correlation keys: they may leave out only what the engine would refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.events.keys import ANY, carried, wanted
from tests.unit.engine.test_correlation import conversation


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("甲", "甲"),
        (7, 7),
        (7, Decimal("7.0")),
        (Decimal("0.50"), Decimal("0.5")),
        (100, Decimal("1E+2")),
        (date(2026, 6, 1), date(2026, 6, 1)),
    ],
)
def test_equal_values_have_one_digest(expected: Any, value: Any) -> None:
    assert wanted({"k1": [expected]}) != ANY
    assert wanted({"k1": [expected]}) in carried(conversation(), "answer", {"number": value}, {})


@pytest.mark.parametrize(
    ("expected", "value"),
    [("甲", "乙"), (7, "7"), (7, 8), ("2026-06-01", date(2026, 6, 1)), ("甲", None)],
)
def test_different_values_have_different_digests(expected: Any, value: Any) -> None:
    found = carried(conversation(), "answer", {"number": value}, {})
    assert wanted({"k1": [expected]}) not in found


@pytest.mark.parametrize(
    "value", [None, True, 1.5, [1], {"a": 1}, datetime(2026, 6, 1, tzinfo=UTC)]
)
def test_what_is_compared_otherwise_is_left_to_the_engine(value: Any) -> None:
    assert wanted({"k1": [value]}) == ANY
    assert ANY in carried(conversation(), "answer", {"number": "甲"}, {})


def test_the_first_key_fully_known_counts_and_keys_are_told_apart() -> None:
    assert wanted({}) == ANY
    assert wanted({"a": [1, None], "b": [2]}) == wanted({"b": [2]}) != wanted({"a": [2]})
    assert wanted({"a": ["x", "yz"]}) != wanted({"a": ["xy", "z"]})
