from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from services.clock import FixedClock
from services.identity.actor import Actor
from tests.web.conftest import ClientAs
from tests.web.page import Page
from tests.web.test_task_page import open_task

PersonId = Callable[[str], str]


@pytest.fixture
def number(as_: Callable[[str], Actor]) -> PersonId:
    """The value of the box of a person."""
    return lambda alias: str(as_(alias).person_id)


@pytest.fixture
def task(client_as: ClientAs, case_id: int) -> str:
    """The address of the talk, waiting for the secretary."""
    del case_id
    return open_task(client_as("secretary"))


@pytest.fixture
def talk(number: PersonId) -> dict[str, str]:
    """A complete form of the talk."""
    return {
        "acted_on": "2026-06-01",
        "talker": number("secretary"),
        "talk_record": "入党动机端正。",
        "dw-opinion": "情况属实。",
    }


def links(page: Page) -> list[str]:
    """The last parts of the addresses of all operations a page offers."""
    names = ("transfer", "delegate", "sign", "urge", "recall", "circulate")
    found = page.all("//main//a/@href | //main//form/@action")
    return sorted({n for a in found for n in names if a.split("?")[0].endswith(f"/{n}")})


def follow(client: FlaskClient, address: str, data: dict[str, object]) -> Page:
    """Post, expect to be led on, and read the next page."""
    answer = client.post(address, data=data)
    assert answer.status_code == 303, answer.text
    return Page(client.get(answer.location))


def sign(client: FlaskClient, task: str, way: str, *people: str) -> Page:
    return follow(client, f"{task}/sign", {"dw-people": list(people), "dw-way": way})


def answer_address(client: FlaskClient, task: str) -> str:
    found = Page(client.get(task)).all("//form[contains(@action, '/answer/')]/@action")
    assert len(found) == 1
    return str(found[0])


def test_only_what_is_allowed_is_offered(client_as: ClientAs, task: str) -> None:
    offered = {a: links(Page(client_as(a).get(task))) for a in ("secretary", "applicant")}
    assert offered == {
        "secretary": ["circulate", "delegate", "sign", "transfer"],
        "applicant": ["urge"],
    }
    assert links(Page(client_as("organizer").get(task))) == []


@pytest.mark.parametrize("verb", ["transfer", "delegate", "sign", "urge"])
def test_what_is_not_offered_is_refused(
    client_as: ClientAs, task: str, verb: str, number: PersonId
) -> None:
    data = {"dw-people": number("secretary"), "dw-words": "请办。", "dw-way": "sign_before"}
    colleague, stranger = client_as("organizer"), client_as("new_branch_secretary")
    assert colleague.get(f"{task}/{verb}").status_code in {403, 409}
    assert colleague.post(f"{task}/{verb}", data=data).status_code == 403
    assert colleague.post(f"{task}/{verb}", data=data | {"dw-ask": "1"}).status_code == 403
    assert stranger.get(f"{task}/{verb}").status_code == 404
    assert stranger.post(f"{task}/{verb}", data=data).status_code == 404


def test_transferring_with_a_search(client_as: ClientAs, task: str, number: PersonId) -> None:
    client = client_as("secretary")
    page = Page(client.get(f"{task}/transfer"))
    assert len(page.all("//input[@name='dw-people']")) == 3
    searched = {"dw-ask": "1", "dw-search": "hjp", "dw-words": "本人出差。"}
    page = Page(client.post(f"{task}/transfer", data=searched))
    assert page.status == 200
    assert page.all("//input[@name='dw-people']/@value") == [number("discipline_commissioner")]
    assert page.value("dw-words") == "本人出差。", "the search loses nothing"
    data = {"dw-people": number("discipline_commissioner"), "dw-words": "本人出差。"}
    done = follow(client, f"{task}/transfer", data)
    assert "转办成功" in done.text
    assert "转由何建平办理" in done.text
    assert "派人谈话" not in client.get("/inbox").text
    receiver = Page(client_as("discipline_commissioner").get(task))
    assert "陈启明 → 何建平" in receiver.text
    assert receiver.all("//form[@id='task-form']")


def test_a_faulty_transfer_keeps_what_was_chosen(
    client_as: ClientAs, task: str, number: PersonId
) -> None:
    client = client_as("secretary")
    page = Page(client.post(f"{task}/transfer", data={"dw-people": number("organizer")}))
    assert page.status == 422
    assert "请填写转办原因" in page.one("//*[@id='dw-words-error']").text_content()
    assert page.all("//input[@name='dw-people'][@checked]/@value") == [number("organizer")]
    page = Page(client.post(f"{task}/transfer", data={"dw-words": "本人出差。"}))
    assert "请选择人员" in page.one("//*[@id='dw-people-error']").text_content()
    for nonsense in ("x", "-1", "²", "999999", number("applicant")):
        data = {"dw-people": nonsense, "dw-words": "本人出差。"}
        assert client.post(f"{task}/transfer", data=data).status_code == 422


def test_delegating_and_answering(client_as: ClientAs, task: str, number: PersonId) -> None:
    client, delegate = client_as("secretary"), client_as("organizer")
    follow(client, f"{task}/delegate", {"dw-people": number("organizer"), "dw-words": "请先谈。"})
    page = Page(client.get("/inbox"))
    assert "委派中" in page.text
    assert page.all("//a[starts-with(@aria-label, '查看')]")
    page = Page(client.get(task))
    assert not page.all("//form[@id='task-form']")
    assert "已委派刘思齐办理" in page.text
    assert "说明：请先谈。" in Page(delegate.get(task)).text
    address = answer_address(delegate, task)
    refused = Page(delegate.post(address, data={"dw-words": " "}))
    assert refused.status == 422
    assert "请填写办理情况" in refused.text
    assert client.post(address, data={"dw-words": "我来。"}).status_code == 403
    assert "答复成功" in follow(delegate, address, {"dw-words": "谈话已安排。"}).text
    assert Page(client.get(task)).value("dw-opinion") == "谈话已安排。"


def test_withdrawing_a_delegation(client_as: ClientAs, task: str, number: PersonId) -> None:
    client = client_as("secretary")
    follow(client, f"{task}/delegate", {"dw-people": number("organizer")})
    address = Page(client.get(task)).link("撤销委派")
    assert client_as("deputy_secretary").get(address).status_code == 409
    assert Page(client.post(address, data={"dw-words": ""})).status == 422
    assert "撤销委派成功" in follow(client, address, {"dw-words": "本人办理。"}).text
    assert Page(client.get(task)).all("//form[@id='task-form']")
    assert client.get(address).status_code == 409
    assert client.get(f"{task}/withdraw/999").status_code == 404


def test_a_signer_disagrees_and_the_assignee_decides(
    client_as: ClientAs, task: str, number: PersonId, talk: dict[str, str]
) -> None:
    client, signer = client_as("secretary"), client_as("organizer")
    refused = Page(client.post(f"{task}/sign", data={"dw-people": number("organizer")}))
    assert "请选择加签方式" in refused.text
    sign(client, task, "sign_before", number("organizer"), number("discipline_commissioner"))
    assert "加签中" in client.get("/inbox").text
    assert "前加签" in signer.get("/inbox").text
    address = answer_address(signer, task)
    assert "请选择同意或者不同意" in signer.post(address, data={"dw-words": "不。"}).text
    page = Page(signer.post(address, data={"dw-verdict": "disagreed"}))
    assert page.status == 422
    assert page.one("//input[@name='dw-verdict'][@checked]").get("value") == "disagreed"
    follow(signer, address, {"dw-verdict": "disagreed", "dw-words": "时机不成熟。"})
    removal = Page(client.get(task)).link("减签")
    assert "减签成功" in follow(client, removal, {"dw-words": "出国。"}).text
    page = Page(client.get(task))
    assert "时机不成熟。" in page.text
    assert client.post(task, data=talk).status_code == 303


def test_an_act_waits_for_its_signer_and_is_recalled(
    client_as: ClientAs, task: str, number: PersonId, talk: dict[str, str], case_id: int
) -> None:
    client, signer = client_as("secretary"), client_as("organizer")
    sign(client, task, "sign_after", number("organizer"))
    page = follow(client, task, dict(talk))
    assert "待加签确认" in page.text
    assert "办理我的下一件" not in page.text
    shown = Page(signer.get(task)).text
    assert "入党动机端正。" in shown, "a signer sees what was submitted"
    assert "入党动机端正。" not in Page(client_as("applicant").get(task)).text
    assert links(Page(client.get(task))) == ["circulate", "recall"]
    assert "取回成功" in follow(client, f"{task}/recall", {}).text
    assert Page(client.get(task)).value("talk_record") == "入党动机端正。"
    assert not Page(signer.get(task)).all("//form[contains(@action, '/answer/')]")
    client.post(task, data=talk)
    follow(signer, answer_address(signer, task), {"dw-verdict": "agreed"})
    assert "推荐和确定入党积极分子" in client.get(f"/cases/{case_id}").text


def test_urging(client_as: ClientAs, task: str, clock: FixedClock, case_id: int) -> None:
    above = client_as("committee_secretary")
    address = Page(above.get(f"/cases/{case_id}")).link("催办")
    assert "陈启明（书记）" in Page(above.get(address)).text
    assert "催办成功" in follow(above, address, {"dw-words": "请抓紧。"}).text
    assert "催办：派人谈话" in client_as("secretary").get("/notices").text
    assert above.get(address).status_code == 409
    again = Page(client_as("applicant").post(f"{task}/urge"))
    assert again.status == 409
    assert "24小时内不再重复催办" in again.text
    clock.advance(timedelta(hours=24))
    assert Page(client_as("applicant").get(f"{task}/urge")).status == 200


def test_circulating(client_as: ClientAs, task: str, number: PersonId, case_id: int) -> None:
    client, reader = client_as("secretary"), client_as("contact_1")
    address = Page(client.get(task)).link("抄送传阅")
    plain = f"/cases/{case_id}/circulate"
    found = Page(
        client.post(
            plain, data={"dw-ask": "1", "dw-search": "黄", "dw-people": number("organizer")}
        )
    )
    assert set(found.all("//input[@name='dw-people']/@value")) == {
        number("organizer"),
        number("contact_1"),
    }
    assert found.all("//input[@name='dw-people'][@checked]/@value") == [number("organizer")]
    assert reader.get(f"/cases/{case_id}").status_code == 404
    data = {"dw-people": number("contact_1"), "dw-kind": "opinion", "dw-words": "请提意见。"}
    sent = follow(client, address, data)
    assert "传阅成功" in sent.text
    assert "0/1已阅" in sent.text
    assert "请提意见。" in reader.get("/circulation").text
    item = Page(reader.get("/circulation")).link("阅看")
    assert client_as("organizer").get(item).status_code == 404
    assert Page(reader.post(item, data={"dw-opinion": ""})).status == 422
    assert reader.get(f"/cases/{case_id}").status_code == 200
    assert "催阅成功，已提醒1人" in follow(client, f"{plain}/urge", {}).text
    assert client.post(f"{plain}/urge").status_code == 409
    follow(reader, item, {"dw-opinion": "建议先谈。"})
    assert "没有待阅的办件" in reader.get("/circulation").text
    assert "由陈启明送来" in reader.get("/circulation/read").text
    assert "建议先谈。" in client.get(f"/cases/{case_id}").text
    assert client_as("applicant").get(plain).status_code == 403
    assert client_as("applicant").post(plain, data=data).status_code == 403


def test_the_tab_counts_what_is_to_be_read(
    client_as: ClientAs, task: str, number: PersonId, case_id: int
) -> None:
    del task
    client, reader = client_as("secretary"), client_as("organizer")
    path = "//nav[@aria-label='工作台']//span[@class='count']"
    assert Page(reader.get("/inbox")).all(path) == []
    follow(client, f"/cases/{case_id}/circulate", {"dw-people": number("organizer")})
    assert Page(reader.get("/inbox")).one(path).text_content() == "1"
