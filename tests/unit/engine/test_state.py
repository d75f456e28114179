"""Saved states: flat in size at any age, readable for ever, shared by nobody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from engine import runtime, state
from engine.model import ProcessDefinition
from engine.runtime import Environment
from engine.spiff.execution import Execution
from engine.spiff.internals import workflows
from tests.unit.engine.builder import (
    boundary,
    call,
    catch,
    chain,
    countersign,
    end,
    files,
    flow,
    gateway,
    message,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import NOW, Case, no_decisions

GOLDEN = Path(__file__).parent / "golden"


def looped(body: str, *ids: str) -> ProcessDefinition:
    """A loop around `ids` that goes on while `again`."""
    return process(
        start()
        + gateway("exclusive", "m")
        + body
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", *ids, "g")
        + flow("g", "m", "again")
        + flow("g", "e", flow_id="fd")
    )


def tasks_in_tree(case: Case) -> int:
    execution = Execution(case.process, Environment(no_decisions), NOW)
    instance, _ = state.load(case.process, case.advance.state, execution)
    return sum(len(workflow.tasks) for workflow in workflows(instance))


def assert_flat(case: Case, turn: Callable[[Case], object], rounds: int) -> None:
    for _ in range(3):
        turn(case)
    size, tasks = len(case.advance.state), tasks_in_tree(case)
    for _ in range(rounds):
        turn(case)
    assert (size, tasks) == (len(case.advance.state), tasks_in_tree(case))


def test_three_thousand_rounds_through_one_task() -> None:
    case = Case(looped(user("a"), "a"), again=True)
    assert_flat(case, lambda case: case.do("a"), 3000)
    assert case.do("a", again=False).status == "completed"


def test_five_hundred_rounds_through_a_fork() -> None:
    body = (
        gateway("parallel", "f") + user("a", "b") + gateway("parallel", "j") + chain("f", "b", "j")
    )
    case = Case(looped(body, "f", "a", "j"), again=True)
    assert_flat(case, lambda case: case.do("b").do("a"), 500)


def test_reminders_left_over_do_not_keep_history() -> None:
    body = (
        user("a", "h")
        + boundary("b", "a", timer("timeDuration", "P5D"), interrupting=False)
        + end("e2")
        + chain("b", "h", "e2")
    )
    case = Case(looped(body, "a"), again=True).wait(days=6)
    assert_flat(case, lambda case: case.do("a"), 300)
    assert case.open == ["a", "h"]


def test_countersigns_and_sub_processes_do_not_keep_history() -> None:
    body = user("c", inner=countersign()) + node(
        "subProcess", "sub", start("s2") + user("x") + end("e2") + chain("s2", "x", "e2")
    )
    case = Case(looped(body, "c", "sub"), again=True, people=["1", "2"])
    assert_flat(case, lambda case: case.do("c", vote=1).do("c", vote=1).do("x"), 150)


def test_a_thousand_automatic_steps_in_one_command() -> None:
    """Spiff's own tree search ends at depth 1,000."""
    body = node("manualTask", "t") + user("a")
    definition = process(
        start()
        + body
        + gateway("exclusive", "m")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "t", "g")
        + flow("g", "m", "tick() < 900")
        + flow("g", "a", flow_id="fd")
        + chain("a", "e")
    )
    ticks = iter(range(1000))
    case = Case(definition, functions={"tick": lambda: next(ticks)})
    assert case.open == ["a"]
    assert case.do("a").status == "completed"


def everything() -> ProcessDefinition:
    """A process that can wait in every way at once."""
    sub = start("s2") + user("x", inner=countersign(sequential=True)) + end("e2")
    return process(
        start()
        + gateway("parallel", "f")
        + user("guarded", "reminded", "branch")
        + boundary("late", "guarded", timer("timeCycle", "R3/P1D"), interrupting=False)
        + boundary("call", "guarded", message(), interrupting=True)
        + user("called")
        + user("signed", inner=countersign())
        + node("subProcess", "sub", sub + chain("s2", "x", "e2"))
        + node("serviceTask", "service")
        + gateway("eventBased", "race")
        + catch("won", message())
        + catch("lost", timer("timeDate", "2026-08-01"))
        + user("loop", inner='<bpmn:standardLoopCharacteristics loopMaximum="2"/>')
        + gateway("parallel", "j")
        + "".join(end(f"end{number}") for number in range(10))
        + chain("s", "f", "guarded", "end0")
        + chain("late", "reminded", "end1")
        + chain("call", "called", "end2")
        + chain("f", "signed", "end3")
        + chain("f", "sub", "end4")
        + chain("f", "service", "end5")
        + chain("f", "race", "won", "end6")
        + chain("race", "lost", "end7")
        + chain("f", "loop", "end8")
        + chain("f", "branch", "j", "end9")
        + chain("f", "j")
    )


def golden_case() -> Case:
    case = Case(
        everything(),
        people=["1", "2", "3"],
        day=date(2026, 6, 1),
        moment=datetime(2026, 6, 1, 1, tzinfo=UTC),
        amount=Decimal("12.50"),
        nested={"$": "user data", "list": [None, True, 1.5]},
    )
    return case.wait(days=1).do("signed", vote="agree").do("x", vote=1).do("loop")


def finish(case: Case) -> Case:
    for element in ("branch", "signed", "signed", "x", "x", "loop", "reminded", "guarded"):
        case.do(element, vote="agree")
    return case.answer().tell("hello")


def test_every_way_of_waiting_survives() -> None:
    case = golden_case()
    waiting = ["branch", "guarded", "loop", "reminded", "signed", "signed", "x"]
    assert (waiting, ("hello",)) == (case.open, case.advance.messages)
    assert finish(case).status == "completed"


@pytest.mark.parametrize("number", [1, 3])
def test_states_of_every_format_can_be_read(number: int) -> None:
    """Each was written once by `golden_case`; never to be written again for its format."""
    case = golden_case()
    saved = (GOLDEN / f"format_{number}.json").read_bytes()
    loaded = runtime.inspect(case.process, saved)
    assert number == orjson.loads(saved)["f"]
    assert (saved == loaded.state) == (number == state.FORMAT)
    assert case.variables == loaded.variables
    assert case.open == sorted(task.element_id for task in loaded.open_tasks)
    assert case.advance.next_due_at == loaded.next_due_at
    case.advance = loaded
    assert finish(case).status == "completed"


def called_case() -> Case:
    inner = start() + user("a", "b") + end() + chain("s", "a", "b", "e")
    outer = start() + call("c", "q", *MAPPED) + user("a") + end() + chain("s", "c", "a", "e")
    return Case(files(p=outer, q=inner), n=1).do("a", m=Decimal("2.5"))


MAPPED = (("input", "x", "n + 1"), ("output", "y", "x + m"))


def test_called_processes_of_format_1_can_be_read() -> None:
    """Written once by `called_case`; never to be written again for this format."""
    case = called_case()
    saved = (GOLDEN / "format_1_called.json").read_bytes()
    loaded = runtime.inspect(case.process, saved)
    assert {**orjson.loads(saved), "f": state.FORMAT} == orjson.loads(loaded.state)
    assert case.open == ["b"]
    assert case.advance.open_tasks[0].variables == loaded.open_tasks[0].variables
    case.advance = loaded
    assert case.do("b").do("a").variables == {"n": 1, "y": Decimal("4.5")}


def test_many_threads_share_one_specification() -> None:
    definition = everything()

    def run(_: int) -> str:
        case = Case(definition, people=["1", "2", "3"])
        case.wait(days=1).do("signed").do("x").do("loop")
        return finish(case).status

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(16))) == ["completed"] * 16


@pytest.mark.parametrize("size", [1, 40])
def test_the_size_of_a_state_depends_on_its_tokens_only(size: int) -> None:
    ids = [f"t{number}" for number in range(size)]
    definition = process(start() + user(*ids) + end() + chain("s", *ids, "e"))
    assert len(Case(definition).advance.state) < 120


def test_spiff_does_not_log_the_data_of_a_case(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        Case(looped(user("a"), "a"), again=False, secret="身份证号").do("a")
    assert [record.name for record in caplog.records if record.name.startswith("spiff")] == []
