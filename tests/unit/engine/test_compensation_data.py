"""What compensation sees: data as it was when its activity ended, also of called processes."""

from __future__ import annotations

from engine.model import Value
from engine.runtime import variables_at
from engine.soundness import explore
from tests.unit.engine.builder import (
    boundary,
    call,
    chain,
    compensated,
    compensation,
    countersign,
    end,
    files,
    gateway,
    message,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import Case

THROW = node("intermediateThrowEvent", "t", compensation())
CALLED = start() + user("x", "y") + compensated("x") + compensated("y") + chain("s", "x", "y")


def line(inner: str, *ids: str) -> str:
    return start() + inner + end() + chain("s", *ids, "e")


def calling(*elements: tuple[str, str, str], inner: str = "", around: str = "") -> str:
    parts = call("c", "q", *elements, inner=inner) + user("z") + THROW + around
    return line(parts, "c", "t", "z")


def seen(case: Case, element_id: str) -> dict[str, Value]:
    return dict(variables_at(case.process, case.advance.state, case.task_id(element_id)))


def test_inside_a_sub_process_its_data_objects_are_those_of_its_end() -> None:
    inner = start("s2") + user("x") + compensated("x") + end("e2") + chain("s2", "x", "e2")
    declared = '<bpmn:dataObject id="d" name="count"/>'
    part = node("subProcess", "p1", countersign(output=False) + declared + inner)
    case = Case(process(line(part + user("b") + THROW, "p1", "b", "t")), people=["1", "2"], n=1)
    case.do("x", count=10).do("x", count=20).do("b", n=2, count=30)
    want = {"person": "2", "count": 20, "n": 2}
    assert want == {name: seen(case, "undo_x")[name] for name in want}
    case.do("undo_x", count=21)
    want = {"person": "1", "count": 10, "n": 2}
    assert want == {name: seen(case, "undo_x")[name] for name in want}
    assert case.do("undo_x").variables["count"] == 30


def test_a_called_process_is_undone_with_its_own_variables() -> None:
    mapped = (("input", "amount", "total"), ("output", "answer", "amount"))
    case = Case(files(p=calling(*mapped), q=CALLED), total=5).do("x", amount=6).do("y", note="n")
    assert (case.open, case.variables) == (["undo_y"], {"total": 5, "answer": 6})
    assert seen(case, "undo_y") == {"amount": 6, "note": "n"}
    case.do("undo_y", amount=7)
    assert (case.open, seen(case, "undo_x")) == (["undo_x"], {"amount": 7, "note": "n"})
    case.do("undo_x")
    assert (case.open, case.variables) == (["z"], {"total": 5, "answer": 6})


def test_a_call_activity_with_handler_is_undone_as_a_whole() -> None:
    case = Case(files(p=calling(around=compensated("c")), q=CALLED)).do("x").do("y")
    assert case.open == ["undo_c"]
    assert case.do("undo_c").open == ["z"]


def test_a_handler_may_call_a_process_and_hand_on_what_it_answers() -> None:
    handler = call("undo_a", "q", ("output", "answer", "amount"))
    handler = handler.replace(">", ' isForCompensation="true">', 1)
    body = line(user("a", "z") + compensated("a", handler=handler) + THROW, "a", "t", "z")
    case = Case(files(p=body, q=line(user("x"), "x"))).do("a").do("x", amount=3)
    assert (case.open, case.variables) == (["z"], {"answer": 3})


def test_an_interrupted_call_leaves_nothing_to_undo() -> None:
    root = '<bpmn:message id="m1" name="hello"/>'
    around = boundary("m", "c", message(), interrupting=True) + chain("m", "t")
    case = Case(files(root, p=calling(around=around), q=CALLED)).do("x").tell("hello")
    assert case.open == ["z"]


def test_every_call_is_undone_on_its_own() -> None:
    loop = countersign(output=False)
    mapped = ("input", "who", "person")
    case = Case(files(p=calling(mapped, inner=loop), q=CALLED), people=["1", "2"])
    case.do("x").do("x").do("y").do("y")
    undone = []
    while case.open != ["z"]:
        undone.append((case.open[0], seen(case, case.open[0])["who"]))
        case.do(case.open[0])
    assert undone == [("undo_y", "2"), ("undo_x", "2"), ("undo_y", "1"), ("undo_x", "1")]


def test_a_process_may_undo_itself_before_it_returns() -> None:
    called = CALLED + THROW + chain("y", "t")
    fork = gateway("parallel", "f") + call("c", "q") + user("o")
    body = start() + fork + compensated("o") + chain("s", "f", "c") + chain("f", "o")
    case = Case(files(p=body, q=called)).do("o").do("x").do("y")
    assert case.open == ["undo_y"]
    assert case.do("undo_y").do("undo_x").status == "completed"


def test_exploring_through_calls() -> None:
    found = explore(files(p=calling(), q=CALLED), "x.bpmn")
    assert (found.findings, found.complete) == ((), True)
