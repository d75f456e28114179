"""The pages of incidents: the red band, the forms, the list, and who may use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from services.bootstrap import Application
from services.identity.actor import Actor
from tests.services.cases.test_incidents import RECOMMEND, deploy_failing
from tests.web.conftest import ClientAs
from tests.web.page import Page
from tests.web.test_pages import faults
from tests.world import World

WHO = "committee_organizer"
AsPerson = Callable[[str], Actor]


@pytest.fixture
def resting(app: Application) -> World:
    """A case that waits for the recommendation, the choice behind which will fail."""
    world = World(app)
    deploy_failing(world)
    return world.until("recommend_activist")


def recommend(world: World, client: FlaskClient) -> Page:
    """Complete the recommendation as its page does."""
    task_id = world.open()["recommend_activist"].id
    filled = world.filled({}, None, RECOMMEND)
    answer = client.post(f"/tasks/{task_id}", data={**filled, "dw-outcome": "agreed"})
    assert answer.status_code == 303, answer.text
    return Page(client.get(answer.location))


@pytest.fixture
def address(resting: World, client_as: ClientAs) -> str:
    """The address of the incident."""
    recommend(resting, client_as("secretary"))
    page = Page(client_as(WHO).get(f"/cases/{resting.case_id}"))
    return page.link("处理异常")


def test_the_one_who_acted_is_told_that_all_is_saved(resting: World, client_as: ClientAs) -> None:
    page = recommend(resting, client_as("secretary"))
    words = "提交已保存；后续环节“是否确定”出现异常，已通知管理人员处理。"
    assert words in page.text
    assert "已办理的内容均已保存，无需重新填写。现由" in page.text
    assert page.all("//a[contains(., '处理异常')]") == []
    assert faults(page) == []


@pytest.mark.usefixtures("address")
def test_the_case_page_shows_the_incident(resting: World, client_as: ClientAs) -> None:
    client = client_as(WHO)
    page = Page(client.get(f"/cases/{resting.case_id}?tab=diagram"))
    assert "异常待处理" in page.one("//*[contains(@class, 'status-incident')]").text_content()
    assert page.one("//*[@data-diagram]").get("data-failed") == "split_recommend"
    assert "异常环节：是否确定。" in page.text
    band = page.one("//*[contains(@class, 'incident-band')]").text_content()
    assert "needed_votes &gt; 9" in band or "needed_votes > 9" in band
    assert faults(page) == []


def test_the_list_is_for_those_who_may(address: str, client_as: ClientAs) -> None:
    del address
    page = Page(client_as(WHO).get("/incidents"))
    assert "异常环节：是否确定" in page.text
    assert faults(page) == []
    assert "异常办件" in page.one("//nav[@aria-label='主菜单']").text_content()
    other = Page(client_as("applicant").get("/incidents"))
    assert "没有需要您处理的异常" in other.text
    assert "异常办件" not in other.one("//nav[@aria-label='主菜单']").text_content()


def test_others_may_not_open_the_page(address: str, client_as: ClientAs) -> None:
    assert client_as("secretary").get(address).status_code == 403
    assert client_as("secretary").post(f"{address}/retry").status_code == 403
    assert client_as("new_branch_organizer").get(address).status_code == 404


def test_retrying_with_a_correction(resting: World, address: str, client_as: ClientAs) -> None:
    client = client_as(WHO)
    page = Page(client.get(address))
    assert faults(page) == []
    typed = {"dw-var-needed_votes": "three", "dw-reason": "补录应到人数。"}
    refused = Page(client.post(f"{address}/retry", data=typed))
    assert refused.status == 422
    assert "应填写FEEL 表达式" in refused.text
    assert refused.value("dw-var-needed_votes") == "three"
    answer = client.post(f"{address}/retry", data={**typed, "dw-var-needed_votes": "3"})
    assert answer.status_code == 303
    assert "已重试" in Page(client.get(answer.location)).text
    resting.waiting_at("file_activist")
    assert client.get(address).status_code == 409


def test_a_retry_that_changes_nothing_says_so(address: str, client_as: ClientAs) -> None:
    client = client_as(WHO)
    answer = client.post(f"{address}/retry")
    assert "已重试，但仍有环节异常" in Page(client.get(answer.location)).text


def test_skipping(resting: World, address: str, client_as: ClientAs) -> None:
    client = client_as(WHO)
    no_reason = Page(client.post(f"{address}/skip", data={"dw-flow": "x"}))
    assert (no_reason.status, "请填写跳过原因。" in no_reason.text) == (422, True)
    no_flow = Page(client.post(f"{address}/skip", data={"dw-reason": "按票数应通过。"}))
    assert (no_flow.status, "请指明跳过后的流向。" in no_flow.text) == (422, True)
    flow = "flow_split_recommend__register_activist"
    data = {"dw-reason": "按票数应通过。", "dw-flow": flow}
    assert client.post(f"{address}/skip", data=data).status_code == 303
    resting.waiting_at("file_activist")


def test_returning(resting: World, address: str, client_as: ClientAs) -> None:
    client = client_as(WHO)
    data = {"dw-target": "recommend_activist", "dw-reason": "请重新推荐。"}
    answer = client.post(f"{address}/return", data=data)
    assert answer.status_code == 303
    resting.waiting_at("recommend_activist")
    page = Page(client.get(f"/cases/{resting.case_id}"))
    assert "请重新推荐。" in page.text


def test_a_page_seen_before_a_change_does_nothing(
    resting: World, address: str, client_as: ClientAs
) -> None:
    data = {"dw-revision": str(resting.instance().revision - 1)}
    assert client_as(WHO).post(f"{address}/retry", data=data).status_code == 409
