from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from engine.errors import TaskNotOpen
from services.audit.models import EntryKind
from services.cases import pages
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.tasks.commands import MAX_DRAFT_BYTES, claim, release, save_draft
from services.tasks.models import TaskDraft, TaskState
from tests.services.cases.rivals import outcomes_of, together
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
TYPED = {"talk_record": ["写到一半"], "acted_on": ["2026-06-01"], "talker": [""]}


def _drafts(world: World) -> int:
    with world.app.database.read() as session:
        return session.scalar(select(func.count()).select_from(TaskDraft)) or 0


def test_claiming_takes_the_task_from_the_others(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    claim(world.app, world.actor("secretary"), task_id)
    row = world.open()["talk"]
    assert row.state is TaskState.CLAIMED
    assert world.people["secretary"] == row.assignee_id
    with pytest.raises(Conflict, match="陈启明"):
        claim(world.app, world.actor("deputy_secretary"), task_id)
    with pytest.raises(Conflict, match="陈启明"):
        world.complete("talk", by="deputy_secretary", data=TALK)
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_claiming_twice_conflicts(world: World) -> None:
    world.start()
    claim(world.app, world.actor("secretary"), world.open()["talk"].id)
    with pytest.raises(Conflict, match="您已签收"):
        claim(world.app, world.actor("secretary"), world.open()["talk"].id)


def test_a_released_task_is_everybodys_again(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    claim(world.app, world.actor("secretary"), task_id)
    release(world.app, world.actor("secretary"), task_id)
    world.complete("talk", by="deputy_secretary", data=TALK).waiting_at("recommend_activist")
    assert [entry.kind for entry in world.journal()] == [
        EntryKind.CASE_STARTED,
        EntryKind.TASK_CLAIMED,
        EntryKind.TASK_RELEASED,
        EntryKind.TASK_COMPLETED,
    ]


def test_only_who_claimed_may_release(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    with pytest.raises(Forbidden):
        release(world.app, world.actor("secretary"), task_id)
    claim(world.app, world.actor("secretary"), task_id)
    with pytest.raises(Forbidden):
        release(world.app, world.actor("deputy_secretary"), task_id)
    with pytest.raises(NotFound):
        release(world.app, world.actor("new_branch_secretary"), task_id)
    assert world.open()["talk"].state is TaskState.CLAIMED


def test_who_may_not_claim(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    with pytest.raises(Forbidden):
        claim(world.app, world.actor("applicant"), task_id)
    for alias in ("new_branch_secretary", "member_9"):
        with pytest.raises(NotFound):
            claim(world.app, world.actor(alias), task_id)
    with pytest.raises(NotFound):
        claim(world.app, world.actor("secretary"), "no-such-task")
    world.complete("talk", by="secretary", data=TALK)
    with pytest.raises(TaskNotOpen):
        claim(world.app, world.actor("secretary"), task_id)


def test_of_two_who_claim_at_once_one_has_it(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    rivals = [world.actor("secretary"), world.actor("deputy_secretary")]
    answers = together(
        [
            lambda: claim(world.app, rivals[0], task_id),
            lambda: claim(world.app, rivals[1], task_id),
        ]
    )
    assert outcomes_of(answers) == Counter({"NoneType": 1, "Conflict": 1})
    winner = rivals[answers.index(None)]
    assert winner.person_id == world.open()["talk"].assignee_id


def test_a_draft_is_restored_for_its_writer_only(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    saved_at = save_draft(world.app, world.actor("secretary"), task_id, TYPED)
    mine = pages.task(world.app, world.actor("secretary"), task_id)
    theirs = pages.task(world.app, world.actor("deputy_secretary"), task_id)
    assert mine.values["talk_record"] == "写到一半"
    assert saved_at == mine.draft_saved_at
    assert theirs.values["talk_record"] is None
    assert theirs.draft_saved_at is None


def test_the_latest_draft_counts_and_moves_nothing(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    revision = world.instance().revision
    save_draft(world.app, world.actor("secretary"), task_id, TYPED)
    save_draft(world.app, world.actor("secretary"), task_id, {"talk_record": ["写完了"]})
    view = pages.task(world.app, world.actor("secretary"), task_id)
    assert view.values["talk_record"] == "写完了"
    assert _drafts(world) == 1
    assert revision == world.instance().revision
    assert world.instance().journal_length == 1


def test_completing_removes_everybodys_drafts(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    save_draft(world.app, world.actor("secretary"), task_id, TYPED)
    save_draft(world.app, world.actor("deputy_secretary"), task_id, TYPED)
    world.complete("talk", by="secretary", data=TALK)
    assert _drafts(world) == 0
    with pytest.raises(TaskNotOpen):
        save_draft(world.app, world.actor("secretary"), task_id, TYPED)


def test_returning_and_withdrawing_remove_drafts_too(world: World) -> None:
    world.until("recommend_activist")
    save_draft(world.app, world.actor("secretary"), world.rows()[0].id, TYPED)
    world.return_to("talk", at="recommend_activist", by="secretary")
    with world.app.database.read() as session:
        kept = session.scalars(select(TaskDraft.task_id)).all()
    assert kept == [world.open()["talk"].id]  # what was written there before comes back
    save_draft(world.app, world.actor("secretary"), world.rows()[0].id, TYPED)
    world.withdraw()
    assert _drafts(world) == 0


def test_the_draft_of_a_parallel_step_stays(world: World) -> None:
    world.until("file_admission", "assign_group", "oath")
    save_draft(
        world.app,
        world.actor("organizer"),
        world.open()["assign_group"].id,
        {"party_group": ["第一党小组"]},
    )
    world.complete("file_admission", by="department_clerk", on=date(2028, 1, 14))
    assert _drafts(world) == 1


def test_an_endless_draft_is_refused(world: World) -> None:
    world.start()
    with pytest.raises(Invalid, match="过长"):
        save_draft(
            world.app,
            world.actor("secretary"),
            world.open()["talk"].id,
            {"talk_record": ["x" * MAX_DRAFT_BYTES]},
        )


def test_who_may_not_save_a_draft(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    with pytest.raises(Forbidden):
        save_draft(world.app, world.actor("applicant"), task_id, TYPED)
    with pytest.raises(NotFound):
        save_draft(world.app, world.actor("new_branch_secretary"), task_id, TYPED)
