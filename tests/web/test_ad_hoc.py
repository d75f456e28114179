"""The part of the case page on which people choose work, and the page that ends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.cases.start import StartCase, start_case
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.web.conftest import ClientAs
from tests.web.page import Page

SURVEY = Path(__file__).resolve().parents[1] / "fixtures" / "procedures" / "survey"
FORMS = "//form[contains(@action, '/work/')]"


@pytest.fixture
def address(app: Application, as_: Callable[[str], Actor]) -> str:
    """The address of a case whose ad-hoc sub-process has just begun."""
    deploy_folder(app, SURVEY)
    data = {"acted_on": "2026-06-01"}
    case_id = start_case(app, as_("secretary"), StartCase("survey", None, data)).case_id
    return f"/cases/{case_id}"


def buttons(page: Page) -> list[str]:
    return [str(button.get("aria-label")) for button in page.all(f"{FORMS}//button")]


def begin(client_as: ClientAs, alias: str, address: str, number: int) -> Page:
    """Press one of the buttons; returns the page that follows."""
    client = client_as(alias)
    form = Page(client.get(address)).all(FORMS)[number]
    answer = client.post(str(form.get("action")), data=dict(form.form_values()))
    assert answer.status_code == 303, answer.text
    return Page(client.get(answer.location))


def test_work_is_chosen_on_the_case_page(client_as: ClientAs, address: str) -> None:
    page = Page(client_as("secretary").get(address))
    assert "可选工作：调研" in page.text
    assert ["开始访谈", "开始走访"] == buttons(page)
    assert ["开始访谈"] == buttons(Page(client_as("organizer").get(address)))
    assert [] == buttons(Page(client_as("committee_secretary").get(address)))
    page = begin(client_as, "organizer", address, 0)
    assert "工作已开始" in page.text
    assert page.link("办理").startswith("/tasks/")


def test_it_is_ended_after_a_look(client_as: ClientAs, address: str) -> None:
    client = client_as("secretary")
    end = Page(client.get(address)).link("结束")
    confirm = Page(client.get(end))
    assert "结束后不能再开始" in confirm.text
    assert client_as("organizer").get(end).status_code == 409
    data = dict(confirm.one("//main//form").form_values())
    page = Page(client.get(client.post(end, data=data).location))
    assert "自选工作已结束" in page.text
    assert "可选工作" not in page.text


def test_who_has_not_seen_the_latest_state_is_told(client_as: ClientAs, address: str) -> None:
    client = client_as("secretary")
    form = Page(client.get(address)).all(FORMS)[1]
    data = dict(form.form_values())
    assert client.post(str(form.get("action")), data=data).status_code == 303
    answer = client.post(str(form.get("action")), data=data)
    assert answer.status_code == 409
    assert "请核对最新情况后重新选择" in Page(answer).text


def test_who_may_not_is_refused(client_as: ClientAs, address: str) -> None:
    form = Page(client_as("secretary").get(address)).all(FORMS)[1]
    action, data = str(form.get("action")), {"revision": "1"}
    assert client_as("organizer").post(action, data=data).status_code == 403
    assert client_as("new_branch_secretary").post(action, data=data).status_code == 404
    assert client_as("secretary").post(f"{address}/work/x/end", data=data).status_code == 409
