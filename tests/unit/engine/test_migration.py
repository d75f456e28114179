"""Running instances on another version: everything that was done stays done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from engine import incidents, runtime
from engine.errors import InvalidState
from engine.migration import (
    MappingInvalid,
    MigrationPlan,
    MigrationRefused,
    Reason,
    ReasonCode,
    migrate,
    plan,
)
from engine.model import EventType, ProcessDefinition
from tests.unit.engine.builder import (
    boundary,
    call,
    catch,
    chain,
    compensated,
    compensation,
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
from tests.unit.engine.case import Case

ROOT = (
    '<bpmn:message id="m1" name="hello"/><bpmn:message id="m2" name="bye"/>'
    '<bpmn:signal id="sig" name="alarm"/>'
)


def row(*tasks: str) -> ProcessDefinition:
    """User tasks one after the other."""
    return process(start() + user(*tasks) + end() + chain("s", *tasks, "e"), ROOT)


def examined(case: Case, new: ProcessDefinition, **mapping: str) -> MigrationPlan:
    return plan(case.process, new, case.advance.state, mapping)


def found(case: Case, new: ProcessDefinition, **mapping: str) -> set[tuple[str, str]]:
    """What the plan says: (element, code)."""
    return {
        (move.element_id, reason.code.value)
        for move in examined(case, new, **mapping).moves
        for reason in move.reasons
    }


def moved(case: Case, new: ProcessDefinition, **mapping: str) -> Case:
    """Migrate and go on with the same case."""
    advance = migrate(case.process, new, case.advance.state, mapping, **case.outside)
    case.process = new
    saved = runtime.inspect(new, advance.state)
    assert replace(advance, events=()) == saved
    case.advance = advance
    return case


def refused(case: Case, new: ProcessDefinition, **mapping: str) -> set[ReasonCode]:
    before = case.advance.state
    with pytest.raises(MigrationRefused) as error:
        migrate(case.process, new, case.advance.state, mapping, **case.outside)
    assert before == case.advance.state
    assert not error.value.plan.can_move
    assert error.value.message
    return {reason.code for reason in error.value.plan.obstacles}


def test_a_token_stays_on_its_element_and_goes_on_in_the_new_version() -> None:
    case = Case(row("a", "b"), topic="x").do("a", said="yes")
    task = case.task_id("b")
    moved(case, row("a", "x", "b", "c"))
    assert [task] == [t.id for t in case.advance.open_tasks]
    assert {"topic": "x", "said": "yes"} == case.variables
    assert [None] == case.seen(EventType.INSTANCE_MIGRATED)
    assert ["c"] == case.do("b").open
    assert "completed" == case.do("c").status


def test_a_removed_element_needs_a_mapping() -> None:
    case = Case(row("a", "b"))
    assert {("a", "element_missing")} == found(case, row("b", "c"))
    assert {ReasonCode.ELEMENT_MISSING} == refused(case, row("b", "c"))
    task = case.task_id("a")
    moved(case, row("b", "c"), a="b")
    assert [(task, "b")] == [(t.id, t.element_id) for t in case.advance.open_tasks]
    assert ["c"] == case.do("b").open


@pytest.mark.parametrize("mapping", [{"nobody": "a"}, {"a": "nobody"}])
def test_a_mapping_names_elements_of_both_versions(mapping: Mapping[str, str]) -> None:
    case = Case(row("a"))
    with pytest.raises(MappingInvalid):
        examined(case, row("a"), **mapping)


def test_another_type_is_refused() -> None:
    other = process(
        start() + node("receiveTask", "a", messageRef="m1") + end() + chain("s", "a", "e"), ROOT
    )
    assert {ReasonCode.TYPE_CHANGED} == refused(Case(row("a")), other)


def test_an_ended_instance_is_refused() -> None:
    case = Case(row("a")).do("a")
    with pytest.raises(InvalidState):
        migrate(case.process, row("a"), case.advance.state, **case.outside)


def inside(*tasks: str, beside: str = "") -> str:
    return node(
        "subProcess",
        "sub",
        start("is") + user(*tasks) + end("ie") + chain("is", *tasks, "ie") + beside,
    )


def nested(*tasks: str, beside: str = "", outside: str = "") -> ProcessDefinition:
    return process(
        start() + inside(*tasks, beside=beside) + outside + end() + chain("s", "sub", "e"), ROOT
    )


def test_tokens_inside_a_sub_process_move_with_it() -> None:
    case = moved(Case(nested("a", "b")), nested("a", "c", "b"))
    assert ["c"] == case.do("a").open
    assert "completed" == case.do("c").do("b").status


def test_a_token_may_not_change_its_scope() -> None:
    flat = process(start() + user("a") + inside("b") + end() + chain("s", "a", "sub", "e"), ROOT)
    case = Case(nested("a", "b"))
    assert {ReasonCode.SCOPE_CHANGED} == refused(case, flat)
    assert {ReasonCode.ELEMENT_MISSING} == refused(case, row("x"))


def test_a_renamed_sub_process_takes_its_tokens_along() -> None:
    renamed = process(
        start()
        + node("subProcess", "part", start("is") + user("a") + end("ie") + chain("is", "a", "ie"))
        + end()
        + chain("s", "part", "e")
    )
    case = moved(Case(nested("a")), renamed, sub="part")
    assert "completed" == case.do("a").status


def forked(*branches: tuple[str, ...], kind: str = "parallel", **renamed: str) -> ProcessDefinition:
    """A fork `f`, a join `j`; one tuple of user tasks per branch."""
    body = start() + gateway(kind, "f") + gateway(kind, "j") + user("z") + end()
    body += user(*(task for branch in branches for task in branch))
    body += chain("s", "f") + chain("j", "z", "e")
    for number, branch in enumerate(branches):
        condition = "true" if kind == "inclusive" else None
        body += flow("f", branch[0], condition, renamed.get(branch[0], f"b{number}"))
        body += chain(*branch, "j")
    return process(body)


def test_tokens_of_parallel_branches_and_the_pending_join_stay() -> None:
    case = Case(forked(("a",), ("b",))).do("a")
    moved(case, forked(("a0", "a"), ("b",)))
    assert ["z"] == case.do("b").open


def test_a_pending_join_with_other_incoming_flows_is_refused() -> None:
    case = Case(forked(("a",), ("b",))).do("a")
    assert {("j", "join_changed")} == found(case, forked(("a", "late"), ("b",)))
    assert {ReasonCode.JOIN_CHANGED} == refused(case, forked(("a", "late"), ("b",)))


def test_a_pending_join_follows_a_mapped_source() -> None:
    case = Case(forked(("a",), ("b",))).do("a")
    moved(case, forked(("c",), ("b",)), a="c")
    assert ["z"] == case.do("b").open


def test_a_new_branch_of_a_fork_already_passed_is_refused() -> None:
    case = Case(forked(("a",), ("b",)))
    assert {ReasonCode.BRANCHES_CHANGED} == refused(case, forked(("a",), ("b",), ("c",)))


def test_an_inclusive_fork_may_gain_a_branch() -> None:
    case = Case(forked(("a",), ("b",), kind="inclusive"))
    moved(case, forked(("a",), ("b",), ("c",), kind="inclusive"))
    assert ["z"] == case.do("a").do("b").open


def test_a_token_may_not_leave_or_enter_a_branch() -> None:
    case = Case(forked(("a",), ("b",)))
    assert {ReasonCode.REGION_CHANGED} == refused(case, row("a", "b", "z"))
    assert {ReasonCode.REGION_CHANGED} == refused(Case(row("a", "b")), forked(("a",), ("b",)))
    case = Case(forked(("a", "x"), ("b", "y"))).do("a").do("b")
    assert {ReasonCode.REGION_CHANGED} == refused(case, forked(("a", "y"), ("b", "x")))


def guarded(*events: str) -> ProcessDefinition:
    """User task `a` with boundary events that lead to end events of their own."""
    body = start() + user("a") + end() + chain("s", "a", "e")
    for event in events:
        body += BOUNDARY[event] + end(f"e_{event}") + chain(event, f"e_{event}")
    return process(body, ROOT)


BOUNDARY = {
    "late": boundary("late", "a", timer("timeDuration", "P3D"), interrupting=True),
    "remind": boundary("remind", "a", timer("timeCycle", "R2/P1D"), interrupting=False),
    "called": boundary("called", "a", message("m1"), interrupting=True),
}


def test_an_armed_timer_keeps_its_moment() -> None:
    case = Case(guarded("late"))
    due = case.advance.next_due_at
    later = process(
        start()
        + user("a")
        + boundary("late", "a", timer("timeDuration", "P30D"), interrupting=True)
        + end()
        + end("e_late")
        + chain("s", "a", "e")
        + chain("late", "e_late")
    )
    case.now += timedelta(days=1)
    assert {("a", "trigger_changed")} == found(case, later)
    moved(case, later)
    assert due == case.advance.next_due_at
    assert "completed" == case.wait(days=2).status


def test_new_boundary_events_are_armed_now() -> None:
    case = Case(row("a"))
    case.now += timedelta(days=10)
    task = case.task_id("a")
    assert {("a", "event_added")} == found(case, guarded("late", "called"))
    moved(case, guarded("late", "called"))
    assert ("hello",) == case.advance.messages
    assert case.now + timedelta(days=3) == case.advance.next_due_at
    assert task == case.task_id("a")
    assert "completed" == case.tell("hello").status


def test_removed_boundary_events_are_taken_back() -> None:
    case = Case(guarded("late", "called"))
    assert {("a", "event_removed")} == found(case, row("a"))
    moved(case, row("a"))
    assert () == case.advance.messages
    assert case.advance.next_due_at is None
    assert "completed" == case.do("a").status


def test_one_boundary_event_of_several_is_exchanged() -> None:
    case = moved(Case(guarded("late", "remind")), guarded("remind", "called"))
    assert ("hello",) == case.advance.messages
    assert ["a"] == case.wait(days=1).open
    assert "completed" == case.do("a").status


def test_a_used_up_reminder_does_not_come_back() -> None:
    case = Case(guarded("remind")).wait(days=1).wait(days=1)
    assert case.advance.next_due_at is None
    moved(case, guarded("remind"))
    assert case.advance.next_due_at is None


def test_an_event_of_another_kind_is_armed_anew() -> None:
    other = process(
        start()
        + user("a")
        + boundary("late", "a", message("m2"), interrupting=True)
        + end()
        + end("e_late")
        + chain("s", "a", "e")
        + chain("late", "e_late"),
        ROOT,
    )
    case = Case(guarded("late"))
    assert {("a", "trigger_replaced")} == found(case, other)
    moved(case, other)
    assert case.advance.next_due_at is None
    assert "completed" == case.tell("bye").status


def waiting(definition: str) -> ProcessDefinition:
    return process(start() + catch("w", definition) + end() + chain("s", "w", "e"), ROOT)


def test_a_waiting_event_takes_the_new_message() -> None:
    case = Case(waiting(message("m1")))
    assert {("w", "trigger_changed")} == found(case, waiting(message("m2")))
    assert ("bye",) == moved(case, waiting(message("m2"))).advance.messages
    assert "completed" == case.tell("bye").status


def test_a_waiting_event_becomes_a_timer_that_counts_from_now() -> None:
    case = Case(waiting(message("m1")))
    case.now += timedelta(days=5)
    moved(case, waiting(timer("timeDuration", "P1D")))
    assert () == case.advance.messages
    assert "completed" == case.wait(days=1).status


def gate(*events: str) -> ProcessDefinition:
    definitions = {
        "one": message("m1"),
        "two": message("m2"),
        "tick": timer("timeDuration", "P2D"),
    }
    body = start() + gateway("eventBased", "g") + chain("s", "g")
    for event in events:
        body += (
            catch(event, definitions[event]) + end(f"e_{event}") + chain("g", event, f"e_{event}")
        )
    return process(body, ROOT)


def test_the_events_behind_an_event_based_gateway_are_exchanged() -> None:
    case = Case(gate("one", "tick"))
    moved(case, gate("tick", "two"))
    assert ("bye",) == case.advance.messages
    assert case.now + timedelta(days=2) == case.advance.next_due_at
    case.tell("bye")
    assert "completed" == case.status
    assert case.advance.next_due_at is None


def beside(event_id: str, definition: str) -> str:
    return node(
        "subProcess",
        event_id,
        node("startEvent", f"s_{event_id}", definition, isInterrupting="false")
        + user(f"t_{event_id}")
        + end(f"e_{event_id}")
        + chain(f"s_{event_id}", f"t_{event_id}", f"e_{event_id}"),
        triggeredByEvent="true",
    )


def test_event_sub_processes_come_and_go_in_every_scope() -> None:
    old = nested("a", beside=beside("in1", message("m1")))
    new = nested(
        "a",
        beside=beside("in2", timer("timeDuration", "P1D")),
        outside=beside("out", message("m2")),
    )
    case = Case(old)
    notes = {(note.code.value, note.name, note.detail) for note in examined(case, new).notes}
    assert {
        ("event_added", "流程", "out"),
        ("event_added", "sub", "in2"),
        ("event_removed", "sub", "in1"),
    } == notes
    moved(case, new)
    assert ("bye",) == case.advance.messages
    assert ["a", "t_in2"] == case.wait(days=1).open
    assert ["a", "t_in2", "t_out"] == case.tell("bye").open
    assert "completed" == case.do("a").do("t_in2").do("t_out").status


def test_a_running_event_sub_process_must_exist() -> None:
    case = Case(nested("a", beside=beside("in1", message("m1")))).tell("hello")
    assert {ReasonCode.ELEMENT_MISSING} == refused(case, nested("a"))
    changed = nested("a", beside=beside("in1", timer("timeDuration", "P1D")))
    moved(case, changed)
    assert ["a", "t_in1"] == case.open
    assert "completed" == case.do("t_in1").do("a").status


def signed(loop: str, *events: str, after: tuple[str, ...] = ()) -> ProcessDefinition:
    body = start() + user("a", inner=loop) + user(*after) + end() + chain("s", "a", *after, "e")
    for event in events:
        body += BOUNDARY[event] + end(f"e_{event}") + chain(event, f"e_{event}")
    return process(body, ROOT)


@pytest.mark.parametrize("sequential", [False, True])
def test_the_votes_of_a_half_done_countersign_stay(sequential: bool) -> None:  # noqa: FBT001
    loop = countersign(sequential=sequential)
    case = Case(signed(loop), people=["甲", "乙", "丙"]).do("a", vote="yes").do("a", vote="no")
    task = case.task_id("a")
    moved(case, signed(loop, "called", after=("z",)))
    assert task == case.task_id("a")
    assert ("hello",) == case.advance.messages
    case.do("a", vote="yes")
    assert ["yes", "no", "yes"] == case.variables["votes"]
    assert ["z"] == case.open


def test_the_condition_of_a_half_done_countersign_may_change() -> None:
    sooner = signed(countersign(condition="numberOfCompletedInstances = 2"))
    case = Case(signed(countersign()), people=["甲", "乙", "丙"]).do("a", vote=1)
    assert {("a", "loop_condition_changed")} == found(case, sooner)
    assert "completed" == moved(case, sooner).do("a", vote=2).status
    assert [1, 2] == case.variables["votes"]


@pytest.mark.parametrize(
    "other",
    [
        "",
        countersign(sequential=True),
        countersign(collection="others"),
        countersign(output=False),
        countersign().replace('name="person"', 'name="member"'),
    ],
)
def test_another_loop_is_refused(other: str) -> None:
    case = Case(signed(countersign()), people=["甲", "乙"]).do("a", vote=1)
    assert {ReasonCode.LOOP_CHANGED} == refused(case, signed(other))


def test_mere_spelling_changes_nothing() -> None:
    spelled = countersign().replace(
        "<bpmn:multiInstanceLoopCharacteristics ",
        '<bpmn:multiInstanceLoopCharacteristics id="loop_1" ',
    )
    case = Case(signed(countersign(), "called"), people=["甲"])
    assert set() == found(case, signed(spelled, "called"))


def test_the_plan_warns_of_what_people_see() -> None:
    dangwu = (
        '<bpmn:extensionElements><dw:task form="other"/><dw:outcome id="yes" name="同意"/>'
        "</bpmn:extensionElements>"
    )
    other = process(
        start()
        + user("a", inner=dangwu).replace('name="a"', 'name="审查"')
        + end()
        + chain("s", "a", "e")
    )
    case = Case(row("a"))
    (move,) = examined(case, other).moves
    assert ("a", "a", "审查") == (move.element_id, move.target_id, move.target_name)
    assert {"name_changed", "form_changed", "outcomes_changed"} == {
        r.code.value for r in move.reasons
    }
    assert all(reason.message and not reason.blocks for reason in move.reasons)


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_speaks(code: ReasonCode) -> None:
    assert "甲" in Reason(code, "甲", "甲").message


def test_a_version_that_means_the_same_moves_everything_without_a_word() -> None:
    definitions: list[Callable[[], ProcessDefinition]] = [
        lambda: forked(("a",), ("b",)),
        lambda: gate("one", "tick"),
        lambda: guarded("late", "remind"),
        lambda: nested("a", beside=beside("in1", message("m1"))),
    ]
    for definition in definitions:
        case = Case(definition())
        before = case.advance.state
        assert () == examined(case, definition()).warnings
        assert set() == found(case, definition())
        assert before == moved(case, definition()).advance.state


def rewritten(case: Case, change: Callable[[dict[str, Any]], None]) -> Case:
    """The case with its saved state changed by hand."""
    document = orjson.loads(case.advance.state)
    change(document)
    case.advance = replace(case.advance, state=orjson.dumps(document))
    return case


def test_a_way_straight_back_must_exist_and_is_mapped() -> None:
    def remember(document: dict[str, Any]) -> None:
        document["w"][0][2][0][5] = {"resubmit": [{"element": "b", "task": "x"}]}

    case = rewritten(Case(row("a", "b")), remember)
    assert {("a", "way_back_missing")} == found(case, row("a", "c"))
    assert set() == found(case, row("a", "c"), b="c")
    moved(case, row("a", "c"), b="c")
    (saved,) = orjson.loads(case.advance.state)["w"][0][2]
    assert {"resubmit": [{"element": "c", "task": "x"}]} == saved[5]


def undoable(*tasks: str, handled: str = "", inside: str = "") -> ProcessDefinition:
    """User tasks in a row, those in `handled` with a handler; the end undoes everything."""
    body = start() + user(*tasks) + "".join(map(compensated, handled)) + inside
    names = ("sub", *tasks) if inside else tasks
    return process(body + end("e", compensation()) + chain("s", *names, "e"))


def test_what_could_be_compensated_stays_so() -> None:
    case = Case(undoable("a", "b", "c", handled="ab")).do("a").do("b")
    moved(case, undoable("a", "x", "b", "c", handled="ab"))
    assert ["undo_b"] == case.do("c").open
    assert ["undo_a"] == case.do("undo_b").open
    assert "completed" == case.do("undo_a").status


def test_what_could_be_compensated_must_be_so_in_the_new_version() -> None:
    case = Case(undoable("a", "b", "c", handled="ab")).do("a").do("b")
    without = undoable("a", "b", "c", handled="b")
    removed = undoable("b", "c", handled="b")
    for new in (without, removed):
        (obstacle,) = examined(case, new).obstacles
        assert (ReasonCode.COMPENSATION_MISSING, "a") == (obstacle.code, obstacle.name)
        assert {ReasonCode.COMPENSATION_MISSING} == refused(case, new)
    renamed = undoable("x", "b", "c", handled="xb")
    assert ["undo_b"] == moved(case, renamed, a="x").do("c").open
    assert ["undo_x"] == case.do("undo_b").open


def test_what_a_sub_process_remembers_is_looked_for_inside_it() -> None:
    def inner(handled: str) -> str:
        tasks = user("i", "k") + "".join(map(compensated, handled))
        return node(
            "subProcess", "sub", start("is") + tasks + end("ie") + chain("is", "i", "k", "ie")
        )

    case = Case(undoable("a", inside=inner("ik"))).do("i").do("k")
    assert {ReasonCode.COMPENSATION_MISSING} == refused(case, undoable("a", inside=inner("i")))
    moved(case, undoable("a", "b", inside=inner("ik")))
    assert ["undo_k"] == case.do("a").do("b").open


def test_a_compensation_under_way_must_end_first() -> None:
    """What stands on no element of the file cannot be compared."""
    definition = undoable("a", "b", handled="a")
    case = Case(definition).do("a").do("b")
    assert ["undo_a"] == case.open
    assert ReasonCode.IN_PROGRESS in refused(case, undoable("a", "b", "c", handled="a"))


def calling(inner: str, called: str = "q", node_id: str = "c") -> ProcessDefinition:
    """A process that calls another one; ids of the two may be the same."""
    main = start() + call(node_id, called, ("input", "people", "people")) + end()
    return files(p=main + chain("s", node_id, "e"), **{called: inner})


def line(*tasks: str, inner: str = "") -> str:
    return start() + user(*tasks, inner=inner) + end() + chain("s", *tasks, "e")


def test_tokens_and_variables_of_a_called_process_move_with_it() -> None:
    case = Case(calling(line("a", "b")), people=["甲"]).do("a", inside=1)
    case = moved(case, calling(line("a", "z", "b", "c"), node_id="d"), c="d")
    (task,) = case.advance.open_tasks
    assert {"people": ["甲"], "inside": 1} == dict(task.variables or {})
    assert "completed" == case.do("b").do("c").status


def test_a_called_process_is_compared_like_the_process_itself() -> None:
    case = Case(calling(line("a", "b")), people=[])
    assert {("a", "element_missing")} == found(case, calling(line("x", "b")))
    mapped = found(case, calling(line("x", "b")), a="x")
    assert {("a", "name_changed"), ("a", "form_changed")} == mapped
    signing = line("a", inner=countersign())
    half = Case(calling(signing), people=["甲", "乙"]).do("a", vote=1)
    assert {ReasonCode.LOOP_CHANGED} == refused(half, calling(line("a")))
    assert "completed" == moved(half, calling(signing)).do("a", vote=2).status


def test_a_call_of_another_process_is_refused() -> None:
    case = Case(calling(line("a")), people=[])
    other = calling(line("a"), called="r")
    assert {("c", "call_changed"), ("a", "scope_changed")} == found(case, other)
    assert {ReasonCode.CALL_CHANGED, ReasonCode.SCOPE_CHANGED} == refused(case, other)
    assert {ReasonCode.ELEMENT_MISSING, ReasonCode.SCOPE_CHANGED} == refused(case, row("x"))


def asked(condition: str) -> ProcessDefinition:
    body = start() + user("a", "b") + gateway("exclusive", "x", default="fd") + end() + end("e2")
    ways = chain("s", "a", "x") + flow("x", "b", condition) + flow("x", "e2", flow_id="fd")
    return process(body + ways + chain("b", "e"))


def test_an_incident_is_taken_along_and_retried_on_the_corrected_version() -> None:
    case = Case(asked("missing > 1")).do("a")
    assert "incident" == case.status
    moved(case, asked("found"))
    (incident,) = case.advance.incidents
    assert ("incident", "x") == (case.status, incident.element_id)
    advance = incidents.retry(
        case.process, case.advance.state, incident.task_id, {"found": True}, **case.outside
    )
    assert ["b"] == [task.element_id for task in advance.open_tasks]
