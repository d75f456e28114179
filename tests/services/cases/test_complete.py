from __future__ import annotations

import itertools
from collections import Counter
from datetime import date

import pytest

from engine.errors import TaskNotOpen
from engine.forms import FormInvalid
from engine.model import InstanceStatus
from services.audit.models import EntryKind
from services.cases.complete import CompleteTask, complete_task
from services.cases.errors import LateReasonMissing, RuleBroken
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor, HeldPost
from services.tasks import sync
from services.tasks.models import TaskState
from tests.services.cases.rivals import outcomes_of, together
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
RECOMMEND = {
    "recommended_by": ["members"],
    "decided_by": "committee",
    "activist_opinion": "支部委员会研究。",
}


def _command(world: World, element: str) -> CompleteTask:
    data = world.filled({}, None, TALK)
    return CompleteTask(world.open()[element].id, data=data)


def test_a_completed_task_moves_the_case_and_is_journaled(world: World) -> None:
    world.start().complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")
    task = world.task("talk")
    entry = world.journal()[-1]
    assert task.state is TaskState.COMPLETED
    assert world.people["secretary"] == task.completed_by
    assert world.today == task.acted_on
    assert entry.kind == EntryKind.TASK_COMPLETED
    assert world.actor("secretary").title == entry.capacity
    assert world.record()["values"]["talk_record"] == "入党动机端正。"
    assert world.instance().journal_length == entry.sequence == 2


def test_who_may_see_but_not_do_it_is_forbidden(world: World) -> None:
    world.start()
    with pytest.raises(Forbidden):
        complete_task(world.app, world.actor("applicant"), _command(world, "talk"))
    world.waiting_at("talk")


@pytest.mark.parametrize("alias", ["new_branch_secretary", "member_7", "department_clerk"])
def test_who_may_not_see_the_case_learns_nothing(world: World, alias: str) -> None:
    world.start()
    stranger = world.actor(alias)
    command = _command(world, "talk")
    with pytest.raises(NotFound):
        complete_task(world.app, stranger, command)
    world.complete("talk", by="secretary", data=TALK)
    with pytest.raises(NotFound):
        complete_task(world.app, stranger, command)


def test_an_unknown_task_is_not_found(world: World) -> None:
    world.start()
    for task_id in ("00000000-0000-0000-0000-000000000000", "", "'; --"):
        with pytest.raises(NotFound):
            complete_task(world.app, world.actor("secretary"), CompleteTask(task_id))


def test_a_done_task_names_who_did_it_and_when(world: World) -> None:
    world.start()
    command = _command(world, "talk")
    world.complete("talk", by="secretary", data=TALK)
    with pytest.raises(TaskNotOpen, match="陈启明于2026-06-01 09:00办结"):
        complete_task(world.app, world.actor("deputy_secretary"), command)


def test_form_errors_come_by_key(world: World) -> None:
    world.start()
    with pytest.raises(FormInvalid) as refused:
        world.complete("talk", by="secretary", data={"talker": "999999", "acted_on": "昨天"})
    assert {"acted_on", "talker", "talk_record"} == set(refused.value.errors)
    with pytest.raises(FormInvalid) as empty:
        complete_task(
            world.app, world.actor("secretary"), CompleteTask(world.open()["talk"].id, data={})
        )
    assert "acted_on" in empty.value.errors


@pytest.mark.parametrize(
    ("outcome", "opinion", "key"),
    [("", "", "outcome"), ("invented", "", "outcome"), ("deferred", "  ", "opinion")],
)
def test_an_outcome_and_the_opinion_it_asks_for_are_needed(
    world: World, outcome: str, opinion: str, key: str
) -> None:
    world.until("recommend_activist")
    with pytest.raises(Invalid) as refused:
        world.complete(
            "recommend_activist", by="secretary", outcome=outcome, opinion=opinion, data=RECOMMEND
        )
    assert [key] == list(refused.value.errors)
    world.waiting_at("recommend_activist")


def test_an_endless_opinion_is_refused(world: World) -> None:
    world.until("recommend_activist")
    with pytest.raises(Invalid) as refused:
        world.complete(
            "recommend_activist",
            by="secretary",
            outcome="deferred",
            opinion="长" * 2001,
            data=RECOMMEND,
        )
    assert list(refused.value.errors) == ["opinion"]


def test_a_late_act_needs_a_reason_which_is_journaled(world: World) -> None:
    world.start().go_to(date(2026, 7, 2))
    before = world.census()
    with pytest.raises(LateReasonMissing) as refused:
        world.complete("talk", by="secretary", data=TALK)
    assert [b.rule for b in refused.value.breaches] == ["MD-02"]
    assert before == world.census()
    world.complete("talk", by="secretary", data=TALK, late_reason=" 谈话人出差。 ")
    data = world.record()
    assert data["late_reason"] == "谈话人出差。"
    assert [str(w)[:5] for w in data["warnings"]] == ["MD-02"]


def test_the_limit_counts_the_act_and_not_the_entry(world: World) -> None:
    world.start().go_to(date(2026, 9, 1))
    world.complete("talk", by="secretary", on=date(2026, 7, 1), data=TALK)
    assert world.task("talk").acted_on == date(2026, 7, 1)
    assert world.last is not None
    assert world.last.warnings == ()


@pytest.mark.parametrize(
    ("on", "rule"), [(date(2026, 6, 13), "act-in-future"), (date(2026, 6, 11), "act-order")]
)
def test_dates_out_of_order_block_and_leave_nothing(world: World, on: date, rule: str) -> None:
    world.until("recommend_activist")
    before = world.census(), world.instance().revision, world.instance().state
    with pytest.raises(RuleBroken) as refused:
        world.complete(
            "recommend_activist", by="secretary", on=on, outcome="agreed", data=RECOMMEND
        )
    assert rule in {b.rule for b in refused.value.breaches}
    assert before == (world.census(), world.instance().revision, world.instance().state)


def test_a_rule_that_blocks_leaves_nothing_and_names_the_article(world: World) -> None:
    world.until("assess_activist").go_to(date(2026, 10, 1))
    world.complete(
        "assess_activist",
        by="contact_1",
        outcome="continue",
        data={"assessment": "良好。", "thought_reports": 1},
    )
    before = world.census(), world.instance().revision, world.instance().state
    with pytest.raises(RuleBroken) as refused:
        world.complete(
            "assess_activist",
            by="contact_1",
            outcome="propose",
            data={"assessment": "良好。", "thought_reports": 1},
        )
    breach = refused.value.breaches[0]
    assert breach.rule == "MD-07"
    assert breach.citation is not None
    assert breach.citation.article == "第十三条"
    assert before == (world.census(), world.instance().revision, world.instance().state)


def test_what_was_filled_in_on_an_older_page_conflicts(world: World) -> None:
    world.start()
    seen = world.instance().revision
    with pytest.raises(Conflict):
        world.complete("talk", by="secretary", data=TALK, revision=seen - 1)
    world.complete("talk", by="secretary", data=TALK, revision=seen)


def test_any_failure_on_the_way_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.start()
    before = world.census(), world.instance().revision, world.instance().state

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(sync, "synchronize", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            world.complete("talk", by="secretary", data=TALK)
    assert before == (world.census(), world.instance().revision, world.instance().state)
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_of_twenty_people_at_once_exactly_one_completes(world: World) -> None:
    world.start()
    actor = world.actor("secretary")
    command = _command(world, "talk")
    answers = together([lambda: complete_task(world.app, actor, command)] * 20)
    assert outcomes_of(answers) == Counter({"Completed": 1, "TaskEnded": 19})
    kinds = [entry.kind for entry in world.journal()]
    assert kinds == [EntryKind.CASE_STARTED, EntryKind.TASK_COMPLETED]
    world.waiting_at("recommend_activist")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_parallel_steps_may_be_done_in_any_order(admitted: World, order: tuple[int, ...]) -> None:
    steps = (
        ("file_admission", "department_clerk", {"upper_filing_note": "予以备案。"}),
        ("assign_group", "organizer", {"party_group": "第一党小组"}),
        ("oath", "secretary", {"oath_organizer": "branch"}),
    )
    left = [element for element, _, _ in steps]
    for number in order:
        element, by, data = steps[number]
        admitted.complete(element, by=by, data=data)
        left.remove(element)
        admitted.waiting_at(*(left or ["observe_probation"]))
    assert admitted.variables()["party_group"] == "第一党小组"
    assert admitted.variables()["upper_filing_note"] == "予以备案。"


def test_parallel_steps_done_at_once_lose_nothing(admitted: World) -> None:
    steps = (
        ("file_admission", "department_clerk", {"upper_filing_note": "予以备案。"}),
        ("assign_group", "organizer", {"party_group": "第一党小组"}),
        ("oath", "secretary", {"oath_organizer": "branch"}),
    )
    commands = [
        (admitted.actor(by), CompleteTask(admitted.open()[e].id, data=admitted.filled({}, None, d)))
        for e, by, d in steps
    ]
    answers = together(
        [lambda a=a, c=c: complete_task(admitted.app, a, c) for a, c in commands]  # type: ignore[misc]  # defaults bind the loop
    )
    assert outcomes_of(answers) == Counter({"Completed": 3})
    admitted.waiting_at("observe_probation")
    assert admitted.variables()["party_group"] == "第一党小组"
    assert admitted.variables()["upper_filing_note"] == "予以备案。"


def test_the_next_steps_are_told_at_once(world: World) -> None:
    world.start()
    assert world.last is not None
    (step,) = world.last.next_steps
    assert step.element_id == "talk"
    assert step.holders == ("陈启明（书记）", "周文静（副书记）")
    assert not step.is_mine
    assert world.last.status is InstanceStatus.ACTIVE


def test_a_post_given_up_since_the_page_was_opened_no_longer_counts(world: World) -> None:
    world.start()
    former = world.actor("secretary")
    powerless = Actor(
        former.person_id, former.name, former.organization_id, former.organization_name, ()
    )
    with pytest.raises(NotFound):
        complete_task(world.app, powerless, _command(world, "talk"))


def test_a_post_in_the_wrong_body_does_not_count(world: World) -> None:
    world.start()
    other = world.actor("new_branch_secretary")
    held = other.posts[0]
    assert isinstance(held, HeldPost)
    with pytest.raises(NotFound):
        complete_task(world.app, other, _command(world, "talk"))
