from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.values import ValueTypeError, clone, clone_all, dump_values, load_values

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.timedeltas()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), VALUES))
def test_every_value_comes_back_as_it_was(values: dict[str, Any]) -> None:
    loaded = load_values(dump_values(values))
    assert values == loaded
    assert [type(v) for v in values.values()] == [type(v) for v in loaded.values()]
    assert list(values) == list(loaded)


@pytest.mark.parametrize(
    "value",
    [
        {"$": "date", "v": "2026-06-01"},
        {"typename": "datetime", "value": 1},
        2**70,
        date(2026, 6, 1),
        datetime(2026, 6, 1, 9, 30),  # noqa: DTZ001 - naive values must stay naive
        datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=8))),
        timedelta(days=-1, microseconds=5),
        Decimal("1.50"),
    ],
)
def test_what_json_lacks_survives(value: Any) -> None:
    loaded = load_values(dump_values({"x": value}))["x"]
    assert (value, type(value)) == (loaded, type(loaded))


def test_infinity_survives() -> None:
    assert {"x": float("-inf")} == load_values(dump_values({"x": float("-inf")}))


@pytest.mark.parametrize("value", [object(), {1: 2}, b"bytes", {"a": [set()]}, 1j])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(ValueTypeError):
        clone(value)


def test_deep_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(70):
        value = [value]
    with pytest.raises(ValueTypeError):
        clone(value)


def test_unknown_tags_are_refused() -> None:
    with pytest.raises(ValueTypeError):
        load_values(b'{"x": {"$": "os.system", "v": "id"}}')


def test_clones_share_nothing() -> None:
    source = {"list": [{"inner": [1]}]}
    copy = clone_all(source)
    source["list"][0]["inner"].append(2)
    assert copy == {"list": [{"inner": [1]}]}
