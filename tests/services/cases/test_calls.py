"""Tasks inside a called process are tasks like all others, with variables of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.cases.complete import CompleteTask, complete_task
from services.cases.pages import case, task
from services.cases.return_ import ReturnTask, return_task
from services.cases.start import StartCase, start_case
from services.clock import FixedClock
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.scenario import Player, load_scenario

RELAY = Path(__file__).resolve().parents[2] / "fixtures" / "procedures" / "relay"


@pytest.fixture
def asked(app: Application, as_: Callable[[str], Actor]) -> int:
    """A case that waits inside the called process."""
    deploy_folder(app, RELAY)
    data = {"acted_on": "2026-06-01", "matter": "修订制度"}
    return start_case(app, as_("secretary"), StartCase("relay", None, data)).case_id


def test_the_story_of_the_folder(app: Application, clock: FixedClock) -> None:
    deploy_folder(app, RELAY)
    Player(app, clock, "relay").play(load_scenario(RELAY / "scenarios" / "RE-1.yaml"))


def test_a_task_inside_shows_its_own_variables(
    app: Application, as_: Callable[[str], Actor], asked: int
) -> None:
    secretary = as_("secretary")
    [step] = case(app, secretary, asked).open_steps
    assert (step.element_id, step.lane_name) == ("give_opinion", "书记")
    assert step.due.due_on == date(2026, 6, 11)
    page = task(app, secretary, step.task_id)
    assert page.values["subject_matter"] == "修订制度"
    assert page.values["opinion"] is None
    assert page.diagram.active == ("ask",)
    assert "give_opinion" not in (*page.diagram.completed, *page.diagram.notes)


def test_the_journal_tells_what_was_done_inside(
    app: Application, as_: Callable[[str], Actor], asked: int
) -> None:
    secretary = as_("secretary")
    [step] = case(app, secretary, asked).open_steps
    data = {"acted_on": "2026-06-01", "subject_matter": "修订制度", "opinion": "同意。"}
    complete_task(app, secretary, CompleteTask(step.task_id, data=data))
    page = case(app, secretary, asked)
    assert [item.step_name for item in page.history][-1] == "提出意见"
    [step] = page.open_steps
    assert step.element_id == "check_opinion"
    assert task(app, secretary, step.task_id).values["opinion"] == "同意。"


def test_a_task_inside_goes_back_inside(
    app: Application, as_: Callable[[str], Actor], asked: int
) -> None:
    secretary = as_("secretary")
    [step] = case(app, secretary, asked).open_steps
    targets = task(app, secretary, step.task_id).return_targets
    assert [target.element_id for target in targets] == ["report"]
    data = {"acted_on": "2026-06-01", "subject_matter": "修订制度", "opinion": "同意。"}
    complete_task(app, secretary, CompleteTask(step.task_id, data=data))
    [step] = case(app, secretary, asked).open_steps
    targets = task(app, secretary, step.task_id).return_targets
    assert [target.element_id for target in targets] == ["give_opinion", "report"]
    return_task(app, secretary, ReturnTask(step.task_id, "give_opinion", "请补充理由。"))
    [step] = case(app, secretary, asked).open_steps
    assert step.element_id == "give_opinion"
    page = task(app, secretary, step.task_id)
    assert (page.values["opinion"], page.values["subject_matter"]) == ("同意。", "修订制度")
