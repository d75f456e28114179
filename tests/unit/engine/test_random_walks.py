"""Random sound diagrams, walked at random with timers, incidents and operations in between.

After every step: save, load, equal (`Case`), something can move, nothing is undone more often than
done, and in the end it completes.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import runtime
from engine.errors import LastInstance
from engine.library import parse_library
from engine.model import EventType, OpenTask, ProcessDefinition, Resubmission
from engine.structure import jump_targets, region_members, return_targets
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

WALKS = int(os.environ.get("DANGWU_WALKS", "300"))
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
        plain += [self.undoable, self.undo, self.gathered]
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

    def gathered(self, _depth: int) -> tuple[str, str]:
        """A task that sends several tokens and one that takes them in.

        Nobody can be sent to what is in between, where one token would not be enough (ADR 0012).
        """
        sending, between, taking = (self.new("t") for _ in range(3))
        number = str(self.random.randint(2, 3))
        loop = self.random.choice(["", countersign(output=False)])
        self.parts.append(node("userTask", sending, completionQuantity=number))
        self.parts.append(node("manualTask", between) + compensated(between))
        self.parts.append(node("userTask", taking, loop, startQuantity=number))
        self.parts.append(chain(sending, between, taking))
        return sending, taking

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


class Walker:
    """Takes one step after another; what it does from outside the flow is checked at once."""

    def __init__(self, random: Random, definition: ProcessDefinition) -> None:
        self.random = random
        self.case = Case(definition, people=["1", "2", "3"])
        self.completed: Counter[str | None] = Counter()
        self.count()

    def count(self) -> None:
        """Count what was completed: nothing is undone more often than done."""
        self.completed.update(self.case.seen(EventType.ELEMENT_COMPLETED))
        done = self.completed
        assert not [t for t in done if done[f"undo_{t}"] > done[t]], "undone twice"

    def answers(self, *, free: bool) -> dict[str, object]:
        names = ("left", "right", "again")
        answers: dict[str, object] = {name: self.random.random() < 0.5 for name in names}
        answers["again"] = answers["again"] and free
        answers["enough"] = not free
        return answers

    def choose(self, *, free: bool) -> bool:
        """Work in an ad-hoc sub-process perhaps; when nothing else is open, surely."""
        case, random = self.case, self.random
        if case.advance.finishable and random.random() < 0.5:
            case.finish(random.randrange(len(case.advance.finishable)))
        elif case.choices and (not case.open or (free and random.random() < 0.2)):
            case.choose(random.choice(case.choices))
        else:
            return False
        self.count()
        return True

    def grow_or_shrink(self, task: OpenTask) -> None:
        """Ask one more in a countersign, or one less."""
        case = self.case
        if self.random.random() < 0.5:
            case.add(task.element_id, "9")
        else:
            with contextlib.suppress(LastInstance):
                case.remove(
                    task.element_id, self.random.randrange(case.open.count(task.element_id))
                )
        self.count()

    def step(self, *, free: bool) -> None:
        case, random = self.case, self.random
        if case.failed and (not case.open or random.random() < 0.5):
            case.retry(random.randrange(len(case.failed)), **self.answers(free=free))
            self.count()
            return
        if self.choose(free=free):
            return
        assert case.open, "nothing can move"
        index = random.randrange(len(case.advance.open_tasks))
        task = sorted(case.advance.open_tasks, key=lambda task: task.element_id)[index]
        dice = random.random() if free else 1.0
        if dice < 0.2:
            self.back(task)
        elif dice < 0.3:
            self.jump(random.choice([task.id, None]))
        elif dice < 0.4:
            self.pause()
        elif dice < 0.45 and task.element_id.startswith("c"):
            self.grow_or_shrink(task)
        elif dice < 0.55:
            case.wait(days=1)
            self.count()
        else:
            self.do(task, free=free)

    def back(self, task: OpenTask) -> None:
        case = self.case
        options = runtime.return_options(case.process, case.advance.state, task.id)
        if not options:
            return
        option = self.random.choice(options)
        way = self.random.choice(option.ways)
        others = {t.id for t in case.advance.open_tasks} - {task.id}
        spared = self.outside(option.element_id)
        case.back_from(task.id, option.element_id, way)
        assert option.element_id in case.open
        still = {t.id for t in case.advance.open_tasks}
        assert spared <= still, "other branches stay"
        if way is Resubmission.DIRECT:
            assert others <= still, "nobody else loses a task"

    def jump(self, task_id: str | None) -> None:
        case = self.case
        targets = runtime.jump_targets(case.process, case.advance.state, task_id)
        if targets:
            target = self.random.choice(targets)
            spared = self.outside(target)
            case.jump_from(task_id, target)
            assert target in case.open
            assert spared <= {t.id for t in case.advance.open_tasks}, "other branches stay"
            if task_id is None and b".Compensation" not in case.advance.state:
                assert set(case.open) == {target}

    def outside(self, target: str) -> set[str]:
        """The open tasks outside of the branch or sub-process around `target`."""
        process = self.case.process.owner_of(target)
        others = process.nodes.keys() - region_members(process, process.nodes[target].regions)
        return {t.id for t in self.case.advance.open_tasks if t.element_id in others}

    def pause(self) -> None:
        before = self.case.advance
        self.case.suspend().resume()
        silent = {"events": (), "opened": (), "closed": ()}
        assert replace(before, **silent) == replace(self.case.advance, **silent)

    def do(self, task: OpenTask, *, free: bool) -> None:
        case = self.case
        answers = self.answers(free=free)
        if free and self.random.random() < 0.3:
            answers[self.random.choice([*answers])] = "neither true nor false"
        before, completed = case.advance, self.completed.copy()
        case.complete(task.id, **answers)
        self.count()
        if case.advance.status.is_running and free and self.random.random() < 0.2:
            case.withdraw(before.state, task.id)
            again = runtime.inspect(case.process, before.state)
            assert case.open == sorted(task.element_id for task in again.open_tasks)
            assert case.advance.next_due_at == again.next_due_at
            self.completed = completed


def walk(random: Random) -> Case:
    walker = Walker(random, Sketch(random).drawing(random.randint(1, 3)))
    for step in range(MAX_STEPS):
        if walker.case.status == "completed":
            return walker.case
        walker.step(free=step < FREE_STEPS)
    pytest.fail("no end in sight")


@settings(max_examples=WALKS, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_every_walk_through_a_sound_diagram_ends(seed: int) -> None:
    case = walk(Random(seed))  # noqa: S311 - a test's dice
    assert case.open == []


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_targets_follow_from_the_structure(seed: int) -> None:
    """Nobody is sent into another branch or sub-process, and nobody returns forwards."""
    random = Random(seed)  # noqa: S311 - a test's dice
    process = Sketch(random).drawing(3)
    for source in process.user_tasks:
        if source.id.startswith("undo_"):
            continue
        back = set(return_targets(process, source.id))
        jumps = jump_targets(process, source.id, {source.id}, ())
        assert back <= set(jumps), "a jump reaches whatever a return does"
        assert source.id not in jumps
        for target in jumps:
            around = process.nodes[target].regions
            assert source.regions[: len(around)] == around
            there_and_back = jump_targets(process, target, {target}, ())
            assert (source.id in there_and_back) == (source.regions == around)
        everywhere = jump_targets(process, None, {source.id}, ())
        assert all(not process.nodes[target].regions for target in everywhere)
