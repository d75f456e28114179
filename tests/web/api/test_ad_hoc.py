"""Programs choose the work of ad-hoc sub-processes, and end them, as people do on the case page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.cases.start import StartCase, start_case
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.web.api.conftest import CallerAs

SURVEY = Path(__file__).resolve().parents[2] / "fixtures" / "procedures" / "survey"


@pytest.fixture
def address(app: Application, as_: Callable[[str], Actor]) -> str:
    """The address of a case whose ad-hoc sub-process has just begun."""
    deploy_folder(app, SURVEY)
    data = {"acted_on": "2026-06-01"}
    case_id = start_case(app, as_("secretary"), StartCase("survey", None, data)).case_id
    return f"/instances/{case_id}"


def test_work_is_started(caller_as: CallerAs, address: str) -> None:
    organizer = caller_as("organizer")
    [part] = organizer.get(address).json["ad_hoc"]
    [item] = [item for item in part["items"] if item["may_start"]]
    work = f"{address}/ad-hoc/{part['scope_id']}"
    answer = organizer.post(f"{work}/start/{item['element_id']}")
    assert (200, [item["element_id"]]) == (
        answer.status_code,
        [step["element_id"] for step in organizer.get(address).json["open_steps"]],
    )
    refused = organizer.post(f"{work}/end")
    assert 403 == refused.status_code, refused.text


def test_the_revision_seen_is_heeded(caller_as: CallerAs, address: str) -> None:
    organizer = caller_as("organizer")
    seen = organizer.get(address)
    [part] = seen.json["ad_hoc"]
    [item] = [item for item in part["items"] if item["may_start"]]
    start = f"{address}/ad-hoc/{part['scope_id']}/start/{item['element_id']}"
    assert 412 == organizer.post(start, If_Match='"99"').status_code
    assert 200 == organizer.post(start, If_Match=seen.headers["ETag"]).status_code


def test_a_part_that_is_not_there_is_a_problem(caller_as: CallerAs, address: str) -> None:
    answer = caller_as("organizer").post(f"{address}/ad-hoc/x/end")
    assert (409, "task-not-open") == (answer.status_code, answer.json["code"])
