"""Work of which people choose what is done: who may start and end it, and what the case tells."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.errors import InstanceSuspended, InvalidState, TaskNotOpen
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases import pages
from services.cases.ad_hoc.commands import EndWork, StartWork, end_work, start_work
from services.cases.change_status import change_status
from services.cases.intervene import Intervene
from services.cases.intervention import Intervention
from services.cases.start import StartCase, start_case
from services.cases.views import AdHocView
from services.errors import Conflict, Forbidden, NotFound
from services.identity.actor import Actor
from services.notifications.models import Notification
from services.processes.commands import deploy_folder
from tests.scenario import Player, load_scenario
from tests.world import World

SURVEY = Path(__file__).resolve().parents[2] / "fixtures" / "procedures" / "survey"
DATA = {"acted_on": "2026-06-01"}
RESULT = {"result": "已办。"}


@pytest.fixture
def survey(app: Application, as_: Callable[[str], Actor]) -> World:
    """A case whose ad-hoc sub-process has just begun."""
    deploy_folder(app, SURVEY)
    case_id = start_case(app, as_("secretary"), StartCase("survey", None, DATA)).case_id
    return World(app, "survey", case_id)


def work_of(world: World, alias: str = "secretary") -> AdHocView:
    (work,) = pages.case(world.app, world.actor(alias), world.case_id).ad_hoc
    return work


def begin(world: World, element: str, by: str = "secretary") -> World:
    return world.choose({"start_work": element, "by": by})


def finish(world: World, by: str = "secretary") -> World:
    return world.choose({"end_work": "research", "by": by})


def test_the_story_of_the_folder(app: Application) -> None:
    deploy_folder(app, SURVEY)
    Player(app, World(app).clock, "survey").play(load_scenario(SURVEY / "scenarios/SV-1.yaml"))


def test_the_page_says_what_may_be_started_by_whom(survey: World) -> None:
    shown = [(i.name, i.lane_name, i.running, i.done) for i in work_of(survey).items]
    assert [("访谈", "调研人员", 0, 0), ("走访", "书记", 0, 0)] == shown
    secretary, organizer = work_of(survey), work_of(survey, "organizer")
    assert [True, True] == [item.may_start for item in secretary.items]
    assert [True, False] == [item.may_start for item in organizer.items]
    assert (True, False) == (secretary.may_end, organizer.may_end)
    assert secretary.enders == organizer.enders == secretary.items[1].starters


def test_what_runs_and_what_was_done_is_counted(survey: World) -> None:
    begin(survey, "interview")
    begin(survey, "interview", by="organizer")
    work = work_of(survey)
    assert [(2, 0), (0, 0)] == [(item.running, item.done) for item in work.items]
    assert not work.may_end
    survey.complete("interview", by="organizer", data=RESULT)
    assert [(1, 1), (0, 0)] == [(item.running, item.done) for item in work_of(survey).items]


def test_both_commands_are_journaled(survey: World) -> None:
    begin(survey, "visit").complete("visit", by="secretary", data=RESULT)
    finish(survey)
    entries = survey.journal()
    told = [(e.kind, e.element_id, e.actor_id) for e in entries]
    person = survey.people["secretary"]
    assert (EntryKind.WORK_STARTED, "visit", person) in told
    assert (EntryKind.WORK_ENDED, "research", person) == told[-1]
    page = pages.case(survey.app, survey.actor("secretary"), survey.case_id)
    lines = [(item.kind_name, item.text) for item in page.journal]
    assert ("开始工作", "走访") in lines
    assert ("结束自选工作", "调研") == lines[-1]
    assert "结束自选工作" in [item.kind for item in page.history]
    assert () == page.ad_hoc


def test_those_who_may_start_are_told(survey: World) -> None:
    with survey.app.database.read() as session:
        notices = session.scalars(
            select(Notification).where(Notification.instance_id == survey.case_id)
        ).all()
    assert {survey.people["secretary"], survey.people["organizer"]} == {
        notice.person_id for notice in notices
    }
    assert all("“调研”已开始" in notice.subject for notice in notices)


def test_only_who_stands_in_the_lane_may(survey: World) -> None:
    scope = work_of(survey).scope_id
    organizer = survey.actor("organizer")
    for attempt in (
        lambda: start_work(survey.app, organizer, StartWork(survey.case_id, scope, "visit")),
        lambda: start_work(survey.app, organizer, StartWork(survey.case_id, scope, "close")),
        lambda: end_work(survey.app, organizer, EndWork(survey.case_id, scope)),
    ):
        with pytest.raises(Forbidden):
            attempt()
    stranger = survey.actor("new_branch_secretary")
    with pytest.raises(NotFound):
        start_work(survey.app, stranger, StartWork(survey.case_id, scope, "interview"))
    assert [EntryKind.CASE_STARTED] == [entry.kind for entry in survey.journal()]


def test_it_cannot_be_ended_while_something_runs(survey: World) -> None:
    begin(survey, "interview")
    before = survey.instance()
    with pytest.raises(InvalidState):
        finish(survey)
    after = survey.instance()
    assert (before.state, before.revision) == (after.state, after.revision)


def test_what_has_ended_offers_nothing(survey: World) -> None:
    scope = work_of(survey).scope_id
    finish(survey)
    secretary = survey.actor("secretary")
    with pytest.raises(TaskNotOpen):
        start_work(survey.app, secretary, StartWork(survey.case_id, scope, "visit"))
    with pytest.raises(TaskNotOpen):
        end_work(survey.app, secretary, EndWork(survey.case_id, scope))


def test_who_has_not_seen_the_latest_state_is_asked_to_look_again(survey: World) -> None:
    shown = work_of(survey)
    secretary = survey.actor("secretary")
    seen = StartWork(survey.case_id, shown.scope_id, "visit", shown.revision)
    start_work(survey.app, secretary, seen)
    with pytest.raises(Conflict):
        start_work(survey.app, secretary, seen)
    with pytest.raises(Conflict):
        end_work(survey.app, secretary, EndWork(survey.case_id, shown.scope_id, shown.revision))
    survey.waiting_at("visit")
    start_work(survey.app, secretary, replace(seen, revision=shown.revision + 1))
    assert [0, 2] == [item.running for item in work_of(survey).items]


def deploy_changed(app: Application, tmp_path: Path, **changes: str) -> None:
    folder = tmp_path / "survey"
    shutil.copytree(SURVEY, folder)
    path = folder / "process.bpmn"
    text = path.read_text(encoding="utf-8")
    head = '<bpmn:adHocSubProcess id="research" name="调研"'
    attributes = "".join(f' {name}="{value}"' for name, value in changes.items() if name != "done")
    text = text.replace(head, head + attributes)
    if "done" in changes:
        done = f"<bpmn:completionCondition>{changes['done']}</bpmn:completionCondition>"
        text = text.replace("    </bpmn:adHocSubProcess>", f"{done}    </bpmn:adHocSubProcess>")
    path.write_text(text, encoding="utf-8")
    deploy_folder(app, folder)


@pytest.mark.parametrize(("cancels", "left"), [("true", []), ("false", ["visit"])])
def test_a_condition_ends_it(
    app: Application, as_: Callable[[str], Actor], tmp_path: Path, cancels: str, left: list[str]
) -> None:
    deploy_changed(app, tmp_path, done='result = "够了"', cancelRemainingInstances=cancels)
    case_id = start_case(app, as_("secretary"), StartCase("survey", None, DATA)).case_id
    world = World(app, "survey", case_id)
    shown = work_of(world)
    assert (False, ()) == (shown.may_end, shown.enders)
    begin(world, "visit")
    begin(world, "interview").complete("interview", by="secretary", data={"result": "够了"})
    world.waiting_at(*left)
    if left:
        assert [False, False] == [item.may_start for item in work_of(world).items]
        world.complete("visit", by="secretary", data=RESULT)
    assert "completed" == world.instance().status


def test_one_after_the_other(app: Application, as_: Callable[[str], Actor], tmp_path: Path) -> None:
    deploy_changed(app, tmp_path, ordering="Sequential")
    case_id = start_case(app, as_("secretary"), StartCase("survey", None, DATA)).case_id
    world = begin(World(app, "survey", case_id), "visit")
    assert [(0, False), (1, False)] == [(i.running, i.may_start) for i in work_of(world).items]
    with pytest.raises(InvalidState):
        begin(world, "interview")
    world.complete("visit", by="secretary", data=RESULT)
    assert [True, True] == [item.may_start for item in work_of(world).items]


def test_nothing_is_started_in_a_suspended_case(
    app: Application, as_: Callable[[str], Actor], tmp_path: Path
) -> None:
    folder = tmp_path / "survey"
    shutil.copytree(SURVEY, folder)
    rules = folder / "procedure.toml"
    rules.write_text(rules.read_text("utf-8") + '\n[operations]\nsuspend = ["worker"]\n', "utf-8")
    deploy_folder(app, folder)
    case_id = start_case(app, as_("secretary"), StartCase("survey", None, DATA)).case_id
    world = World(app, "survey", case_id)
    command = Intervene(case_id, "另行研究。")
    change_status(app, as_("organizer"), Intervention.SUSPEND, command)
    shown = work_of(world)
    assert [False, False, False] == [shown.may_end, *(item.may_start for item in shown.items)]
    with pytest.raises(InstanceSuspended):
        begin(world, "visit")
