from __future__ import annotations

import pytest

from services.audit.models import EntryKind
from services.cases import pages
from services.cases.queries import inbox
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.tasks.commands import claim, release, save_draft
from services.tasks.models import SubTaskKind, TaskState
from services.tasks.operations import people_for
from services.tasks.transfer import TransferTask, transfer_task
from tests.services.cases.rivals import outcomes_of, together
from tests.services.tasks.acting import (
    TALK,
    entry_of,
    kinds,
    notices,
    sign,
    talk,
    task_id,
    transfer,
)
from tests.world import World


def test_the_receiver_has_the_task_and_the_giver_no_longer(world: World) -> None:
    world.start()
    due = talk(world).due_on
    transfer(world, "secretary", "discipline_commissioner")
    assert talk(world).assignee_id == world.people["discipline_commissioner"]
    assert talk(world).state is TaskState.CLAIMED
    assert talk(world).due_on == due
    for alias, tasks in (("secretary", 0), ("deputy_secretary", 0), ("discipline_commissioner", 1)):
        assert len(inbox(world.app, world.actor(alias))[0].items) == tasks
    with pytest.raises(Conflict, match="何建平"):
        world.complete("talk", by="secretary", data=TALK)
    world.complete("talk", by="discipline_commissioner", data=TALK).waiting_at("recommend_activist")


def test_the_journal_has_both_persons_and_the_reason(world: World) -> None:
    world.start()
    transfer(world, "secretary", "discipline_commissioner")
    entry, data = entry_of(world, EntryKind.TASK_TRANSFERRED)
    assert entry.actor_id == world.people["secretary"]
    assert data == {"people": [world.people["discipline_commissioner"]], "reason": "本人出差。"}
    view = pages.case(world.app, world.actor("secretary"), world.case_id)
    assert view.history[-1].outcome_name == "转由何建平办理"
    assert view.history[-1].opinion == "本人出差。"
    assert view.journal[-1].text == "派人谈话；转由何建平办理；说明：本人出差。"
    assert notices(world, "discipline_commissioner") == ["转办：派人谈话"]


def test_the_chain_is_shown(world: World) -> None:
    world.start()
    transfer(world, "secretary", "discipline_commissioner")
    transfer(world, "discipline_commissioner", "organizer", "不熟悉情况。")
    chain = pages.task(world.app, world.actor("secretary"), task_id(world)).operations.transfers
    assert [(t.giver, t.receiver) for t in chain] == [("陈启明", "何建平"), ("何建平", "刘思齐")]


def test_the_draft_of_the_giver_is_dropped(world: World) -> None:
    world.start()
    save_draft(world.app, world.actor("secretary"), task_id(world), {"talk_record": ["一半"]})
    save_draft(world.app, world.actor("deputy_secretary"), task_id(world), {"talk_record": ["另"]})
    transfer(world, "secretary", "discipline_commissioner")
    assert world.census()["task_draft"] == 1


@pytest.mark.parametrize("alias", ["applicant", "secretary", "member_7", "committee_organizer"])
def test_who_cannot_receive_it(world: World, alias: str) -> None:
    """The person concerned, oneself, a member without a post, a holder of a post elsewhere."""
    world.start()
    with pytest.raises(Invalid) as refused:
        transfer(world, "secretary", alias)
    assert list(refused.value.errors) == ["people"]
    assert kinds(world) == [EntryKind.CASE_STARTED]


def test_colleagues_are_found_by_name_and_pinyin(world: World) -> None:
    world.start()
    secretary = world.actor("secretary")
    found = people_for(world.app, secretary, task_id(world), "")
    assert [c.label for c in found] == [
        "周文静（副书记）",
        "刘思齐（组织委员）",
        "何建平（纪检委员）",
    ]
    for text in ("建平", "hejianping", "hjp"):
        names = [c.name for c in people_for(world.app, secretary, task_id(world), text)]
        assert names == ["何建平"], text
    with pytest.raises(Forbidden):
        people_for(world.app, world.actor("applicant"), task_id(world), "")
    with pytest.raises(NotFound):
        people_for(world.app, secretary, "no-such-task", "")


def test_a_reason_is_needed(world: World) -> None:
    world.start()
    with pytest.raises(Invalid) as refused:
        transfer(world, "secretary", "organizer", "  ")
    assert refused.value.errors == {"reason": "请填写转办原因。"}


def test_only_who_may_do_it_may_hand_it_on(world: World) -> None:
    world.start()
    with pytest.raises(Forbidden):
        transfer(world, "applicant", "organizer")
    with pytest.raises(NotFound):
        transfer(world, "new_branch_secretary", "organizer")
    claim(world.app, world.actor("deputy_secretary"), task_id(world))
    with pytest.raises(Conflict):
        transfer(world, "secretary", "organizer")


def test_what_one_has_to_do_in_person_is_handed_to_nobody(world: World) -> None:
    world.until("recommend_activist")
    world.return_to("apply", at="recommend_activist", by="secretary")
    command = TransferTask(task_id(world, "apply"), world.people["organizer"], "请代办。")
    with pytest.raises(Forbidden, match="本人办理"):
        transfer_task(world.app, world.actor("applicant"), command)
    claim(world.app, world.actor("applicant"), task_id(world, "apply"))
    view = pages.task(world.app, world.actor("applicant"), task_id(world, "apply"))
    may = view.operations
    assert (may.may_transfer, may.may_delegate, may.may_sign) == (False, False, False)
    assert view.may_release


def test_not_while_others_are_asked(world: World) -> None:
    world.start()
    sign(world, SubTaskKind.SIGN_PARALLEL, "secretary", "organizer")
    with pytest.raises(Conflict, match="加签"):
        transfer(world, "secretary", "discipline_commissioner")
    assert not pages.task(world.app, world.actor("secretary"), task_id(world)).may_release
    with pytest.raises(Conflict):
        release(world.app, world.actor("secretary"), task_id(world))


def test_two_hand_it_on_at_once_and_one_succeeds(world: World) -> None:
    world.start()
    answers = together(
        [
            lambda: transfer(world, "secretary", "organizer"),
            lambda: transfer(world, "deputy_secretary", "discipline_commissioner"),
        ]
    )
    assert outcomes_of(answers) == {"NoneType": 1, "Conflict": 1}
    assert kinds(world).count(EntryKind.TASK_TRANSFERRED) == 1


def test_the_receiver_may_give_it_back_to_the_candidates(world: World) -> None:
    world.start()
    transfer(world, "secretary", "discipline_commissioner")
    release(world.app, world.actor("discipline_commissioner"), task_id(world))
    world.complete("talk", by="secretary", data=TALK)
