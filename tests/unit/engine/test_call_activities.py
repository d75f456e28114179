"""Call activities: another process inside the instance, with variables of its own."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from engine import lifecycle, runtime
from engine.errors import DefinitionError, StateFormatError, TargetNotAllowed
from engine.library import parse_library
from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets, variables_at
from engine.soundness import explore
from tests.unit.engine.builder import (
    MESSAGES,
    TERMINATE,
    boundary,
    call,
    catch,
    chain,
    countersign,
    end,
    file,
    files,
    flow,
    gateway,
    message,
    node,
    start,
    timer,
    user,
)
from tests.unit.engine.case import NOW, Case

MAPPED = (("input", "amount", "total * 2"), ("output", "answer", "amount + extra"))
ERROR = '<bpmn:error id="e1" errorCode="E1"/><bpmn:escalation id="x1" escalationCode="X1"/>'


def thrown(kind: str, ref: str) -> str:
    return f'<bpmn:{kind}EventDefinition {kind}Ref="{ref}"/>'


def line(inner: str, *ids: str) -> str:
    return start() + inner + end() + chain("s", *ids, "e")


def caller(*elements: tuple[str, str, str], inner: str = "", around: str = "") -> str:
    return line(user("a", "z") + call("c", "q", *elements, inner=inner) + around, "a", "c", "z")


def test_what_is_mapped_flows_in_and_out_and_nothing_else() -> None:
    case = Case(files(p=caller(*MAPPED), q=line(user("b"), "b")), total=5, extra=1)
    case.do("a")
    assert case.open == ["b"]
    assert case.advance.open_tasks[0].variables == {"amount": 10}
    assert case.variables == {"total": 5, "extra": 1}
    case.do("b", extra=7)
    assert case.variables == {"total": 5, "extra": 1, "answer": 17}
    assert case.do("z").status == "completed"


def test_without_mapping_a_called_process_is_alone() -> None:
    called = line(user("b") + gateway("exclusive", "g", default="f_g_e"), "b", "g")
    case = Case(files(p=caller(), q=called), total=5).do("a").do("b", total=6)
    assert (case.open, case.variables) == (["z"], {"total": 5})


def test_ids_of_different_processes_may_be_the_same() -> None:
    inner = line(node("task", "a"), "a")
    case = Case(files(p=line(call("a", "q") + user("b"), "a", "b"), q=inner))
    entered = case.seen(EventType.ELEMENT_ENTERED)
    assert entered == ["s", "a", "s", "a", "e", "b"]
    assert case.do("b").status == "completed"


def test_a_called_process_may_call_another() -> None:
    middle = line(call("c", "r", ("input", "x", "y + 1"), ("output", "y", "x")), "c")
    process = files(
        p=line(call("c", "q", ("input", "y", "1"), ("output", "y", "y")), "c"),
        q=middle,
        r=line(user("b"), "b"),
    )
    case = Case(process)
    assert case.advance.open_tasks[0].variables == {"x": 2}
    case.do("b", x=9)
    assert (case.status, case.variables) == ("completed", {"y": 9})


def test_a_qualified_name_and_one_file_for_all() -> None:
    xml = file(p=line(call("c", "ns:q"), "c"), q=start("s2") + end("e2") + chain("s2", "e2"))
    process = parse_library({"x.bpmn": xml}, foreign=True).processes["p"]
    assert Case(process).status == "completed"


def test_a_called_process_need_not_be_marked_executable() -> None:
    called = file(q=line(user("b"), "b")).replace(b' isExecutable="true"', b"")
    contents = {"p.bpmn": file(p=caller()), "q.bpmn": called}
    library = parse_library(contents, foreign=True)
    assert [process.id for process in library.uncalled] == ["p"]
    assert Case(library.processes["p"]).do("a").open == ["b"]
    with pytest.raises(DefinitionError) as refused:
        parse_library(contents)
    assert ("bpmn-called-element", "c") in {(f.code, f.element_id) for f in refused.value.findings}


def test_terminate_ends_the_called_process_only() -> None:
    called = (
        start()
        + gateway("parallel", "g")
        + user("b", "d")
        + end("t", TERMINATE)
        + end()
        + chain("s", "g", "b", "t")
        + chain("g", "d", "e")
    )
    case = Case(files(p=caller(), q=called)).do("a")
    assert case.open == ["b", "d"]
    assert case.do("b").open == ["z"]


def failing(kind: str, ref: str) -> str:
    return start() + user("b") + end("x", thrown(kind, ref)) + chain("s", "b", "x")


@pytest.mark.parametrize(("kind", "ref"), [("error", "e1"), ("escalation", "x1")])
def test_what_is_not_caught_inside_reaches_the_call_activity(kind: str, ref: str) -> None:
    around = boundary("h", "c", thrown(kind, ref), interrupting=True)
    around += user("k") + end("e9") + chain("h", "k", "e9")
    case = Case(files(ERROR, p=caller(around=around), q=failing(kind, ref))).do("a").do("b")
    assert case.open == ["k"]
    assert case.do("k").status == "completed"


def test_an_escalation_beside_a_call_interrupts_nothing() -> None:
    around = boundary("h", "c", thrown("escalation", "x1"), interrupting=False)
    around += user("k") + end("e9") + chain("h", "k", "e9")
    called = line(
        node("intermediateThrowEvent", "x", thrown("escalation", "x1")) + user("b"), "x", "b"
    )
    case = Case(files(ERROR, p=caller(around=around), q=called)).do("a")
    assert case.open == ["b", "k"]


def test_cancelling_the_activity_takes_back_everything_inside() -> None:
    around = boundary("h", "c", timer("timeDuration", "P1D"), interrupting=True)
    around += user("k") + end("e9") + chain("h", "k", "e9")
    nested = line(call("c", "r"), "c")
    case = Case(files(p=caller(around=around), q=nested, r=line(user("b"), "b"))).do("a")
    assert case.open == ["b"]
    case.wait(days=1)
    assert case.open == ["k"]
    assert len(orjson.loads(case.advance.state)["w"]) == 1
    assert case.do("k").status == "completed"


def test_instances_of_a_loop_have_stores_of_their_own() -> None:
    mapped = (("input", "who", "person"), ("output", "vote", "who + said"))
    process = files(p=caller(*mapped, inner=countersign()), q=line(user("b"), "b"))
    case = Case(process, people=["甲", "乙"]).do("a")
    assert [task.variables for task in case.advance.open_tasks] == [{"who": "甲"}, {"who": "乙"}]
    case.do("b", 1, said="否").do("b", said="可")
    assert case.variables["votes"] == ["甲可", "乙否"]
    assert case.open == ["z"]


def test_a_sequential_loop_and_a_standard_loop_call_again() -> None:
    mapped = (("input", "who", "person"), ("output", "vote", "who"))
    loop = countersign(sequential=True)
    case = Case(files(p=caller(*mapped, inner=loop), q=line(user("b"), "b")), people=["甲", "乙"])
    case.do("a").do("b").do("b")
    assert (case.open, case.variables["votes"]) == (["z"], ["甲", "乙"])
    loop = '<bpmn:standardLoopCharacteristics loopMaximum="3"/>'
    mapped = (("input", "n", "loopCounter"), ("input", "sum", "sum"), ("output", "sum", "sum + n"))
    case = Case(files(p=caller(*mapped, inner=loop), q=line(user("b"), "b")), sum=0).do("a")
    assert case.do("b").do("b").do("b").variables == {"sum": 6}
    assert case.open == ["z"]


def recursive(condition: str) -> str:
    return (
        start()
        + user("b")
        + gateway("exclusive", "g", default="f_g_e")
        + call("c", "p", ("input", "n", "n - 1"), ("output", "steps", "steps + 1"))
        + end()
        + node("endEvent", "e2")
        + chain("s", "b", "g", "e")
        + flow("g", "c", condition)
        + chain("c", "e2")
    )


def test_a_process_may_call_itself() -> None:
    case = Case(files(p=recursive("n > 0")), n=2, steps=0)
    for _ in range(3):
        case.do("b", steps=0)
    assert (case.status, case.variables) == ("completed", {"n": 2, "steps": 2})


def test_a_process_that_never_stops_calling_itself_is_stopped() -> None:
    process = files(p=line(call("c", "p"), "c"))
    (incident,) = Case(process).advance.incidents
    assert (incident.element_id, "50 层" in incident.message) == ("c", True)
    assert explore(files(p=recursive("n > 0")), "x.bpmn").complete


def test_returning_inside_a_called_process_and_out_of_it() -> None:
    called = line(user("b", "d"), "b", "d")
    case = Case(files(p=caller(), q=called)).do("a").do("b", x=1)
    assert return_targets(case.process, "d") == ("b", "a")
    assert case.back("d", "b").open == ["b"]
    assert case.advance.open_tasks[0].variables == {"x": 1}
    assert case.back("b", "a").open == ["a"]
    assert len(orjson.loads(case.advance.state)["w"]) == 1
    case.do("a").do("b").do("d")
    assert case.back("z", "a").open == ["a"]
    assert case.do("a").open == ["b"]
    assert case.advance.open_tasks[0].variables == {}


def test_returning_out_of_a_call_takes_its_whole_loop_back() -> None:
    process = files(p=caller(inner=countersign(output=False)), q=line(user("b"), "b"))
    case = Case(process, people=["甲", "乙"]).do("a")
    assert case.back("b", "a", 1).open == ["a"]
    assert case.do("a").open == ["b", "b"]


def test_returning_out_of_a_parallel_branch_with_a_call() -> None:
    body = (
        start()
        + user("a", "x", "y")
        + gateway("parallel", "f1")
        + gateway("parallel", "f2")
        + call("c", "q")
        + end()
        + chain("s", "a", "f1", "x", "c", "f2", "e")
        + chain("f1", "y", "f2")
    )
    case = Case(files(p=body, q=line(user("b"), "b"))).do("a").do("x")
    assert return_targets(case.process, "b") == ("a", "x")
    assert case.back("b", "x").open == ["x", "y"]
    case.do("x")
    assert case.back("b", "a").open == ["a"]


def test_with_several_calls_only_the_running_one_can_go_back() -> None:
    body = line(user("a", "m") + call("c", "q") + call("d", "q"), "a", "c", "m", "d")
    case = Case(files(p=body, q=line(user("b"), "b"))).do("a")
    assert return_targets(case.process, "b") == ()
    with pytest.raises(TargetNotAllowed):
        case.back("b", "m")
    assert case.back("b", "a").open == ["a"]


def test_a_task_that_may_not_be_returned_stays_inside() -> None:
    keep = '<bpmn:extensionElements><dw:task return="none"/></bpmn:extensionElements>'
    case = Case(files(p=caller(), q=line(user("b", inner=keep), "b"))).do("a")
    assert return_targets(case.process, "b") == ()
    with pytest.raises(TargetNotAllowed):
        case.back("b", "a")


def test_returning_past_a_call_takes_back_the_called_process() -> None:
    body = (
        start()
        + user("a", "z")
        + gateway("parallel", "f1")
        + gateway("parallel", "f2")
        + call("c", "q")
        + end()
        + chain("s", "a", "f1", "c", "f2", "e")
        + chain("f1", "z", "f2")
    )
    case = Case(files(p=body, q=line(user("b"), "b"))).do("a")
    assert case.open == ["b", "z"]
    assert case.back("z", "a").open == ["a"]


def test_what_a_task_sees() -> None:
    inside = start("s2") + user("b") + end("e2") + chain("s2", "b", "e2")
    sub = node("subProcess", "u", inside)
    case = Case(files(p=caller(("input", "x", "1")), q=line(sub, "u")), hidden=1).do("a")
    task_id = case.task_id("b")
    assert variables_at(case.process, case.advance.state, task_id) == {"x": 1}


def test_calls_are_explored() -> None:
    fork = (
        start()
        + gateway("exclusive", "x", default="f_x_b")
        + user("b", "d")
        + gateway("parallel", "j")
        + end()
        + chain("s", "x", "b", "j", "e")
        + flow("x", "d", "left")
        + chain("d", "j")
    )
    found = explore(files(p=caller(), q=fork), "x.bpmn").findings
    assert {"bpmn-deadlock", "bpmn-dead-node"} <= {f.code for f in found}
    assert explore(files(p=caller(), q=line(user("b"), "b")), "x.bpmn").findings == ()


def test_a_state_of_another_called_process_is_refused() -> None:
    first = files(p=caller(), q=line(user("b"), "b"))
    second = files(
        p=caller().replace('calledElement="q"', 'calledElement="r"'), r=line(user("b"), "b")
    )
    state = Case(first).do("a").advance.state
    with pytest.raises(StateFormatError):
        runtime.inspect(second, state)


def refused(*processes: bytes) -> set[tuple[str, str | None, str]]:
    contents = {f"{index}.bpmn": xml for index, xml in enumerate(processes)}
    with pytest.raises(DefinitionError) as error:
        parse_library(contents, foreign=True)
    return {(f.code, f.element_id, f.reason) for f in error.value.findings}


def test_what_cannot_be_called_is_named() -> None:
    unknown = refused(file(p=line(call("c", "q"), "c")))
    assert unknown == {
        (
            "bpmn-called-element",
            "c",
            "调用活动调用的“q”不能运行：没有这个可执行的流程。",
        )
    }


def test_now_and_environment_reach_called_processes() -> None:
    decided: list[str] = []

    def decide(decision: str, inputs: object, now: object) -> tuple[object, object]:
        decided.append(decision)
        assert (inputs, now) == ({"n": 1}, NOW)
        return 2, None

    task = node(
        "businessRuleTask",
        "r",
        '<bpmn:extensionElements><dw:decision ref="d" result="n"/></bpmn:extensionElements>',
    )
    mapped = (("input", "n", "1"), ("output", "m", "n"))
    process: ProcessDefinition = files(p=line(call("c", "q", *mapped), "c"), q=line(task, "r"))
    case = Case(process, decide=decide)  # type: ignore[arg-type] # answers of any kind
    assert (decided, case.variables) == (["d"], {"m": 2})


def test_messages_timers_and_inclusive_joins_work_inside() -> None:
    called = (
        start()
        + node("userTask", "b", default="f_b_i")
        + user("d")
        + gateway("inclusive", "i")
        + catch("m", message())
        + catch("t", timer("timeDuration", "wait"))
        + end()
        + flow("b", "d", "both")
        + chain("s", "b", "i", "m", "t", "e")
        + chain("d", "i")
    )
    case = Case(files(MESSAGES, p=caller(("input", "wait", '"P3D"')), q=called)).do("a")
    case.do("b", both=True).do("d")
    assert (case.advance.messages, case.variables) == (("hello",), {})
    case.tell("hello", told=1)
    assert case.advance.next_due_at == NOW + timedelta(days=3)
    assert case.wait(days=3).open == ["z"]


def test_an_event_sub_process_around_a_call_catches_its_error() -> None:
    handler = node(
        "subProcess",
        "h",
        node("startEvent", "hs", thrown("error", "e1"))
        + user("k")
        + end("he")
        + chain("hs", "k", "he"),
        triggeredByEvent="true",
    )
    case = Case(files(ERROR, p=caller() + handler, q=failing("error", "e1"))).do("a").do("b")
    assert case.open == ["k"]
    assert case.do("k").status == "completed"


def test_an_event_sub_process_inside_sees_the_called_process_only() -> None:
    beside = node(
        "subProcess",
        "h",
        '<bpmn:dataObject id="own"/>'
        + node("startEvent", "hs", timer("timeDuration", "P1D"), isInterrupting="false")
        + user("k")
        + end("he")
        + chain("hs", "k", "he"),
        triggeredByEvent="true",
    )
    process = files(p=caller(("input", "x", "1")), q=line(user("b"), "b") + beside)
    case = Case(process, hidden=1).do("a").wait(days=1)
    assert case.open == ["b", "k"]
    assert variables_at(process, case.advance.state, case.task_id("k")) == {"x": 1, "own": None}
    case.do("b")
    assert case.open == ["k"]
    assert case.do("k", own=2).open == ["z"]


def test_a_countersign_of_calls_may_end_early() -> None:
    loop = countersign(condition="numberOfCompletedInstances >= 1")
    mapped = (("output", "vote", "said"),)
    process = files(p=caller(*mapped, inner=loop), q=line(user("b", "d"), "b", "d"))
    case = Case(process, people=["甲", "乙", "丙"]).do("a").do("b", 1)
    assert case.open == ["b", "b", "d"]
    case.do("d", said="可")
    assert (case.open, case.variables["votes"]) == (["z"], ["可"])
    assert len(orjson.loads(case.advance.state)["w"]) == 1


def test_a_terminated_instance_keeps_nothing_of_its_calls() -> None:
    case = Case(files(p=caller(), q=line(user("b"), "b"))).do("a")
    ended = lifecycle.terminate(case.process, case.advance.state, **case.outside)
    assert (ended.status.value, ended.open_tasks) == ("terminated", ())
    assert len(orjson.loads(ended.state)["w"]) == 1


def test_loops_of_calls_are_explored() -> None:
    process = files(p=caller(inner=countersign()), q=line(user("b"), "b"))
    assert explore(process, "x.bpmn").findings == ()
