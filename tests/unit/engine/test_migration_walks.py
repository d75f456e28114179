"""Random diagrams that change their version under way: every element under another id.

Going there and back changes no byte, and the walk ends as if nothing had happened.
"""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.library import parse_library
from engine.migration import ReasonCode, migrate, plan
from engine.model import ProcessDefinition
from engine.runtime import return_targets
from tests.unit.engine.case import Case
from tests.unit.engine.test_random_walks import FREE_STEPS, MAX_STEPS, Sketch


def twin(process: ProcessDefinition) -> ProcessDefinition:
    """The same diagrams, called ones included, with other ids."""
    parts = process.with_called
    known = "|".join(re.escape(node) for part in parts for node in part.nodes)
    other = {
        part.id: re.sub(rf'(?<!name)="({known})"', r'="\1_2"', part.xml.decode()).encode()
        for part in parts
    }
    return parse_library(other, foreign=True).processes[process.id]


def renamed(process: ProcessDefinition, to: ProcessDefinition) -> dict[str, str]:
    """The id in `to` of every element of `process`."""
    return {
        before: after
        for part in process.with_called
        for before, after in zip(part.nodes, to.library[part.id].nodes, strict=True)
    }


def migrated(case: Case, new: ProcessDefinition) -> Case:
    """Go to `new`, back, and to `new` again."""
    there, back = renamed(case.process, new), renamed(new, case.process)
    assert there.keys().isdisjoint(back)
    expected = sorted(there[element] for element in case.open)
    tasks = {task.id for task in case.advance.open_tasks}
    obstacles = {r.code for r in plan(case.process, new, case.advance.state, there).obstacles}
    if ReasonCode.IN_PROGRESS in obstacles:  # something is being compensated
        return case
    assert set() == obstacles
    gone = migrate(case.process, new, case.advance.state, there, **case.outside)
    returned = migrate(new, case.process, gone.state, back, **case.outside)
    assert case.advance.state == returned.state
    case.process = new
    case._take(gone)
    assert expected == case.open
    assert tasks == {task.id for task in case.advance.open_tasks}
    return case


def walk(random: Random) -> Case:
    old = Sketch(random).drawing(random.randint(1, 3))
    new = twin(old)
    case = Case(old, people=["1", "2", "3"])
    for step in range(MAX_STEPS):
        if case.status == "completed":
            return case
        if random.random() < 0.3:
            migrated(case, new if case.process is old else old)
        free = step < FREE_STEPS
        if case.advance.finishable and random.random() < 0.5:
            case.finish(random.randrange(len(case.advance.finishable)))
            continue
        if case.choices and (not case.open or (free and random.random() < 0.2)):
            case.choose(random.choice(case.choices))
            continue
        element = random.choice(case.open)
        targets = return_targets(case.process, element)
        answers = {name: random.random() < 0.5 for name in ("left", "right", "again")}
        answers["again"] &= free
        answers["enough"] = not free
        if free and targets and random.random() < 0.25:
            case.back(element, random.choice(targets))
        elif free and random.random() < 0.2:
            case.wait(days=1)
        else:
            case.do(element, random.randrange(case.open.count(element)), **answers)
    pytest.fail("no end in sight")


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_walk_that_changes_its_version_ends_too(seed: int) -> None:
    assert [] == walk(Random(seed)).open  # noqa: S311 - a test's dice
