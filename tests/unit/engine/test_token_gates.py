"""Start and completion quantities: tokens gather before an activity, several leave it."""

from __future__ import annotations

import pytest

from engine import runtime
from engine.errors import TaskNotOpen
from engine.migration import MigrationRefused, Reason, ReasonCode, migrate, plan
from engine.model import Resubmission
from engine.soundness import explore
from tests.unit.engine.builder import (
    boundary,
    chain,
    end,
    flow,
    gateway,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case


def gathering(quantity: int, *between: str, name: str = "z") -> str:
    """A fork of three tasks into one that needs `quantity` tokens."""
    body = start() + gateway("parallel", "f") + user("a", "b", "c", *between) + end()
    body += node("userTask", name, startQuantity=str(quantity)) + chain("s", "f") + chain(name, "e")
    return body + "".join(chain("f", task, name) for task in "abc")


def sending(quantity: int, **attributes: str) -> str:
    body = start() + node("userTask", "q", completionQuantity=str(quantity), **attributes)
    return body + user("a") + end() + chain("s", "q", "a", "e")


def test_what_waits_at_the_gate_has_not_entered_the_activity() -> None:
    case = Case(process(gathering(3))).do("a")
    assert ["a"] == [event.element_id for event in case.advance.events]
    case.do("b").do("c")
    assert [("element_completed", "c"), ("element_entered", "z")] == [
        (event.type.value, event.element_id) for event in case.advance.events
    ]


def test_the_exploration_finds_missing_tokens() -> None:
    found = {(f.code, f.element_id) for f in explore(process(gathering(4)), "x.bpmn").findings}
    assert {("bpmn-deadlock", "z"), ("bpmn-dead-node", "z"), ("bpmn-dead-node", "e")} == found


def test_the_exploration_does_not_mistake_gathering_for_doubling() -> None:
    gate = sending(2).replace('id="a"', 'id="a" startQuantity="2"')
    result = explore(process(gate), "x.bpmn")
    assert ((), True) == (result.findings, result.complete)
    doubled = explore(process(sending(2)), "x.bpmn").findings
    assert [("bpmn-doubled-token", "a")] == [(f.code, f.element_id) for f in doubled]


def test_a_circle_that_feeds_a_gate_is_bounded() -> None:
    body = start() + user("a") + end() + chain("s", "a", "z", "e") + flow("a", "a", "more")
    body += node("userTask", "z", startQuantity="100")
    assert not explore(process(body), "x.bpmn", max_states=50).complete


def test_a_return_takes_back_what_waits_at_the_gate() -> None:
    body = gathering(3).replace(chain("s", "f"), user("q") + chain("s", "q", "f"))
    case = Case(process(body)).do("q").do("a").do("b")
    options = runtime.return_options(case.process, case.advance.state, case.task_id("c"))
    assert [("q", (Resubmission.PATH,))] == [(o.element_id, o.ways) for o in options]
    case.back("c", "q").do("q").do("a").do("b").do("c")
    assert ["z"] == case.open


def test_a_return_to_the_activity_begins_it_at_once() -> None:
    body = gathering(3, "y").replace(chain("z", "e"), chain("z", "y", "e"))
    case = Case(process(body)).do("a").do("b").do("c").do("z").back("y", "z")
    assert ["z"] == case.open
    case.do("z").do("y")
    assert "completed" == case.status


def test_an_event_on_the_boundary_is_armed_when_the_activity_begins() -> None:
    event = boundary("late", "z", timer("timeDuration", "P1D"), interrupting=True)
    case = Case(process(gathering(3) + event + end("e2") + chain("late", "e2"))).do("a").do("b")
    assert case.advance.next_due_at is None
    case.do("c")
    assert case.advance.next_due_at is not None
    assert "completed" == case.wait(days=1).status


def test_an_inclusive_join_waits_for_what_stands_at_a_gate() -> None:
    body = start() + gateway("inclusive", "f") + user("a", "b", "c", "x") + end()
    body += node("userTask", "z", startQuantity="2") + gateway("inclusive", "j")
    body += chain("s", "f") + flow("f", "a", "true") + flow("f", "b", "true")
    body += flow("f", "c", "true") + chain("a", "z", "j") + chain("b", "z") + chain("c", "j")
    case = Case(process(body + chain("j", "x", "e"))).do("a").do("c")
    assert ["b"] == case.open
    assert ["x"] == case.do("b").do("z").open


def test_a_skipped_activity_sends_its_tokens_too() -> None:
    body = sending(3).replace(flow("q", "a"), flow("q", "a", "ready"))
    case = Case(process(body)).do("q")
    assert ["q"] == case.failed
    assert ["a", "a", "a"] == case.skip("f_q_a").open


def test_the_same_task_cannot_be_done_for_two_tokens() -> None:
    case = Case(process(sending(2))).do("q")
    first = case.task_id("a")
    case.complete(first)
    with pytest.raises(TaskNotOpen):
        case.complete(first)
    assert ["a"] == case.open


def test_migration_keeps_what_has_gathered() -> None:
    case = Case(process(gathering(3))).do("a").do("b")
    new = process(gathering(3, "extra").replace(chain("z", "e"), chain("z", "extra", "e")))
    assert plan(case.process, new, case.advance.state).can_move
    case.advance = migrate(case.process, new, case.advance.state, **case.outside)
    case.process = new
    assert ["extra"] == case.do("c").do("z").open


@pytest.mark.parametrize("quantity", [1, 2, 4])
def test_migration_to_another_quantity_is_refused(quantity: int) -> None:
    case = Case(process(gathering(3))).do("a").do("b")
    with pytest.raises(MigrationRefused) as refused:
        migrate(case.process, process(gathering(quantity)), case.advance.state, **case.outside)
    assert (Reason(ReasonCode.JOIN_CHANGED, "z"),) == refused.value.plan.obstacles


def test_migration_renames_what_has_gathered() -> None:
    case = Case(process(gathering(3))).do("a").do("b")
    new = process(gathering(3, name="y"))
    case.advance = migrate(case.process, new, case.advance.state, {"z": "y"}, **case.outside)
    case.process = new
    assert ["y"] == case.do("c").open
