"""`make bench`: what a step costs, and that it does not grow with the age of a case.

Figures are for this machine and this moment; the ratios are what to compare.  The stock serializer
of SpiffWorkflow runs in the same loop beside ours.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from engine import runtime
from engine.definition import load_procedure
from engine.library import parse_process
from engine.migration import migrate
from engine.runtime import Environment
from engine.soundness import explore
from engine.spiff.parser import executable
from services.processes.commands import EXPLORED_STATES
from tests.perf import feel_bench, roster_bench, verify_bench

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="bench" id="d">'
    '<bpmn:process id="p" name="基准" isExecutable="true">'
)
TAIL = "</bpmn:process></bpmn:definitions>"
ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3000
STOCK_ROUNDS = 300
ENVIRONMENT = Environment(decisions=lambda _id, _inputs, _now: (None, {}))


def flow(number: int, source: str, target: str, condition: str = "") -> str:
    """Return a sequence flow."""
    inner = (
        '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
        f"{condition}</bpmn:conditionExpression>"
        if condition
        else ""
    )
    return (
        f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">'
        f"{inner}</bpmn:sequenceFlow>"
    )


def loop() -> bytes:
    """Return a diagram that goes through one user task until `again` is false."""
    return (
        HEAD
        + '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="m"/>'
        + '<bpmn:userTask id="a" name="办理"/><bpmn:exclusiveGateway id="g" default="f4"/>'
        + '<bpmn:endEvent id="e"/>'
        + flow(1, "s", "m")
        + flow(2, "m", "a")
        + flow(3, "a", "g")
        + flow(4, "g", "e")
        + flow(5, "g", "m", "again")
        + TAIL
    ).encode()


def sequence(tasks: int) -> bytes:
    """Return a diagram of user tasks in a row."""
    ids = ["s", *(f"t{n}" for n in range(tasks)), "e"]
    return (
        HEAD
        + '<bpmn:startEvent id="s"/>'
        + "".join(f'<bpmn:userTask id="{t}" name="办理"/>' for t in ids[1:-1])
        + '<bpmn:endEvent id="e"/>'
        + "".join(flow(n, a, b) for n, (a, b) in enumerate(pairwise(ids)))
        + TAIL
    ).encode()


def countersign() -> bytes:
    """Return a diagram that asks everybody in `people` at once."""
    return (
        HEAD
        + '<bpmn:startEvent id="s"/><bpmn:userTask id="a" name="会签">'
        + "<bpmn:multiInstanceLoopCharacteristics>"
        + "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
        + "<bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>"
        + '<bpmn:inputDataItem name="person"/><bpmn:outputDataItem name="vote"/>'
        + "</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
        + '<bpmn:endEvent id="e"/>'
        + flow(1, "s", "a")
        + flow(2, "a", "e")
        + TAIL
    ).encode()


def votes(count: int) -> list[tuple[float, int]]:
    """Let `count` people vote in turn; returns milliseconds and state bytes of every vote."""
    process = parse_process(countersign(), "countersign.bpmn", foreign=True)
    people = [str(number) for number in range(count)]
    advance = runtime.start(process, {"people": people}, now=NOW, environment=ENVIRONMENT)
    figures = []
    while advance.open_tasks:
        task = advance.open_tasks[0]
        begin = time.perf_counter()
        advance = runtime.complete(
            process, advance.state, task.id, {"vote": True}, now=NOW, environment=ENVIRONMENT
        )
        figures.append(((time.perf_counter() - begin) * 1000, len(advance.state)))
    return figures


def show_votes(count: int) -> None:
    """Print the cost of a vote near the beginning, the middle and the end, and of all votes."""
    figures = votes(count)
    marks = [count // 100 or 1, count // 2, count * 99 // 100]
    medians = {
        mark: statistics.median(ms for ms, _ in figures[max(mark - 5, 0) : mark + 5])
        for mark in marks
    }
    each = "  ".join(f"vote {mark}: {median:.3f}" for mark, median in medians.items())
    total = sum(ms for ms, _ in figures) / 1000
    print(f"countersign {count:,}: {each} ms; all {total:.2f} s, {figures[-2][1]:,} bytes")


def timed(action: Callable[[], object]) -> float:
    """Return the milliseconds an action takes."""
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1000


def ours(rounds: int) -> list[tuple[float, int]]:
    """Run the loop; returns milliseconds and state bytes of every round."""
    process = parse_process(loop(), "loop.bpmn", foreign=True)
    advance = runtime.start(process, {"again": True}, now=NOW, environment=ENVIRONMENT)
    figures = []
    for number in range(rounds):
        begin = time.perf_counter()
        advance = runtime.complete(
            process,
            advance.state,
            advance.open_tasks[0].id,
            {"round": number, "again": True},
            now=NOW,
            environment=ENVIRONMENT,
        )
        figures.append(((time.perf_counter() - begin) * 1000, len(advance.state)))
    return figures


def stock(rounds: int) -> list[tuple[float, int]]:
    """Run the same loop on the stock library with its own serializer."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(loop())
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
    workflow.do_engine_steps()
    text = serializer.serialize_json(workflow)
    figures = []
    for number in range(rounds):
        begin = time.perf_counter()
        workflow = serializer.deserialize_json(text)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        if task is None:
            break
        task.data.update({"round": number, "again": True})
        task.run()
        workflow.do_engine_steps()
        text = serializer.serialize_json(workflow)
        figures.append(((time.perf_counter() - begin) * 1000, len(text)))
    return figures


def show(name: str, figures: list[tuple[float, int]]) -> None:
    """Print the cost of the first, middle and last twenty rounds."""
    print(f"{name}: {len(figures)} rounds")
    windows = (
        ("first 20", figures[:20]),
        ("middle 20", figures[len(figures) // 2 :][:20]),
        ("last 20", figures[-20:]),
    )
    for label, window in windows:
        median = statistics.median(ms for ms, _ in window)
        print(f"  {label:<10} {median:8.3f} ms/step   {window[-1][1]:>9,} bytes of state")


def deployment() -> None:
    """Print what deploying costs: reading and checking, exploring, specifications."""
    data = sequence(25)
    process = parse_process(data, "sequence.bpmn", foreign=True)
    parse = timed(lambda: parse_process(data, "sequence.bpmn", foreign=True))
    build = timed(lambda: executable(process))
    begin = time.perf_counter()
    found = explore(process, "sequence.bpmn")
    cost = (time.perf_counter() - begin) * 1000
    print(
        f"deploy 25 user tasks in a row: lint and parse {parse:.0f} ms, specifications"
        f" {build:.0f} ms, exploration {cost:.0f} ms for {found.states} states"
    )
    folder = ROOT / "bpmn" / "member_development"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    begin = time.perf_counter()
    procedure = load_procedure(files)
    load = (time.perf_counter() - begin) * 1000
    begin = time.perf_counter()
    found = explore(procedure.process, "process.bpmn", EXPLORED_STATES)
    cost = (time.perf_counter() - begin) * 1000
    print(
        f"deploy member_development ({len(procedure.process.user_tasks)} user tasks):"
        f" lint and parse {load:.0f} ms, exploration {cost:.0f} ms for {found.states} states"
    )


def migrations(rounds: int = 300) -> None:
    """Print what moving one instance to another version of its definition costs."""
    old, new = (parse_process(sequence(tasks), "sequence.bpmn", foreign=True) for tasks in (25, 26))
    advance = runtime.start(old, {}, now=NOW, environment=ENVIRONMENT)
    costs = [
        timed(lambda: migrate(old, new, advance.state, now=NOW, environment=ENVIRONMENT))
        for _ in range(rounds)
    ]
    print(f"migration to another version: {statistics.median(costs):.3f} ms/instance")


def main() -> None:
    """Print all figures."""
    sys.setrecursionlimit(10_000)
    show("loop through one user task, ours", ours(ROUNDS))
    show("same, stock library and serializer", stock(STOCK_ROUNDS))

    process = parse_process(sequence(25), "sequence.bpmn", foreign=True)
    advance = runtime.start(process, {}, now=NOW, environment=ENVIRONMENT)
    costs, sizes = [], []
    while advance.open_tasks:
        task = advance.open_tasks[0]
        values = {f"field_{task.element_id}": "文" * 60}
        begin = time.perf_counter()
        advance = runtime.complete(
            process, advance.state, task.id, values, now=NOW, environment=ENVIRONMENT
        )
        costs.append((time.perf_counter() - begin) * 1000)
        sizes.append(len(advance.state))
    print(f"25 user tasks in a row: {statistics.median(costs):.3f} ms/step, {max(sizes):,} bytes")

    for count in (100, 1000):
        show_votes(count)

    feel_bench.main()

    deployment()
    migrations()
    roster_bench.main()
    verify_bench.main()


if __name__ == "__main__":
    main()
