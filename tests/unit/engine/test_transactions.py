"""Transactions: done as a whole, or taken back as a whole."""

from __future__ import annotations

from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    CANCEL,
    boundary,
    chain,
    compensated,
    compensation,
    countersign,
    end,
    flow,
    gateway,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import Case

ENTERED, COMPLETED = EventType.ELEMENT_ENTERED, EventType.ELEMENT_COMPLETED
CANCELLED = EventType.ELEMENT_CANCELLED
ROOT = '<bpmn:error id="err1" errorCode="E1"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="err1"/>'


def transaction(inner: str, around: str = "") -> ProcessDefinition:
    """A transaction, then z; when cancelled k, on an error q."""
    body = (
        start()
        + user("z", "k", "q")
        + node("transaction", "tx", inner)
        + node("boundaryEvent", "off", CANCEL, attachedToRef="tx")
        + boundary("hazard", "tx", ERROR, interrupting=True)
        + chain("s", "tx", "z")
        + chain("off", "k")
        + chain("hazard", "q")
    )
    return process(body + around, ROOT)


def decided(inner: str = "", *ids: str, ending: str = CANCEL) -> str:
    """Tasks a and b with handlers, then c, where it is decided."""
    return (
        start("ts")
        + user("a", "b", "c")
        + compensated("a")
        + compensated("b")
        + gateway("exclusive", "g", default="fine")
        + inner
        + end("done")
        + end("undone", ending)
        + chain("ts", "a", "b", *ids, "c", "g")
        + flow("g", "undone", "cancelled")
        + flow("g", "done", flow_id="fine")
    )


def test_a_transaction_ends_like_a_sub_process() -> None:
    case = Case(transaction(decided()), cancelled=False).do("a").do("b").do("c")
    assert case.open == ["z"]
    assert case.do("z").status == "completed"


def test_a_cancelled_transaction_is_undone_and_left_by_its_boundary() -> None:
    case = Case(transaction(decided()), cancelled=True).do("a").do("b").do("c")
    assert case.open == ["undo_b"]
    assert case.seen(EventType.TRANSACTION_CANCELLED) == ["tx"]
    case.do("undo_b").do("undo_a")
    assert (case.open, case.seen(CANCELLED)) == (["k"], ["tx"])
    assert "off" in case.seen(ENTERED)
    assert case.do("k").status == "completed"


def test_with_nothing_to_undo_it_is_left_at_once() -> None:
    inner = start("ts") + user("a") + end("undone", CANCEL) + chain("ts", "a", "undone")
    assert Case(transaction(inner)).do("a").open == ["k"]


def test_what_still_runs_is_taken_back() -> None:
    inner = (
        start("ts")
        + gateway("parallel", "f")
        + user("a", "b", "c")
        + compensated("a")
        + compensated("b")
        + end("undone", CANCEL)
        + chain("ts", "f", "a")
        + chain("f", "b")
        + chain("f", "c", "undone")
    )
    case = Case(transaction(inner)).do("a").do("c")
    assert (case.open, case.seen(CANCELLED)) == (["undo_a"], ["b"])
    assert case.do("undo_a").open == ["k"]


def test_what_completed_in_a_running_sub_process_is_undone_too() -> None:
    nested = (
        start("ns")
        + user("x", "y")
        + compensated("x")
        + end("ne")
        + chain("ns", "x", "y", "ne")
        + node(
            "subProcess",
            "ev",
            node("startEvent", "ev_s", compensation()) + user("h") + chain("ev_s", "h"),
            triggeredByEvent="true",
        )
    )
    inner = (
        start("ts")
        + gateway("parallel", "f")
        + node("subProcess", "sub", nested)
        + user("c")
        + end("undone", CANCEL)
        + chain("ts", "f", "sub")
        + chain("f", "c", "undone")
    )
    case = Case(transaction(inner)).do("x").do("c")
    assert case.open == ["undo_x"]
    assert case.do("undo_x").open == ["k"]
    finished = Case(transaction(inner)).do("x").do("y").do("c")
    assert finished.open == ["h"]
    assert finished.do("h").open == ["k"]


def test_it_may_be_cancelled_from_a_sub_process_inside() -> None:
    nested = start("ns") + user("x") + compensated("x") + end("ne", CANCEL) + chain("ns", "x", "ne")
    inner = start("ts") + user("a") + compensated("a") + node("subProcess", "sub", nested)
    case = Case(transaction(inner + end("te") + chain("ts", "a", "sub", "te"))).do("a").do("x")
    assert case.open == ["undo_x"]
    assert case.do("undo_x").open == ["undo_a"]
    assert case.do("undo_a").open == ["k"]


def test_an_error_inside_may_cancel_it() -> None:
    handler = node("startEvent", "ev_s", ERROR) + end("ev_e", CANCEL) + chain("ev_s", "ev_e")
    beside = node("subProcess", "ev", handler, triggeredByEvent="true")
    inner = decided(beside, ending=ERROR)
    case = Case(transaction(inner), cancelled=True).do("a").do("b").do("c")
    assert case.open == ["undo_b"]
    assert case.do("undo_b").do("undo_a").open == ["k"]


def test_a_hazard_undoes_nothing() -> None:
    case = Case(transaction(decided(ending=ERROR)), cancelled=True).do("a").do("b").do("c")
    assert case.open == ["q"]


def test_a_compensation_under_way_gives_way_to_cancelling() -> None:
    inner = (
        start("ts")
        + user("a", "b", "c")
        + compensated("a")
        + compensated("b")
        + gateway("parallel", "f")
        + node("intermediateThrowEvent", "t", compensation())
        + end("undone", CANCEL)
        + chain("ts", "a", "b", "f", "t")
        + chain("f", "c", "undone")
    )
    case = Case(transaction(inner)).do("a").do("b")
    assert case.open == ["c", "undo_b"]
    assert case.do("c").open == ["undo_b"]
    assert case.do("undo_b").do("undo_a").open == ["k"]


def test_cancelling_undoes_once_what_a_compensation_has_begun() -> None:
    nested = start("ns") + user("x", "y") + compensated("x") + compensated("y") + end("ne")
    inner = (
        start("ts")
        + node("subProcess", "sub", nested + chain("ns", "x", "y", "ne"))
        + user("c")
        + gateway("parallel", "f")
        + node("intermediateThrowEvent", "t", compensation("sub"))
        + end("undone", CANCEL)
        + chain("ts", "sub", "f", "t")
        + chain("f", "c", "undone")
    )
    case = Case(transaction(inner)).do("x").do("y")
    assert case.open == ["c", "undo_y"]
    case.do("undo_y").do("c")
    assert case.open == ["undo_x"]
    assert case.do("undo_x").open == ["k"]


def test_cancelling_one_round_leaves_the_loop() -> None:
    inner = countersign(output=False, sequential=True) + decided()
    case = Case(transaction(inner), people=["1", "2"], cancelled=False).do("a").do("b").do("c")
    assert case.open == ["a"]
    case.do("a", cancelled=True).do("b").do("c")
    assert case.do("undo_b").do("undo_a").open == ["k"]


def test_a_completed_transaction_can_still_be_undone() -> None:
    throw = node("intermediateThrowEvent", "t", compensation("tx"))
    around = throw + user("last") + chain("z", "t", "last")
    case = Case(transaction(decided(), around), cancelled=False).do("a").do("b").do("c").do("z")
    assert case.do("undo_b").do("undo_a").open == ["last"]


def test_one_may_go_back_into_a_transaction_from_inside_only() -> None:
    definition = transaction(decided())
    assert return_targets(definition, "c") == ("a", "b")
    assert return_targets(definition, "undo_a") == ()


def test_exploring_a_transaction() -> None:
    found = explore(transaction(decided()), "x.bpmn")
    assert {f.element_id for f in found.findings} == {"hazard", "q"}
    assert {f.code for f in found.findings} == {"bpmn-dead-node"}
