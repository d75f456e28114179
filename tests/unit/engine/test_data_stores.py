"""Data stores: shared by the instances of a run, read and written by data associations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import incidents
from engine.collaboration import Start
from engine.errors import DefinitionError
from engine.trace import Trace, TraceStatus
from engine.trace_document import answer
from tests.unit.engine.builder import (
    HEAD,
    call,
    chain,
    countersign,
    end,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import NOW, Case

STORE = '<bpmn:dataStore id="ds" name="登记册"/>'
REFERENCE = '<bpmn:dataStoreReference id="r" name="log" dataStoreRef="t:ds"/>'


def reading(transformation: str = "") -> str:
    text = f"<bpmn:transformation>{transformation}</bpmn:transformation>" if transformation else ""
    return (
        '<bpmn:ioSpecification><bpmn:dataInput id="in1" name="before"/>'
        '<bpmn:dataOutput id="out1" name="after"/></bpmn:ioSpecification>'
        "<bpmn:dataInputAssociation><bpmn:sourceRef>r</bpmn:sourceRef>"
        f"<bpmn:targetRef>in1</bpmn:targetRef>{text}</bpmn:dataInputAssociation>"
    )


def writing(inner: str = "") -> str:
    return (
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>out1</bpmn:sourceRef>"
        f"<bpmn:targetRef>r</bpmn:targetRef>{inner}</bpmn:dataOutputAssociation>"
    )


def script(script_id: str, text: str, inner: str) -> str:
    return node("scriptTask", script_id, f"{inner}<bpmn:script>{text}</bpmn:script>")


def appending(script_id: str) -> str:
    """A script that reads the store and writes it back one entry longer."""
    text = f'{{after: concatenate(if before = null then [] else before, ["{script_id}"])}}'
    inner = reading() + writing()
    for item in ("in1", "out1"):
        inner = inner.replace(item, f"{item}_{script_id}")
    return script(script_id, text, inner)


def run(*bodies: str, starts: tuple[Start, ...] = (), **tasks: Any) -> Trace:
    """Run processes p1, p2 … of one file that share the store."""
    processes = "".join(
        f'<bpmn:process id="p{number}" isExecutable="true">{body}</bpmn:process>'
        for number, body in enumerate(bodies, start=1)
    )
    xml = f"{HEAD}{STORE}{processes}</bpmn:definitions>"
    trace = Trace({"x.bpmn": xml.encode()}, starts, tasks, NOW)
    for _ in trace:
        pass
    return trace


def in_a_row(prefix: str, *ids: str, reference: str = REFERENCE) -> str:
    first, last = f"{prefix}s", f"{prefix}e"
    return reference + start(first) + end(last) + chain(first, *ids, last)


def test_one_task_writes_and_the_next_reads() -> None:
    trace = run(in_a_row("", "a", "b") + appending("a") + appending("b"))
    assert (TraceStatus.COMPLETED, {"ds": ["a", "b"]}) == (trace.status, trace.stores)
    assert {} == answer(trace)["variables"]
    assert {"ds": ["a", "b"]} == answer(trace)["stores"]


def test_two_processes_share_it() -> None:
    second = REFERENCE.replace('"r"', '"r2"')
    other = appending("b").replace(">r<", ">r2<")
    trace = run(in_a_row("", "a") + appending("a"), in_a_row("q", "b", reference=second) + other)
    assert {"ds": ["a", "b"]} == trace.stores


def test_two_instances_share_it() -> None:
    body = in_a_row("", "a") + appending("a")
    trace = run(body, starts=(Start("p1"), Start("p1")))
    assert {"ds": ["a", "a"]} == trace.stores


def test_a_called_process_writes_too() -> None:
    outer = start("o") + call("c", "p2") + end("oe") + chain("o", "c", "oe")
    trace = run(outer, in_a_row("", "a") + appending("a"))
    assert {"ds": ["a"]} == trace.stores


def test_what_a_called_process_hands_back_is_written() -> None:
    calling = call("c", "p2", inner=reading() + writing())
    trace = run(
        in_a_row("", "c") + calling,
        start("q") + script("b", '{after: ["b"]}', "") + end("qe") + chain("q", "b", "qe"),
    )
    assert {"ds": ["b"]} == trace.stores


def test_a_transformation_and_an_assignment() -> None:
    assignment = "<bpmn:assignment><bpmn:from>after + 1</bpmn:from><bpmn:to>r</bpmn:to>"
    counting = script(
        "a",
        "{after: before * 2}",
        reading("if log = null then 5 else log") + writing(f"{assignment}</bpmn:assignment>"),
    )
    assert {"ds": 11} == run(in_a_row("", "a") + counting).stores


def test_each_instance_of_a_loop_writes() -> None:
    loop = countersign(output=False, sequential=True)
    text = "{after: concatenate(if before = null then [] else before, [person])}"
    body = in_a_row("", "a") + script("a", text, reading() + writing() + loop)
    trace = run(body, starts=(Start("p1", {"people": ["甲", "乙"]}),))
    assert {"ds": ["甲", "乙"]} == trace.stores


def test_the_name_of_a_store_means_the_store_in_its_associations_only() -> None:
    definition = process(in_a_row("", "a") + user("a", inner=reading()), STORE)
    case = Case(definition, log="变量")
    assert "变量" == case.variables["log"]
    case = Case(process(in_a_row("", "q", "b") + user("q") + script(
        "b", "{told: [log, before]}", reading()), STORE), log="变量")  # fmt: skip
    case.environment = replace(case.environment, stores={"ds": "存储"})
    assert ["变量", "存储"] == case.do("q").variables["told"]


def test_a_step_that_fails_writes_nothing() -> None:
    body = in_a_row("", "q", "b") + user("q") + script("b", "1 + 1", reading() + writing())
    case = Case(process(body, STORE)).do("q")
    assert (["b"], {}) == (case.failed, case.advance.stored)


def test_a_skipped_activity_writes_nothing() -> None:
    body = in_a_row("", "q", "b") + user("q") + script("b", "1 + 1", reading() + writing())
    case = Case(process(body, STORE)).do("q")
    task = case.advance.incidents[0].task_id
    skipped = incidents.skip(case.process, case.advance.state, task, None, {}, **case.outside)
    assert ("completed", {}) == (skipped.status.value, skipped.stored)


@pytest.mark.parametrize(
    "inner",
    [
        "<bpmn:transformation> </bpmn:transformation>",
        2 * "<bpmn:assignment><bpmn:from>1</bpmn:from><bpmn:to>r</bpmn:to></bpmn:assignment>",
    ],
)
def test_what_is_not_clear_is_refused(inner: str) -> None:
    body = in_a_row("", "a") + user("a", inner=reading() + writing(inner))
    with pytest.raises(DefinitionError) as refused:
        process(body, STORE)
    assert "bpmn-data-association" in {finding.code for finding in refused.value.findings}
