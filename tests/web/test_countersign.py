from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.identity.actor import Actor
from tests.services.countersigning import begin, deploy_countersign
from tests.web.conftest import ClientAs
from tests.web.page import Page
from tests.world import World


@pytest.fixture
def task(app: Application, as_: Callable[[str], Actor], tmp_path: Path) -> str:
    """The address of the deputy's part of a countersign the secretary has opened."""
    deploy_countersign(app, tmp_path)
    people = [str(as_(alias).person_id) for alias in ("secretary", "deputy_secretary")]
    return f"/tasks/{begin(World(app), people)[1]}"


def test_who_opened_it_adds_and_removes(
    client_as: ClientAs, as_: Callable[[str], Actor], task: str
) -> None:
    client = client_as("secretary")
    case = Page(client.get(task)).link("查看整个办件")
    addresses = Page(client.get(case)).all("//a[contains(., '调整会签')]/@href")
    assert f"{task}/countersign" in addresses
    assert len(addresses) == 2
    page = Page(client.get(f"{task}/countersign"))
    assert "不再请周文静" in page.text
    organizer = str(as_("organizer").person_id)
    found = Page(client.post(f"{task}/countersign/add", data={"dw-ask": "1", "dw-search": "lsq"}))
    assert found.all("//input[@name='dw-people']/@value") == [organizer]
    refused = Page(client.post(f"{task}/countersign/add", data={"dw-people": organizer}))
    assert refused.status == 422
    assert "请填写加签原因" in refused.one("//*[@id='dw-words-error']").text_content()
    refused = Page(client.post(f"{task}/countersign/remove", data={"dw-words": " "}))
    assert "请填写减签原因" in refused.one("//*[@id='dw-removal-error']").text_content()
    data = {"dw-people": organizer, "dw-words": "须征求。"}
    done = client.post(f"{task}/countersign/add", data=data)
    assert done.status_code == 303
    assert "会签加签成功" in client.get(done.location).text
    assert client_as("organizer").get("/inbox").text.count("办理：") == 1
    assert client.post(f"{task}/countersign/remove", data=data).status_code == 303
    assert len(Page(client.get(case)).all("//a[contains(., '调整会签')]")) == 2


def test_nobody_else_does(client_as: ClientAs, task: str) -> None:
    other = client_as("deputy_secretary")
    assert "调整会签" not in other.get(task).text
    for path, method in (("", "GET"), ("/add", "POST"), ("/remove", "POST")):
        assert other.open(f"{task}/countersign{path}", method=method).status_code == 403
