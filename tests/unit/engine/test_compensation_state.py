"""Compensation in saved states: small, readable for ever, only where there is something to undo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import lifecycle, runtime, state
from engine.errors import StateFormatError
from tests.unit.engine.builder import (
    chain,
    compensated,
    countersign,
    end,
    gateway,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import Case
from tests.unit.engine.test_compensation import line, sub, throw

GOLDEN = Path(__file__).parent / "golden" / "format_2.json"


def golden_case() -> Case:
    """Records of tasks, loop instances and sub-processes, and handlers under way."""
    body = (
        start()
        + user("a", "c", "d")
        + compensated("a")
        + sub("p1", "x y")
        + sub("p2", "v w")
        + user("m", inner=countersign())
        + compensated("m", handler=node("userTask", "undo_m", isForCompensation="true"))
        + gateway("parallel", "f")
        + throw("t1")
        + throw("t2", wait=False)
        + "".join(end(name) for name in ("e1", "e2"))
        + chain("s", "a", "p1", "m", "f", "t1", "c", "e1")
        + chain("f", "d", "t2", "e2")
        + chain("f", "p2")
    )
    case = Case(process(body), people=["1", "2"]).do("a").do("x").do("y")
    case.do("m", vote="yes").do("m", vote="no")
    return case.do("v").do("undo_m").do("undo_m").do("undo_y")


def test_states_of_format_2_can_be_read() -> None:
    """Written once by `golden_case`; never to be written again for this format."""
    saved, case = GOLDEN.read_bytes(), golden_case()
    loaded = runtime.inspect(case.process, saved)
    assert {**json.loads(saved), "f": state.FORMAT} == json.loads(loaded.state)
    assert case.open == sorted(task.element_id for task in loaded.open_tasks)
    case.advance = loaded
    for element in ("undo_x", "undo_a", "c", "w", "d", "undo_w", "undo_v"):
        case.do(element)
    assert case.status == "completed"


def test_ordinary_cases_save_no_records() -> None:
    case = Case(line(throw("th"), ids="a b th"))
    assert json.loads(case.advance.state).keys() == {"f", "s", "v", "w"}
    saved = json.loads(case.do("a").advance.state)
    assert saved["f"] == state.FORMAT
    assert saved["c"] == [[0, [{"element": "a"}]]]
    assert "c" not in json.loads(case.do("b").do("undo_b").do("undo_a").advance.state)


def test_records_of_unknown_activities_are_refused() -> None:
    case = Case(line(throw("th"), ids="a b th")).do("a")
    with pytest.raises(StateFormatError):
        runtime.inspect(
            case.process, case.advance.state.replace(b'"element":"a"', b'"element":"q"')
        )


def test_a_terminated_case_forgets_what_could_be_undone() -> None:
    case = Case(line(throw("th"), ids="a b c th")).do("a").do("b").do("c")
    ended = lifecycle.terminate(case.process, case.advance.state, **case.outside)
    assert json.loads(ended.state).keys() == {"f", "s", "v", "w"}
    assert ended.state == runtime.inspect(case.process, ended.state).state
