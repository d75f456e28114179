from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from services.audit.models import EntryKind
from services.cases import pages
from services.cases.queries import inbox
from services.errors import Forbidden, Invalid, NotFound, Recused
from services.organizations.models import Organization
from services.recusal.commands import LiftRecusal, Recuse, lift_recusal, recuse
from services.recusal.models import Ground, RelationshipKind
from services.recusal.queries import namesakes, relationships
from services.recusal.relationships import (
    DeclareRelationship,
    declare_relationship,
    end_relationship,
)
from services.recusal.rules import separation
from services.tasks.commands import claim
from services.tasks.models import TaskState, UserTask
from services.tasks.transfer import TransferTask, transfer_task
from services.worker.run import run_due
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


def _holders(world: World) -> tuple[str, ...]:
    view = pages.case(world.app, world.actor("committee_secretary"), world.case_id)
    return view.open_steps[0].holders


def _related(world: World, alias: str, to: str = "applicant") -> int:
    command = DeclareRelationship(world.people[to], RelationshipKind.COLLATERAL, date(2020, 1, 1))
    return declare_relationship(world.app, world.actor(alias), command)


def test_a_declared_relative_is_kept_out(world: World) -> None:
    world.start()
    _related(world, "secretary")
    assert _holders(world) == ("周文静（副书记）",)
    assert inbox(world.app, world.actor("secretary"))[0].items == ()
    with pytest.raises(Recused, match="三代以内旁系血亲关系"):
        world.complete("talk", by="secretary", data=TALK)


def test_it_holds_in_both_directions(world: World) -> None:
    world.start()
    _related(world, "applicant", to="secretary")
    assert _holders(world) == ("周文静（副书记）",)


def test_what_a_relative_had_claimed_goes_back_by_the_review(world: World) -> None:
    world.start()
    task = world.task("talk")
    claim(world.app, world.actor("secretary"), task.id)
    _related(world, "secretary")
    with pytest.raises(Recused):
        world.complete("talk", by="secretary", data=TALK)
    run_due(world.app)
    assert (world.task("talk").state, world.task("talk").assignee_id) == (TaskState.CREATED, None)
    assert world.journal()[-1].kind == EntryKind.CANDIDATES_CHANGED


def test_the_end_of_a_relationship_is_entered_by_an_officer(world: World) -> None:
    world.start()
    relationship = _related(world, "secretary")
    with pytest.raises(Forbidden):
        end_relationship(world.app, world.actor("secretary"), relationship)
    with pytest.raises(NotFound):
        end_relationship(world.app, world.actor("contact_1"), relationship)
    end_relationship(world.app, world.actor("discipline_commissioner"), relationship)
    assert _holders(world) == ("陈启明（书记）", "周文静（副书记）")
    assert [r.ended_on for r in relationships(world.app, world.actor("secretary"))] == [world.today]


def test_a_relationship_is_declared_once_and_by_name(world: World) -> None:
    _related(world, "secretary")
    with pytest.raises(Invalid, match="已经申报"):
        _related(world, "secretary")
    assert [p.name for p in namesakes(world.app, world.actor("secretary"), "李一鸣")] == ["李一鸣"]
    assert namesakes(world.app, world.actor("secretary"), "李") == ()


def test_a_recusal_takes_the_task_back_and_finds_the_fallback(world: World) -> None:
    world.start()
    claim(world.app, world.actor("secretary"), world.task("talk").id)
    recuse(
        world.app,
        world.actor("secretary"),
        Recuse(world.case_id, Ground.WITNESS, "入党前共同办理过案件。"),
    )
    assert _holders(world) == ("周文静（副书记）",)
    order = Recuse(
        world.case_id, Ground.PARTY, "与申请人有合伙关系。", world.people["deputy_secretary"]
    )
    recuse(world.app, world.actor("committee_secretary"), order)
    assert any("尹可心（组织员）" in name for name in _holders(world))
    assert world.task("talk").fallback_reason == ("“支部书记”的人员均须回避，转由“上级党委”办理")
    kinds = [entry.kind for entry in world.journal()]
    assert kinds.count(EntryKind.RECUSED) == 2
    world.complete("talk", by="committee_organizer", data=TALK).waiting_at("recommend_activist")


def test_lifting_is_not_for_the_person(world: World) -> None:
    world.start()
    recuse(world.app, world.actor("secretary"), Recuse(world.case_id, Ground.OTHER, "另有情况。"))
    view = pages.case(world.app, world.actor("committee_secretary"), world.case_id)
    (item,) = view.recusals.items
    with pytest.raises(Forbidden):
        lift_recusal(world.app, world.actor("secretary"), LiftRecusal(item.id, "情况消除。"))
    lift_recusal(world.app, world.actor("committee_secretary"), LiftRecusal(item.id, "情况消除。"))
    assert _holders(world) == ("陈启明（书记）", "周文静（副书记）")


def test_only_officers_order_it_and_never_for_the_subject(world: World) -> None:
    world.start()
    order = Recuse(world.case_id, Ground.PARTY, "事由。", world.people["secretary"])
    with pytest.raises(Forbidden):
        recuse(world.app, world.actor("organizer"), order)
    with pytest.raises(Invalid, match="办理对象本人"):
        recuse(world.app, world.actor("applicant"), Recuse(world.case_id, Ground.OTHER, "事由。"))


def test_a_recused_colleague_receives_nothing(world: World) -> None:
    world.start()
    _related(world, "organizer")
    transfer = TransferTask(world.task("talk").id, world.people["organizer"], "出差")
    with pytest.raises(Invalid, match="须在本事项中回避"):
        transfer_task(world.app, world.actor("secretary"), transfer)


def test_steps_kept_apart_are_not_done_by_one_person(world: World) -> None:
    """The rule stands in the row of the task; the branch secretary did the talk."""
    world.start().complete("talk", by="secretary", data=TALK)
    task = world.task("recommend_activist")
    with world.app.database.write() as session:
        session.execute(
            update(UserTask)
            .where(UserTask.id == task.id)
            .values(separate_from=separation(("talk",)))
        )
    assert "陈启明（书记）" not in _holders(world)
    with pytest.raises(Recused, match="须与本环节分离"):
        claim(world.app, world.actor("secretary"), task.id)
    claim(world.app, world.actor("deputy_secretary"), task.id)


def test_the_page_says_why_somebody_may_not(world: World) -> None:
    world.start()
    _related(world, "secretary")
    view = pages.case(world.app, world.actor("committee_secretary"), world.case_id)
    told = {p.name: (p.because, p.excluded) for p in view.eligibility[world.task("talk").id]}
    with world.app.database.read() as session:
        body = session.get_one(Organization, world.instance().organization_id).short_name
    assert told == {
        "陈启明": (f"{body}书记", "与办理对象有三代以内旁系血亲关系，须回避"),
        "周文静": (f"{body}副书记", ""),
    }
