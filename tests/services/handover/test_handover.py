from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.audit.journal import contents
from services.audit.models import AuditKind, AuditRow, EntryKind
from services.audit.verify import verify
from services.cases import pages
from services.cases.change_status import change_status
from services.cases.designate import unstaffed
from services.cases.intervene import Intervene
from services.cases.intervention import Intervention
from services.cases.queries import inbox, started
from services.cases.start import StartCase, start_case
from services.circulation.models import CirculationKind
from services.circulation.queries import unread_count
from services.circulation.send import Circulate, circulate
from services.clock import FixedClock
from services.delegation.commands import Delegate, delegate
from services.delegation.queries import page as delegations
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.handover.commands import hand_over
from services.handover.models import HandoverScope, ItemKind, ItemOutcome
from services.handover.queries import hand_over_page, hand_overs, leavers, preview, successors
from services.identity.queries import load_actor
from services.people.commands import appoint
from services.people.models import Appointment, Person, Post
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.recusal.models import RelationshipKind
from services.recusal.relationships import DeclareRelationship, declare_relationship
from services.tasks.commands import claim, save_draft
from services.tasks.models import SubTaskKind, TaskCandidate, TaskDraft, TaskState, Verdict
from services.tasks.urge import UrgeTask, urge_task
from tests.services.countersigning import begin, deploy_countersign
from tests.services.handover.acting import body, command, hand
from tests.services.tasks import acting
from tests.world import ROOT, World

POST, TASK, ROLE = ItemKind.POST, ItemKind.TASK, ItemKind.ROLE
OVER, RELEASED = ItemOutcome.HANDED_OVER, ItemOutcome.RELEASED
ENDED, KEPT = ItemOutcome.ENDED, ItemOutcome.KEPT
ABOVE = "committee_organizer"


def _steps(world: World, alias: str) -> list[str]:
    return [item.step_name for item in inbox(world.app, world.actor(alias))[0].items]


def _claimed(world: World, by: str = "secretary") -> World:
    world.start()
    claim(world.app, world.actor(by), world.task("talk").id)
    return world


def _related(world: World, alias: str) -> None:
    on = DeclareRelationship(
        world.people["applicant"], RelationshipKind.COLLATERAL, date(2020, 1, 1)
    )
    declare_relationship(world.app, world.actor(alias), on)


def _posts(world: World, alias: str) -> list[Post]:
    with world.app.database.read() as session:
        return list(
            session.scalars(
                select(Appointment.post).where(
                    Appointment.person_id == world.people[alias], Appointment.ends_on.is_(None)
                )
            )
        )


def test_a_claimed_task_and_its_draft_go_to_the_successor_and_the_post_ends(world: World) -> None:
    _claimed(world)
    task = world.task("talk").id
    save_draft(
        world.app, world.actor("secretary"), task, {"talk_record": ["已谈。"]}, opinion="同意"
    )
    done = hand(world, ABOVE, command(world, "secretary", "deputy_secretary", takes_up=True))
    assert done == [(POST, ENDED), (TASK, OVER)]
    row = world.task("talk")
    assert (row.assignee_id, row.state) == (world.people["deputy_secretary"], TaskState.CLAIMED)
    with world.app.database.read() as session:
        (draft,) = session.scalars(select(TaskDraft))
        assert (draft.person_id, draft.opinion) == (world.people["deputy_secretary"], "同意")
    assert _posts(world, "secretary") == []
    held = set(_posts(world, "deputy_secretary"))
    assert held == {Post.DEPUTY_SECRETARY, Post.SECRETARY}
    world.complete("talk", by="deputy_secretary", data=acting.TALK)


def test_it_is_on_record_with_all_three_names_and_both_are_told(world: World) -> None:
    _claimed(world)
    hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    entry = world.journal()[-1]
    assert (entry.kind, entry.actor_id) == (EntryKind.HANDED_OVER, world.people[ABOVE])
    data = contents(entry)
    assert data["people"] == [world.people["secretary"], world.people["deputy_secretary"]]
    assert "移交待办“派人谈话”" in str(data["request"])
    view = pages.case(world.app, world.actor("organizer"), world.case_id)
    assert "陈启明交接给周文静" in view.journal[-1].text
    with world.app.database.read() as session:
        kinds = [row.kind for row in session.scalars(select(AuditRow).order_by(AuditRow.id))]
    assert kinds.count(AuditKind.WORK_HANDED_OVER) == 1
    assert kinds.count(AuditKind.POST_LEFT) == 1
    for alias in ("secretary", "deputy_secretary"):
        assert acting.notices(world, alias)[-1].startswith("交接：")
    with world.app.database.read() as session:
        assert list(verify(session)) == []


def test_who_may_not_appoint_hands_over_and_says_who_ends_the_post(world: World) -> None:
    _claimed(world)
    done = hand(world, "organizer", command(world, "secretary", "deputy_secretary", takes_up=True))
    assert done == [(POST, KEPT), (TASK, OVER)]
    assert _posts(world, "secretary") == [Post.SECRETARY]
    assert world.task("talk").assignee_id == world.people["deputy_secretary"]


def test_what_the_successor_may_not_take_is_released(world: World) -> None:
    _claimed(world)
    _related(world, "organizer")
    asked = command(world, "secretary", "organizer")
    (_, item) = preview(world.app, world.actor(ABOVE), asked).items
    assert item.reason == "接收人与办理对象有三代以内旁系血亲关系，须回避"
    assert hand(world, ABOVE, asked) == [(POST, ENDED), (TASK, RELEASED)]
    assert world.task("talk").assignee_id is None
    assert _steps(world, "deputy_secretary") == ["派人谈话"]
    assert _steps(world, "organizer") == []


def test_a_successor_without_a_post_gets_nothing_that_needs_one(world: World) -> None:
    _claimed(world)
    asked = command(world, "secretary", "member_9")
    assert hand(world, ABOVE, asked) == [(POST, ENDED), (TASK, RELEASED)]


def test_it_takes_what_was_asked_and_what_was_delegated_along(world: World) -> None:
    world.start()
    acting.delegate(world, "secretary", "organizer")
    hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    acting.answer(world, "organizer", None, "已谈。")
    assert acting.notices(world, "deputy_secretary")[-1] == "委派已答复：派人谈话"
    world.complete("talk", by="deputy_secretary", data=acting.TALK)


def test_a_delegation_to_the_successor_ends_since_the_task_is_theirs(world: World) -> None:
    world.start()
    acting.delegate(world, "secretary", "organizer")
    hand(world, ABOVE, command(world, "secretary", "organizer"))
    world.complete("talk", by="organizer", data=acting.TALK)


def test_what_others_asked_of_the_leaver_is_asked_of_the_successor(world: World) -> None:
    world.start()
    acting.sign(world, SubTaskKind.SIGN_BEFORE, "secretary", "organizer")
    done = hand(world, ABOVE, command(world, "organizer", "discipline_commissioner"))
    assert done == [(POST, ENDED), (ItemKind.SUB_TASK, OVER)]
    acting.answer(world, "discipline_commissioner")
    world.complete("talk", by="secretary", data=acting.TALK)


def test_what_is_asked_of_the_leaver_is_not_asked_of_the_assignee(world: World) -> None:
    world.start()
    acting.sign(world, SubTaskKind.SIGN_BEFORE, "secretary", "organizer")
    done = hand(world, ABOVE, command(world, "organizer", "secretary"))
    assert done == [(POST, ENDED), (ItemKind.SUB_TASK, KEPT)]


def test_a_submitted_act_stays_the_leavers_and_comes_back_to_the_successor(world: World) -> None:
    world.start()
    acting.sign(world, SubTaskKind.SIGN_AFTER, "secretary", "organizer")
    world.complete("talk", by="secretary", data=acting.TALK)
    hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    acting.answer(world, "organizer", Verdict.DISAGREED, "再谈一次。")
    assert acting.notices(world, "deputy_secretary")[-1] == "提交未生效：派人谈话"
    with world.app.database.read() as session:
        (draft,) = session.scalars(select(TaskDraft))
        assert draft.person_id == world.people["deputy_secretary"]
    world.complete("talk", by="deputy_secretary", data=acting.TALK)


def test_who_is_named_in_a_case_is_followed_now_and_later(world: World) -> None:
    world.until("assess_activist")
    assert "assess_activist" in world.open()
    assert hand(world, "organizer", command(world, "contact_1", "member_9")) == [
        (ROLE, OVER),
        (TASK, OVER),
    ]
    assert _steps(world, "contact_1") == []
    assert len(_steps(world, "member_9")) == 1
    assert len(_steps(world, "contact_2")) == 1


def test_a_contact_whom_nobody_can_follow_is_left_to_the_rest(world: World) -> None:
    world.until("assess_activist")
    _related(world, "member_9")
    assert hand(world, "organizer", command(world, "contact_1", "member_9")) == [
        (ROLE, RELEASED),
        (TASK, RELEASED),
    ]
    assert _steps(world, "member_9") == _steps(world, "contact_1") == []
    assert len(_steps(world, "contact_2")) == 1


def test_who_only_leaves_a_post_goes_on_with_what_is_theirs_by_name(world: World) -> None:
    world.until("assess_activist")
    asked = command(world, "contact_1", "member_9", HandoverScope.POST)
    with pytest.raises(Invalid, match="没有需要移交的事项"):
        hand_over(world.app, world.actor("organizer"), asked)


def test_a_part_of_a_countersign_goes_over_and_the_number_of_parts_stays(
    world: World, tmp_path: Path
) -> None:
    deploy_countersign(world.app, tmp_path)
    people = [str(world.people[a]) for a in ("secretary", "deputy_secretary")]
    first, _ = begin(world, people)
    assert hand(world, ABOVE, command(world, "secretary", "organizer"))[-1] == (TASK, OVER)
    assert len(_steps(world, "organizer")) == 1
    assert _steps(world, "secretary") == []
    again = command(world, "organizer", "deputy_secretary")
    assert (TASK, RELEASED) in hand(world, ABOVE, again)
    with world.app.database.read() as session:
        county = session.scalars(select(Person.id).where(Person.name == "邹晓彤")).one()
    (item,) = unstaffed(world.app, load_actor(world.app, county))
    assert item.task_id == first
    assert "接收人已在本次会签中" in item.reason


def test_rights_of_the_starter_what_to_read_and_delegations(
    world: World, clock: FixedClock
) -> None:
    deploy_folder(world.app, ROOT / "tests" / "fixtures" / "procedures" / "probe")
    start = StartCase("probe", None, {"acted_on": world.today, "remind_after": "PT99999S"})
    start_case(world.app, world.actor("secretary"), start)
    with world.app.database.read() as session:
        case_id = session.scalars(select(ProcessInstance.id)).one()
    circulate(
        world.app,
        world.actor("secretary"),
        Circulate(case_id, CirculationKind.COPY, (world.people["organizer"],)),
    )
    days = world.today + timedelta(days=9)
    delegate(
        world.app,
        world.actor("secretary"),
        Delegate(world.people["member_9"], world.today, days, "出差"),
    )
    done = hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    assert (ItemKind.CASE, OVER) in done
    assert (ItemKind.DELEGATION, ENDED) in done
    assert started(world.app, world.actor("secretary")).total == 0
    assert started(world.app, world.actor("deputy_secretary")).total == 1
    (given,) = delegations(world.app, world.actor("secretary")).given
    assert given.state == "已撤销"
    done = hand(world, ABOVE, command(world, "organizer", "discipline_commissioner"))
    assert (ItemKind.CIRCULATION, OVER) in done
    assert unread_count(world.app, world.actor("organizer")) == 0
    assert unread_count(world.app, world.actor("discipline_commissioner")) == 1


def test_ones_own_case_and_what_lies_elsewhere_stay(world: World) -> None:
    world.start()
    with pytest.raises(Invalid, match="没有需要移交的事项"):
        hand(world, "secretary", command(world, "applicant", "member_9"))


def test_who_is_kept_out_of_a_case_does_not_hand_it_over(world: World) -> None:
    _claimed(world)
    _related(world, "organizer")
    asked = command(world, "secretary", "deputy_secretary")
    with pytest.raises(Invalid, match="没有需要移交的事项"):
        hand(world, "organizer", asked)
    items = preview(world.app, world.actor("organizer"), asked).items
    assert items[-1].reason.startswith("经办人与办理对象有")


@pytest.mark.parametrize("alias", ["member_9", "discipline_commissioner", "new_branch_secretary"])
def test_only_who_may(world: World, alias: str) -> None:
    _claimed(world)
    asked = command(world, "secretary", "deputy_secretary")
    with pytest.raises(Forbidden):
        preview(world.app, world.actor(alias), asked)
    with pytest.raises(Forbidden):
        leavers(world.app, world.actor(alias), body(world))


def test_nobody_hands_over_for_themselves_or_to_somebody_elsewhere(world: World) -> None:
    _claimed(world)
    own = command(world, "secretary", "deputy_secretary")
    with pytest.raises(Forbidden):
        hand_over(world.app, world.actor("secretary"), own)
    for stranger in ("new_branch_secretary", "secretary"):
        with pytest.raises(Invalid) as refused:
            hand_over(world.app, world.actor(ABOVE), command(world, "secretary", stranger))
        assert "people" in refused.value.errors
    with pytest.raises(NotFound):
        hand_over(
            world.app, world.actor(ABOVE), command(world, "new_branch_secretary", "secretary")
        )


def test_what_has_changed_since_the_preview_is_looked_at_again(world: World) -> None:
    world.start()
    asked = command(world, "secretary", "deputy_secretary")
    seen = preview(world.app, world.actor(ABOVE), asked).digest
    claim(world.app, world.actor("secretary"), world.task("talk").id)
    with pytest.raises(Conflict, match="预览以后情况有变化"):
        hand_over(world.app, world.actor(ABOVE), replace(asked, seen=seen))
    assert world.task("talk").assignee_id == world.people["secretary"]


def test_what_nobody_in_the_branch_can_do_goes_the_way_of_the_procedure(world: World) -> None:
    _claimed(world)
    _related(world, "deputy_secretary")
    done = hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    assert done == [(POST, ENDED), (TASK, RELEASED)]
    assert "人员均须回避" in world.task("talk").fallback_reason
    assert _steps(world, ABOVE) == ["派人谈话"]


def test_the_list_of_a_body_and_the_page_are_for_who_may_see_them(world: World) -> None:
    _claimed(world)
    hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    (row,) = hand_overs(world.app, world.actor(ABOVE), body(world))
    assert (row.leaver, row.successor, row.entered_by) == ("陈启明", "周文静", "尹可心")
    assert hand_overs(world.app, world.actor("deputy_secretary"), body(world)) == (row,)
    assert hand_overs(world.app, world.actor("member_9"), body(world)) == ()
    with pytest.raises(NotFound):
        hand_over_page(world.app, world.actor("member_9"), row.id)
    view = hand_over_page(world.app, world.actor("deputy_secretary"), row.id)
    assert [item.case_id for item in view.items] == [None, world.case_id]


def test_who_can_follow_is_found_in_the_body_and_by_name_above(world: World) -> None:
    person = world.people["secretary"]
    found = successors(world.app, world.actor(ABOVE), body(world), person)
    assert "周文静" in [one.name for one in found]
    assert "陈启明" not in [one.name for one in found]
    above = successors(world.app, world.actor(ABOVE), body(world), person, "谢正华")
    assert [one.name for one in above] == ["谢正华"]


def test_the_successor_urges_as_the_starter_did(world: World) -> None:
    deploy_folder(world.app, ROOT / "tests" / "fixtures" / "procedures" / "probe")
    start = StartCase("probe", None, {"acted_on": world.today, "remind_after": "PT99999S"})
    start_case(world.app, world.actor("secretary"), start)
    with world.app.database.read() as session:
        world.case_id = session.scalars(select(ProcessInstance.id)).one()
    hand(world, ABOVE, command(world, "secretary", "organizer"))
    task = world.task("work")
    urge_task(world.app, world.actor("organizer"), UrgeTask(task.id))
    with pytest.raises(Forbidden):
        urge_task(world.app, world.actor("secretary"), UrgeTask(task.id))


def test_what_nobody_has_claimed_is_counted_with_the_post(world: World) -> None:
    world.start()
    asked = command(world, "secretary", "deputy_secretary")
    (item,) = preview(world.app, world.actor(ABOVE), asked).items
    assert item.words == (
        "湘江示例所党支部书记；本职务尚未签收的待办1件，此后由其他任职人员或者替补办理"
    )
    (item,) = preview(world.app, world.actor(ABOVE), replace(asked, takes_up=True)).items
    assert item.words.endswith("由接收人和其他任职人员办理")


def test_a_vote_is_nobody_elses(world: World, tmp_path: Path) -> None:
    folder = deploy_countersign(world.app, tmp_path)
    manifest = folder / "procedure.toml"
    text = manifest.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"')
    manifest.write_text(f"{text}\n[tasks.work]\nin_person = true\n", encoding="utf-8")
    deploy_folder(world.app, folder)
    first, _ = begin(world, [str(world.people[a]) for a in ("secretary", "deputy_secretary")])
    done = hand(world, ABOVE, command(world, "secretary", "organizer"))
    assert done[-1] == (TASK, KEPT)
    assert _steps(world, "organizer") == []
    with world.app.database.read() as session:
        rows = session.scalars(select(TaskCandidate).where(TaskCandidate.task_id == first)).all()
    assert [row.person_id for row in rows] == [world.people["secretary"]]


def test_a_draft_nobody_has_claimed_goes_along(world: World) -> None:
    world.start()
    task = world.task("talk").id
    save_draft(world.app, world.actor("secretary"), task, {}, opinion="同意")
    done = hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    assert done == [(POST, ENDED), (ItemKind.DRAFT, OVER)]
    with world.app.database.read() as session:
        assert [row.person_id for row in session.scalars(select(TaskDraft))] == [
            world.people["deputy_secretary"]
        ]
    assert world.task("talk").assignee_id is None


def test_what_rests_in_a_suspended_case_goes_over_as_well(world: World) -> None:
    _claimed(world)
    change_status(
        world.app,
        world.actor(ABOVE),
        Intervention.SUSPEND,
        Intervene(world.case_id, "核查。"),
    )
    assert (TASK, OVER) in hand(world, ABOVE, command(world, "secretary", "deputy_secretary"))
    assert world.task("talk").assignee_id == world.people["deputy_secretary"]


def test_another_post_in_the_body_keeps_what_it_entitles_to(world: World) -> None:
    with world.app.database.write() as session:
        appoint(
            session,
            world.people["secretary"],
            body(world),
            Post.ORGANIZATION_COMMISSIONER,
            world.today,
        )
    _claimed(world)
    asked = command(world, "secretary", "deputy_secretary", HandoverScope.POST)
    first, second = asked.posts
    left = replace(asked, posts=(second,))
    assert hand(world, ABOVE, left) == [(POST, ENDED), (TASK, KEPT)]
    assert _posts(world, "secretary") == [Post.SECRETARY]
    with pytest.raises(Invalid):
        preview(world.app, world.actor(ABOVE), replace(asked, posts=()))
    assert hand(world, ABOVE, replace(asked, posts=(first,))) == [(POST, ENDED), (TASK, OVER)]
