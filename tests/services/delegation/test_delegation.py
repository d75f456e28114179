from __future__ import annotations

from datetime import timedelta

import pytest

from services.audit.journal import contents
from services.cases import pages
from services.cases.queries import done, inbox
from services.cases.start import StartCase, start_case
from services.clock import FixedClock
from services.delegation.commands import (
    BeAway,
    Delegate,
    be_away,
    cancel_absence,
    delegate,
    revoke,
)
from services.delegation.models import AbsenceKind
from services.delegation.queries import agents, page
from services.errors import Conflict, Forbidden, Invalid, NotFound, Recused
from services.notifications.queries import listing, unread
from services.processes.commands import deploy_folder
from services.recusal.commands import Recuse, recuse
from services.recusal.models import Ground
from services.tasks.commands import claim
from services.tasks.transfer import TransferTask, transfer_task
from services.tasks.urge import UrgeTask, urge_task
from services.worker.run import run_due
from tests.world import ROOT, World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


def _delegate(world: World, by: str, to: str, days: int = 10, procedure: str = "") -> int:
    command = Delegate(
        world.people[to], world.today, world.today + timedelta(days=days), "出差", procedure
    )
    return delegate(world.app, world.actor(by), command)


def _inbox(world: World, alias: str) -> list[tuple[str, str]]:
    items = inbox(world.app, world.actor(alias))[0].items
    return [(item.step_name, item.principal) for item in items]


def test_the_agent_does_open_and_new_tasks_in_the_principals_name(world: World) -> None:
    world.start()
    _delegate(world, "secretary", "member_9")
    assert _inbox(world, "member_9") == [("派人谈话", "陈启明")]
    world.complete("talk", by="member_9", data=TALK)
    row = world.task("talk")
    assert (row.completed_by, row.on_behalf_of, row.assignee_id) == (
        world.people["member_9"],
        world.people["secretary"],
        world.people["secretary"],
    )
    entry = world.journal()[-1]
    assert entry.actor_id == world.people["member_9"]
    assert entry.capacity == "受陈启明委托"
    assert contents(entry)["on_behalf_of"] == world.people["secretary"]
    assert [item.step_name for item in done(world.app, world.actor("secretary")).items] == [
        "派人谈话"
    ]


def test_the_list_of_names_tells_who_acts(world: World) -> None:
    world.start()
    _delegate(world, "secretary", "member_9")
    be_away(
        world.app,
        world.actor("secretary"),
        BeAway(AbsenceKind.LEAVE, world.today, world.today + timedelta(days=4)),
    )
    view = pages.case(world.app, world.actor("organizer"), world.case_id)
    assert view.open_steps[0].holders == (
        "陈启明（书记，请假至6月5日，委托曾令文代办）",
        "周文静（副书记）",
    )
    task = pages.task(world.app, world.actor("member_9"), world.task("talk").id)
    assert (task.may_complete, task.acting_for) == (True, "陈启明")


def test_it_ends_by_itself(world: World, clock: FixedClock) -> None:
    world.start()
    _delegate(world, "secretary", "member_9", days=1)
    clock.advance(timedelta(days=2))
    assert _inbox(world, "member_9") == []
    with pytest.raises(NotFound):
        claim(world.app, world.actor("member_9"), world.task("talk").id)


def test_what_the_agent_claimed_stays_the_principals(world: World) -> None:
    world.start()
    delegation = _delegate(world, "secretary", "member_9")
    claim(world.app, world.actor("member_9"), world.task("talk").id)
    assert world.task("talk").assignee_id == world.people["secretary"]
    revoke(world.app, world.actor("secretary"), delegation)
    assert _inbox(world, "member_9") == []
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")


def test_only_for_one_procedure(world: World) -> None:
    world.start()
    with pytest.raises(Invalid, match="没有这一流程"):
        _delegate(world, "secretary", "member_9", procedure="nothing")
    _delegate(world, "secretary", "member_9", procedure="member_development")
    assert _inbox(world, "member_9") == [("派人谈话", "陈启明")]


def test_there_are_no_chains(world: World) -> None:
    world.start()
    _delegate(world, "secretary", "member_9")
    _delegate(world, "member_9", "member_8")
    assert _inbox(world, "member_8") == []
    with pytest.raises(Invalid, match="已委托他人"):
        _delegate(world, "organizer", "member_9")


def test_one_agent_at_a_time(world: World) -> None:
    _delegate(world, "secretary", "member_9")
    with pytest.raises(Invalid, match="只能委托一人"):
        _delegate(world, "secretary", "member_8", procedure="member_development")


@pytest.mark.parametrize("alias", ["applicant", "new_branch_secretary", "secretary"])
def test_who_cannot_be_an_agent(world: World, alias: str) -> None:
    """Not a full member, of another branch, oneself."""
    with pytest.raises(Invalid):
        _delegate(world, "secretary", alias)


def test_the_body_above_may_stand_in(world: World) -> None:
    names = {p.name for p in agents(world.app, world.actor("secretary"), "")}
    assert {"周文静", "谢正华"} <= names
    assert "唐国栋" not in names


def test_the_agent_hands_nothing_on(world: World) -> None:
    world.start()
    _delegate(world, "secretary", "member_9")
    command = TransferTask(world.task("talk").id, world.people["organizer"], "没有时间")
    with pytest.raises(Forbidden, match="不能再将该事项转办"):
        transfer_task(world.app, world.actor("member_9"), command)


@pytest.mark.parametrize("recused", ["secretary", "member_9"])
def test_recusal_counts_for_principal_and_agent(world: World, recused: str) -> None:
    world.start()
    _delegate(world, "secretary", "member_9")
    order = Recuse(world.case_id, Ground.PARTY, "利害关系。", world.people[recused])
    recuse(world.app, world.actor("committee_secretary"), order)
    assert _inbox(world, "member_9") == []
    with pytest.raises((Recused, NotFound)):
        claim(world.app, world.actor("member_9"), world.task("talk").id)


def test_what_is_to_be_done_in_person_is_not_delegated(world: World) -> None:
    world.start()
    with world.app.database.write() as session:
        session.merge(world.task("talk")).in_person = True
    _delegate(world, "secretary", "member_9")
    assert _inbox(world, "member_9") == []


def test_reminders_reach_the_agent_of_who_is_away(world: World) -> None:
    world.start()
    _delegate(world, "secretary", "member_9")
    be_away(
        world.app,
        world.actor("secretary"),
        BeAway(AbsenceKind.TRAVEL, world.today, world.today),
    )
    before = {a: unread(world.app, world.actor(a)) for a in ("secretary", "member_9")}
    urge_task(world.app, world.actor("applicant"), UrgeTask(world.task("talk").id))
    after = {a: unread(world.app, world.actor(a)) for a in ("secretary", "member_9")}
    assert {a: after[a] - before[a] for a in after} == {"secretary": 0, "member_9": 1}


def test_dates_and_ends(world: World) -> None:
    secretary = world.actor("secretary")
    yesterday = world.today - timedelta(days=1)
    with pytest.raises(Invalid, match="不能早于今天"):
        delegate(
            world.app, secretary, Delegate(world.people["member_9"], yesterday, world.today, "出差")
        )
    delegation = _delegate(world, "secretary", "member_9")
    with pytest.raises(NotFound):
        revoke(world.app, world.actor("organizer"), delegation)
    revoke(world.app, world.actor("member_9"), delegation)
    with pytest.raises(Conflict):
        revoke(world.app, secretary, delegation)
    absence = be_away(world.app, secretary, BeAway(AbsenceKind.LEAVE, world.today, world.today))
    with pytest.raises(Invalid, match="已经登记"):
        be_away(world.app, secretary, BeAway(AbsenceKind.LEAVE, world.today, world.today))
    cancel_absence(world.app, secretary, absence)
    with pytest.raises(Conflict):
        cancel_absence(world.app, secretary, absence)
    own = page(world.app, secretary)
    assert [d.state for d in own.given] == ["已撤销"]
    assert [a.state for a in own.absences] == ["已撤销"]


def _remind(world: World) -> None:
    """Let the reminder of the probe procedure run out: a notice to the secretary's lane."""
    deploy_folder(world.app, ROOT / "tests" / "fixtures" / "procedures" / "probe")
    start = StartCase("probe", None, {"acted_on": world.today, "remind_after": "PT3600S"})
    world.case_id = start_case(world.app, world.actor("organizer"), start).case_id
    world.clock.advance(timedelta(hours=2))


def _notices(world: World, alias: str) -> list[str]:
    return [item.subject for item in listing(world.app, world.actor(alias), 1).items]


def test_notices_of_a_procedure_reach_the_agent_and_say_whose_they_are(world: World) -> None:
    _delegate(world, "secretary", "member_9")
    _remind(world)
    run_due(world.app)
    (own,) = _notices(world, "secretary")
    assert _notices(world, "member_9")[0] == f"代陈启明：{own}"


def test_an_agent_who_is_recused_gets_no_notice(world: World) -> None:
    _delegate(world, "secretary", "member_9")
    _remind(world)
    order = Recuse(world.case_id, Ground.PARTY, "利害关系。", world.people["member_9"])
    recuse(world.app, world.actor("secretary"), order)
    told = _notices(world, "member_9")
    run_due(world.app)
    assert len(_notices(world, "secretary")) == 1
    assert _notices(world, "member_9") == told
