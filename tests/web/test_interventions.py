"""Pages of interventions, of taking a task back, and of returning straight."""

from __future__ import annotations

import pytest

from services.cases.intervention import NAMES, Intervention
from tests.web.conftest import ClientAs
from tests.web.page import Page

ADMINISTRATOR = "committee_secretary"
ENDS = {Intervention.TERMINATE: "已终止", Intervention.VOID: "已作废"}


def page(client_as: ClientAs, alias: str, address: str) -> Page:
    return Page(client_as(alias).get(address))


def operations(client_as: ClientAs, case_id: int, alias: str) -> list[str]:
    links = page(client_as, alias, f"/cases/{case_id}").all("//a[contains(@href, '/operations/')]")
    return [link.text_content().strip() for link in links]


def task_address(client_as: ClientAs, case_id: int, alias: str) -> str:
    return page(client_as, alias, f"/cases/{case_id}").link("办理")


def talk(client_as: ClientAs, case_id: int) -> str:
    """Record the talk; returns the address of the task."""
    address = task_address(client_as, case_id, "secretary")
    shown = page(client_as, "secretary", address)
    person = shown.all("//*[@name='talker']//option[@value!=''] | //input[@name='talker']")[0]
    data = {
        "acted_on": "2026-06-01",
        "talker": person.get("value"),
        "talk_record": "入党动机端正。",
        "dw-revision": shown.value("dw-revision"),
    }
    answer = client_as("secretary").post(address, data=data)
    assert answer.status_code == 303, answer.text
    return address


def test_the_menu_has_only_what_is_allowed(client_as: ClientAs, case_id: int) -> None:
    assert operations(client_as, case_id, ADMINISTRATOR) == ["自由跳转", "挂起", "终止", "作废"]
    for alias in ("applicant", "secretary", "organizer"):
        assert operations(client_as, case_id, alias) == []


@pytest.mark.parametrize("kind", list(Intervention))
def test_who_may_not_gets_no_page(client_as: ClientAs, case_id: int, kind: Intervention) -> None:
    address = f"/cases/{case_id}/operations/{kind}"
    for alias, status in (("secretary", 403), ("new_branch_secretary", 404)):
        assert client_as(alias).get(address).status_code == status
        assert client_as(alias).post(address, data={"reason": "x"}).status_code == status
    assert client_as(ADMINISTRATOR).get(f"/cases/{case_id}/operations/x").status_code == 404


@pytest.mark.parametrize("kind", list(ENDS))
def test_ending_a_case(client_as: ClientAs, case_id: int, kind: Intervention) -> None:
    client, address = client_as(ADMINISTRATOR), f"/cases/{case_id}/operations/{kind}"
    shown = Page(client.get(address))
    assert "派人谈话" in shown.text
    revision = shown.value("dw-revision")
    refused = Page(client.post(address, data={"reason": " ", "dw-revision": revision}))
    assert refused.status == 422
    assert f"请填写{NAMES[kind]}的原因" in refused.text
    done = client.post(address, data={"reason": "误发起。", "dw-revision": revision})
    assert done.location.endswith(f"/cases/{case_id}")
    ended = Page(client.get(done.location))
    assert ENDS[kind] in ended.one("//span[contains(@class, 'stamp')]").text_content()
    assert "误发起。" in ended.text
    assert f"办件{ENDS[kind]}。" in ended.one("//section[@aria-label='办理结果']").text_content()
    assert operations(client_as, case_id, ADMINISTRATOR) == []


def test_suspended_and_resumed(client_as: ClientAs, case_id: int) -> None:
    client = client_as(ADMINISTRATOR)
    task = task_address(client_as, case_id, "secretary")
    done = client.post(f"/cases/{case_id}/operations/suspend", data={"reason": "核查。"})
    news = Page(client.get(done.location)).one("//section[@aria-label='办理结果']")
    assert "接下来" not in news.text_content()
    assert "时限照常计算" in page(client_as, "secretary", f"/cases/{case_id}").text
    shown = page(client_as, "secretary", task)
    assert "办件已挂起" in shown.text
    assert shown.all("//form[@id='task-form']") == []
    assert "已挂起" in page(client_as, "secretary", "/inbox").text
    assert client_as("secretary").post(f"{task}/claim").status_code == 409
    assert operations(client_as, case_id, ADMINISTRATOR) == ["恢复办理", "终止", "作废"]
    client.post(f"/cases/{case_id}/operations/resume", data={"reason": "查清。"})
    assert page(client_as, "secretary", task).all("//form[@id='task-form']")


def test_jumping_offers_targets_by_source_and_keeps_the_choice(
    client_as: ClientAs, case_id: int
) -> None:
    talk(client_as, case_id)
    client, address = client_as(ADMINISTRATOR), f"/cases/{case_id}/operations/jump"
    shown = Page(client.get(address))
    groups = [group.get("label") for group in shown.all("//optgroup")]
    assert groups == ["由“推荐和确定入党积极分子”跳转至"]
    names = {option.text: option.get("value") for option in shown.all("//optgroup/option")}
    assert names.keys() == {"递交入党申请书", "派人谈话"}
    refused = Page(client.post(address, data={"dw-jump": names["派人谈话"], "reason": ""}))
    assert refused.one("//option[@selected]").text == "派人谈话"
    nothing = Page(client.post(address, data={"dw-jump": "", "reason": "补录。"}))
    assert (nothing.status, "可跳转环节" in nothing.text) == (422, True)
    answer = client.post(address, data={"dw-jump": names["派人谈话"], "reason": "补录。"})
    assert answer.status_code == 303
    assert "跳转至“派人谈话”" in Page(client.get(answer.location)).text


def test_taking_a_task_back(client_as: ClientAs, case_id: int) -> None:
    address = talk(client_as, case_id)
    client = client_as("secretary")
    confirm = Page(client.get(address)).link("取回重办")
    assert "保留为草稿" in Page(client.get(confirm)).text
    answer = client.post(confirm, data={"reason": "日期填错。"})
    assert answer.status_code == 303, answer.text
    again = task_address(client_as, case_id, "secretary")
    assert again != address
    assert Page(client.get(again)).value("talk_record") == "入党动机端正。"
    assert client.get(confirm).status_code == 409
    assert client.post(confirm, data={}).status_code == 409
    assert client_as("organizer").post(confirm, data={}).status_code == 403
    assert client_as("new_branch_secretary").post(confirm, data={}).status_code == 404


def test_a_task_somebody_went_on_from_says_why_not(client_as: ClientAs, case_id: int) -> None:
    address = talk(client_as, case_id)
    client_as("organizer").post(task_address(client_as, case_id, "organizer") + "/claim")
    shown = page(client_as, "secretary", address)
    assert "已有人签收或者开始填写，不能取回" in shown.text
    assert shown.all("//a[contains(., '取回重办')]") == []
    assert client_as("secretary").get(f"{address}/withdraw").status_code == 409


def test_returning_asks_how_it_comes_back(client_as: ClientAs, case_id: int) -> None:
    talk(client_as, case_id)
    address = task_address(client_as, case_id, "secretary")
    shown = page(client_as, "secretary", address)
    assert [i.get("value") for i in shown.all("//input[@name='dw-way']")] == ["path", "direct"]
    client = client_as("secretary")
    data = {"dw-target": "talk", "dw-way": "sideways", "dw-return-opinion": "请补充。"}
    assert client.post(f"{address}/return", data=data).status_code == 422
    missing = Page(
        client.post(f"{address}/return", data=data | {"dw-way": "direct", "dw-return-opinion": ""})
    )
    assert missing.one("//input[@name='dw-way'][@checked]").get("value") == "direct"
    answer = client.post(f"{address}/return", data=data | {"dw-way": "direct"})
    assert answer.status_code == 303
    assert "办结后直接送回" in Page(client.get(answer.location)).text
