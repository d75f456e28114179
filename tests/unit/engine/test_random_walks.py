"""Random sound diagrams, walked at random with returns, timers and incidents in between.

After every step: save, load, equal (`Case`), something can move, nothing is undone more often than
done, and in the end it completes.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import LastInstance
from engine.library import parse_library
from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets
from tests.unit.engine.builder import (
    CANCEL,
    boundary,
    call,
    chain,
    compensated,
    compensation,
    condition,
    countersign,
    end,
    file,
    flow,
    gateway,
    node,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

FREE_STEPS = 25
MAX_STEPS = 600
FAILING = "(left or not(left))"
"""True, unless `left` is neither true nor false."""


class Sketch:
    """Draws nested blocks; each has one way in and one way out."""

    def __init__(self, random: Random, *, ends: bool = True) -> None:
        self.random = random
        self.ends = ends
        self.count = 0
        self.parts: list[str] = []
        self.called: dict[str, str] = {}

    def new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def block(self, depth: int) -> tuple[str, str]:
        plain = [self.task, self.countersign, self.reminded, self.noticed]
        plain += [self.undoable, self.undo]
        nested = [self.sequence, self.sequence, self.choice, self.fork, self.fork, self.loop]
        nested += [self.inclusive, self.inclusive, self.call]
        nested += [self.complex, self.sub_process, self.ad_hoc, self.transaction, self.task]
        kind = self.random.choice(plain if depth == 0 else nested)
        return kind(depth - 1)

    def task(self, _depth: int) -> tuple[str, str]:
        task = self.new("t")
        self.parts.append(user(task))
        return task, task

    def countersign(self, _depth: int) -> tuple[str, str]:
        task = self.new("c")
        two = "numberOfCompletedInstances >= 2"
        condition = self.random.choice([None, two, f"{FAILING} and {two}"])
        loop = countersign(sequential=self.random.random() < 0.5, condition=condition)
        rule = '<dw:countersign rule="ratio" value="2/3" agrees="right" result="passed"/>'
        rule = f"<bpmn:extensionElements>{rule}</bpmn:extensionElements>"
        self.parts.append(user(task, inner=self.random.choice(["", rule]) + loop))
        return task, task

    def reminded(self, _depth: int) -> tuple[str, str]:
        task, event, side, stop = (self.new(prefix) for prefix in ("g", "b", "h", "e"))
        self.parts.append(user(task, side) + chain(event, side))
        if self.ends:
            self.parts.append(end(stop) + chain(side, stop))
        when = timer("timeCycle", "R2/P1D")
        self.parts.append(boundary(event, task, when, interrupting=False))
        return task, task

    def undoable(self, _depth: int) -> tuple[str, str]:
        task = self.new("a")
        loop = self.random.choice(["", "", countersign(sequential=self.random.random() < 0.5)])
        self.parts.append(user(task, inner=loop) + compensated(task))
        return task, task

    def undo(self, _depth: int) -> tuple[str, str]:
        event, task = self.new("u"), self.new("t")
        definition = compensation(wait=self.random.choice([True, False]))
        self.parts.append(node("intermediateThrowEvent", event, definition))
        self.parts.append(user(task) + chain(event, task))
        return event, task

    def noticed(self, _depth: int) -> tuple[str, str]:
        """A task with an event of several triggers: any of them, or all of them."""
        task, event, side, stop = (self.new(prefix) for prefix in ("g", "b", "h", "e"))
        self.parts.append(user(task, side) + chain(event, side))
        if self.ends:
            self.parts.append(end(stop) + chain(side, stop))
        when = condition("left = true") + timer("timeDuration", "P1D")
        attached = boundary(event, task, when, interrupting=False)
        together = self.random.choice(["true", "false"])
        self.parts.append(attached.replace(" cancel", f' parallelMultiple="{together}" cancel'))
        return task, task

    def sequence(self, depth: int) -> tuple[str, str]:
        first, second = self.block(depth), self.block(depth)
        self.parts.append(chain(first[1], second[0]))
        return first[0], second[1]

    def choice(self, depth: int) -> tuple[str, str]:
        fork, merge = self.new("x"), self.new("x")
        one, other = self.block(depth), self.block(depth)
        default = f"f_{fork}_{other[0]}"
        self.parts.append(gateway("exclusive", fork, default=default))
        self.parts.append(gateway("exclusive", merge) + flow(fork, one[0], "left"))
        self.parts.append(chain(fork, other[0]) + chain(one[1], merge) + chain(other[1], merge))
        return fork, merge

    def fork(self, depth: int) -> tuple[str, str]:
        fork, join = self.new("p"), self.new("p")
        self.parts.append(gateway("parallel", fork) + gateway("parallel", join))
        for _ in range(self.random.randint(2, 3)):
            first, last = self.block(depth)
            self.parts.append(chain(fork, first) + chain(last, join))
        return fork, join

    def inclusive(self, depth: int) -> tuple[str, str]:
        fork, join = self.new("i"), self.new("i")
        first, last = self.block(depth)
        kind = self.random.choice(["inclusiveGateway", "userTask", "manualTask"])
        self.parts.append(node(kind, fork, default=f"f_{fork}_{first}"))
        self.parts.append(gateway("inclusive", join) + chain(fork, first) + chain(last, join))
        for way in ("left", "right")[: self.random.randint(1, 2)]:
            first, last = self.block(depth)
            self.parts.append(flow(fork, first, way) + chain(last, join))
        return fork, join

    def complex(self, depth: int) -> tuple[str, str]:
        fork, join = self.new("p"), self.new("k")
        ways = self.random.randint(2, 3)
        needed = self.random.randint(1, ways)
        when = self.random.choice(["", f"{FAILING} and "]) + f"activationCount >= {needed}"
        when = f"<bpmn:activationCondition>{when}</bpmn:activationCondition>"
        self.parts.append(gateway("parallel", fork) + node("complexGateway", join, when))
        for _ in range(ways):
            first, last = self.block(depth)
            self.parts.append(chain(fork, first) + chain(last, join))
        return fork, join

    def loop(self, depth: int) -> tuple[str, str]:
        merge, again = self.new("x"), self.new("x")
        first, last = self.block(depth)
        self.parts.append(gateway("exclusive", merge) + gateway("exclusive", again))
        self.parts.append(chain(merge, first) + chain(last, again) + flow(again, merge, "again"))
        out = self.new("t")
        self.parts.append(user(out) + chain(again, out))
        closed = f'id="{again}" name="{again}"'
        default = f'{closed} default="f_{again}_{out}"'
        self.parts = [part.replace(closed, default) for part in self.parts]
        return merge, out

    def sub_process(self, depth: int) -> tuple[str, str]:
        sub, inner = self.new("s"), Sketch(self.random)
        inner.count = self.count + 1000
        first, last = inner.block(depth)
        self.count = inner.count
        self.called |= inner.called
        begin, stop = f"{sub}_start", f"{sub}_end"
        body = start(begin) + "".join(inner.parts) + end(stop)
        body += chain(begin, first) + chain(last, stop)
        if self.random.random() < 0.5:
            body += self.event_sub_process()
        self.parts.append(node("subProcess", sub, body))
        return sub, sub

    def ad_hoc(self, depth: int) -> tuple[str, str]:
        sub, inner = self.new("d"), Sketch(self.random, ends=False)
        inner.count = self.count + 1000
        for _ in range(self.random.randint(1, 2)):
            task = inner.new("t")
            inner.parts.append(user(task))
            if self.random.random() < 0.7:
                first, _ = inner.block(depth)
                inner.parts.append(chain(task, first))
        self.count = inner.count
        self.called.update(inner.called)
        body = "".join(inner.parts)
        if self.random.random() < 0.5:
            body += "<bpmn:completionCondition>enough = true</bpmn:completionCondition>"
        attributes = {"ordering": self.random.choice(["Parallel", "Sequential"])}
        if attributes["ordering"] == "Parallel":
            attributes["cancelRemainingInstances"] = self.random.choice(["true", "false"])
        self.parts.append(node("adHocSubProcess", sub, body, **attributes))
        return sub, sub

    def transaction(self, depth: int) -> tuple[str, str]:
        sub, inner = self.new("s"), Sketch(self.random)
        inner.count = self.count + 1000
        first, last = inner.block(depth)
        self.count = inner.count
        self.called |= inner.called
        begin, choice, stop, off = (f"{sub}_{name}" for name in ("start", "x", "end", "off"))
        body = start(begin) + "".join(inner.parts) + end(stop) + end(f"{sub}_undone", CANCEL)
        body += gateway("exclusive", choice, default=f"f_{choice}_{stop}")
        body += (
            chain(begin, first) + chain(last, choice, stop) + flow(choice, f"{sub}_undone", "left")
        )
        merge = self.new("x")
        self.parts.append(node("transaction", sub, body) + gateway("exclusive", merge))
        self.parts.append(node("boundaryEvent", off, CANCEL, attachedToRef=sub))
        self.parts.append(chain(sub, merge) + chain(off, merge))
        return sub, merge

    def event_sub_process(self) -> str:
        sub, task, stop = self.new("v"), self.new("h"), self.new("e")
        when = self.random.choice([timer("timeDuration", "P2D"), compensation()])
        late = when != compensation()
        interrupting = self.random.choice(["true", "false"]) if late else "true"
        begin = node("startEvent", f"{sub}_start", when, isInterrupting=interrupting)
        body = begin + user(task) + end(stop) + chain(f"{sub}_start", task, stop)
        return node("subProcess", sub, body, triggeredByEvent="true")

    def call(self, depth: int) -> tuple[str, str]:
        """Call a process, once or for each person; its start and end have the ids of the main one.

        What the walk decides by is mapped in, and out for loops around the call.
        """
        activity, inner = self.new("k"), Sketch(self.random)
        inner.count = self.count + 1000
        first, last = inner.block(depth)
        self.count = inner.count
        process_id = f"q{activity}"
        body = start() + "".join(inner.parts) + end() + chain("s", first) + chain(last, "e")
        self.called |= {**inner.called, process_id: body}
        loop = countersign(output=False) if self.random.random() < 0.3 else ""
        mapped = [("input", name, name) for name in ("people", "left", "right", "again")]
        mapped.append(("output", "again", "again"))
        self.parts.append(call(activity, process_id, *mapped, inner=loop))
        return activity, activity

    def drawing(self, depth: int) -> ProcessDefinition:
        first, last = self.block(depth)
        ends = chain("s", "t0", first) + chain(last, "e")
        main = start() + user("t0") + "".join(self.parts) + end() + ends
        bodies = {"p": main, **self.called}
        contents = {f"{key}.bpmn": file(**{key: body}) for key, body in bodies.items()}
        return parse_library(contents, foreign=True).processes["p"]


def grow_or_shrink(case: Case, element: str, random: Random) -> None:
    if random.random() < 0.5:
        case.add(element, "9")
        return
    with contextlib.suppress(LastInstance):
        case.remove(element, random.randrange(case.open.count(element)))


def walk(random: Random) -> Case:
    case = Case(Sketch(random).drawing(random.randint(1, 3)), people=["1", "2", "3"])
    completed: Counter[str | None] = Counter()
    for step in range(MAX_STEPS):
        completed.update(case.seen(EventType.ELEMENT_COMPLETED))
        assert not [t for t in completed if completed[f"undo_{t}"] > completed[t]], "undone twice"
        if case.status == "completed":
            return case
        free = step < FREE_STEPS
        answers: dict[str, object] = {
            name: random.random() < 0.5 for name in ("left", "right", "again")
        }
        answers["again"] = answers["again"] and free
        answers["enough"] = not free
        if case.failed and (not case.open or random.random() < 0.5):
            case.retry(random.randrange(len(case.failed)), **answers)
            continue
        if case.advance.finishable and random.random() < 0.5:
            case.finish(random.randrange(len(case.advance.finishable)))
            continue
        if case.choices and (not case.open or (free and random.random() < 0.2)):
            case.choose(random.choice(case.choices))
            continue
        assert case.open, "nothing can move"
        element = random.choice(case.open)
        targets = return_targets(case.process, element)
        if free and random.random() < 0.3:
            answers[random.choice([*answers])] = "neither true nor false"
        if free and targets and random.random() < 0.25:
            case.back(element, random.choice(targets))
        elif free and random.random() < 0.2:
            case.wait(days=1)
        elif free and element.startswith("c") and random.random() < 0.3:
            grow_or_shrink(case, element, random)
        else:
            case.do(element, random.randrange(case.open.count(element)), **answers)
    pytest.fail("no end in sight")


@settings(max_examples=80, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_every_walk_through_a_sound_diagram_ends(seed: int) -> None:
    case = walk(Random(seed))  # noqa: S311 - a test's dice
    assert case.open == []
