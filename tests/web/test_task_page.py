from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from services.clock import FixedClock
from services.identity.actor import Actor
from tests.web.conftest import ClientAs
from tests.web.page import Page


def open_task(client: FlaskClient) -> str:
    """The address of the first task in the inbox."""
    return Page(client.get("/inbox?light=")).link("办理")


@pytest.fixture
def talk(as_: Callable[[str], Actor]) -> dict[str, str]:
    """A complete form of the talk."""
    return {
        "acted_on": "2026-06-01",
        "talker": str(as_("secretary").person_id),
        "talk_record": "入党动机端正。",
        "dw-opinion": "情况属实。",
    }


@pytest.fixture
def task(client_as: ClientAs, case_id: int) -> str:
    """The address of the talk, waiting for the secretary."""
    del case_id
    return open_task(client_as("secretary"))


def test_the_inbox_names_the_case_the_step_and_the_date(client_as: ClientAs, case_id: int) -> None:
    del case_id
    page = Page(client_as("secretary").get("/inbox"))
    assert "派人谈话" in page.text
    assert "2026-07-01" in page.text
    assert "工作日" in page.text
    assert "第七条" in page.text


def test_completing_a_task_says_what_comes_next(
    client_as: ClientAs, task: str, talk: dict[str, str], case_id: int
) -> None:
    client = client_as("secretary")
    answer = client.post(task, data=talk)
    assert (303, f"/cases/{case_id}") == (answer.status_code, answer.location)
    page = Page(client.get(answer.location))
    assert "“派人谈话”已提交" in page.text
    assert "接下来" in page.text
    assert "推荐和确定入党积极分子" in page.text
    assert "情况属实。" in page.text
    assert "入党动机端正。" in page.text
    assert page.link("办理我的下一件").startswith("/tasks/")
    assert "“派人谈话”已提交" not in client.get(answer.location).text


def test_a_faulty_form_keeps_everything_and_names_the_field(
    client_as: ClientAs, task: str, talk: dict[str, str]
) -> None:
    page = Page(client_as("secretary").post(task, data=talk | {"talker": ""}))
    assert page.status == 422
    assert page.one("//*[@id='error-summary']//a").get("href").removeprefix("#") == "field-talker"
    assert page.one("//*[@id='field-talker-error']") is not None
    assert page.value("talk_record") == "入党动机端正。"
    assert page.value("dw-opinion") == "情况属实。"
    assert page.value("acted_on") == "2026-06-01"


def test_a_broken_rule_is_named_and_nothing_is_lost(
    client_as: ClientAs, task: str, talk: dict[str, str]
) -> None:
    page = Page(client_as("secretary").post(task, data=talk | {"acted_on": "2026-06-05"}))
    assert page.status == 422
    assert "晚于今天" in page.one("//*[@role='alert']").text_content()
    assert page.value("talk_record") == "入党动机端正。"


def test_a_late_act_asks_for_the_reason_and_then_passes(
    client_as: ClientAs, task: str, talk: dict[str, str], clock: FixedClock, case_id: int
) -> None:
    clock.advance(timedelta(days=60))
    client = client_as("secretary")
    late = talk | {"acted_on": "2026-07-20"}
    assert not Page(client.get(task)).all("//*[@name='dw-late-reason']")
    page = Page(client.post(task, data=late))
    assert page.status == 422
    assert "MD-02" in page.one("//*[@role='alert']").text_content()
    assert page.value("dw-late-reason") == ""
    assert client.post(task, data=late | {"dw-late-reason": "本人出差。"}).status_code == 303
    assert "本人出差。" in client.get(f"/cases/{case_id}").text


def test_an_overdue_task_is_lit_with_words(
    client_as: ClientAs, task: str, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=60))
    client = client_as("secretary")
    light = Page(client.get(task)).one("//div[@class='page-head']/button")
    assert "light-overdue" in light.get("class")
    assert "逾期" in light.text_content()
    page = Page(client.get("/inbox?light=overdue"))
    assert "派人谈话" in page.text
    assert "没有符合条件的待办" in client.get("/inbox?light=today").text
    assert "没有符合条件的待办" in client.get("/inbox").text, "the filter is remembered"


def test_a_draft_is_kept(client_as: ClientAs, task: str, talk: dict[str, str]) -> None:
    client = client_as("secretary")
    saved = client.post(f"{task}/draft", data=talk, headers={"HX-Request": "true"})
    assert saved.text.strip() == "草稿已于 09:00 保存"
    page = Page(client.get(task))
    assert page.value("talk_record") == "入党动机端正。"
    assert "草稿已于 2026-06-01 09:00 保存" in page.text


def test_saving_a_draft_without_scripts_returns_to_the_task(
    client_as: ClientAs, task: str, talk: dict[str, str]
) -> None:
    answer = client_as("secretary").post(f"{task}/draft", data=talk)
    assert (303, task) == (answer.status_code, answer.location)


def test_a_preview_saves_nothing(client_as: ClientAs, task: str, talk: dict[str, str]) -> None:
    client = client_as("secretary")
    fragment = client.post(f"{task}/preview", data=talk, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "入党动机端正。" in fragment.text
    whole = Page(client.post(f"{task}/preview", data=talk))
    assert whole.value("dw-opinion") == "情况属实。"
    assert Page(client.get(task)).value("talk_record") == ""


def test_claiming_and_releasing(client_as: ClientAs, task: str) -> None:
    client, other = client_as("secretary"), client_as("deputy_secretary")
    assert "派人谈话" in other.get("/inbox").text
    assert client.post(f"{task}/claim").status_code == 303
    assert "已签收" in client.get(task).text
    assert "派人谈话" not in other.get("/inbox").text
    page = Page(other.get(task))
    assert not page.all("//form[@id='task-form']")
    assert "签收" in page.text
    assert client.post(f"{task}/claim").status_code == 409
    assert client.post(f"{task}/release").status_code == 303
    assert "派人谈话" in other.get("/inbox").text


def test_who_comes_second_keeps_what_was_typed(
    client_as: ClientAs, task: str, talk: dict[str, str]
) -> None:
    first, second = client_as("secretary"), client_as("deputy_secretary")
    assert first.post(task, data=talk).status_code == 303
    page = Page(second.post(task, data=talk | {"talk_record": "我的记录。"}))
    assert page.status == 409
    assert "我的记录。" in page.text
    assert "情况属实。" in page.text


def test_a_change_meanwhile_is_told_and_keeps_what_was_typed(
    client_as: ClientAs, task: str, talk: dict[str, str]
) -> None:
    stale = talk | {"dw-revision": "-1"}
    page = Page(client_as("secretary").post(task, data=stale))
    assert page.status == 409
    assert "办件已有变化" in page.text
    assert page.value("talk_record") == "入党动机端正。"
    assert page.value("dw-revision") != "-1"


@pytest.fixture
def recommendation(client_as: ClientAs, task: str, talk: dict[str, str], clock: FixedClock) -> str:
    """The address of the step after the talk, which was held an hour after the application."""
    clock.advance(timedelta(hours=1))
    client = client_as("secretary")
    client.post(task, data=talk)
    return open_task(client)


def test_outcomes_are_buttons(client_as: ClientAs, recommendation: str) -> None:
    page = Page(client_as("secretary").get(recommendation))
    bar = page.one("//*[@id='dw-outcomes']")
    assert [b.get("value") for b in bar.xpath(".//*[@name='dw-outcome']")] == ["agreed", "deferred"]
    assert len(bar.xpath(".//button")) <= 5


def test_an_outcome_that_needs_an_opinion(client_as: ClientAs, recommendation: str) -> None:
    data = {"acted_on": "2026-06-01", "dw-outcome": "deferred", "recommended_by": "member"}
    page = Page(client_as("secretary").post(recommendation, data=data))
    assert page.status == 422
    assert "须填写意见" in page.one("//*[@id='dw-opinion-error']").text_content()


def test_where_to_return_to_is_named_and_the_previous_step_is_chosen(
    client_as: ClientAs, recommendation: str
) -> None:
    page = Page(client_as("secretary").get(recommendation))
    labels = {
        str(e.get("value")): page.one(f"//label[@for='{e.get('id')}']").text_content().strip()
        for e in page.all("//*[@name='dw-target']")
    }
    assert {"talk": "派人谈话（上一步）", "apply": "递交入党申请书（发起人）"} == labels
    assert ["talk"] == page.all("//*[@name='dw-target'][@checked]/@value")


def test_returning_needs_an_opinion_and_then_goes_back(
    client_as: ClientAs, recommendation: str, case_id: int
) -> None:
    client = client_as("secretary")
    page = Page(client.get(recommendation))
    target = page.all("//*[@name='dw-target']/@value")[0]
    data = {"dw-target": target, "dw-return-opinion": " "}
    refused = Page(client.post(f"{recommendation}/return", data=data))
    assert refused.status == 422
    panel = refused.one("//*[@id='return-panel']")
    assert panel.get("popover") is None, "the panel is open without a script"
    assert "退回时须填写意见" in panel.text_content()
    answer = client.post(f"{recommendation}/return", data=data | {"dw-return-opinion": "补充。"})
    assert f"/cases/{case_id}" == answer.location
    done = Page(client.get(answer.location))
    assert "退回成功" in done.text
    assert "派人谈话" in done.one("//section[@aria-labelledby='now-title']").text_content()
    strange = {"dw-target": "nowhere", "dw-return-opinion": "补充。"}
    assert client.post(f"{open_task(client)}/return", data=strange).status_code == 422


def test_files_are_stored_first_and_carried_by_number(
    client_as: ClientAs, task: str, talk: dict[str, str], case_id: int
) -> None:
    client = client_as("secretary")
    file = (io.BytesIO("谈话记录".encode()), "谈话记录.txt")
    stored = client.post(
        f"{task}/attachments", data={"file": file}, headers={"Accept": "application/json"}
    )
    assert stored.json is not None
    assert stored.json["name"] == "谈话记录.txt"
    client.post(task, data=talk | {"talk_files": str(stored.json["id"])})
    page = Page(client.get(f"/cases/{case_id}?tab=files"))
    with client.get(page.link("谈话记录.txt")) as download:
        assert download.data.decode() == "谈话记录"
        assert download.headers["Content-Disposition"].startswith("attachment")
    assert client_as("new_branch_organizer").get(page.link("谈话记录.txt")).status_code == 404


def test_files_are_sent_with_the_form_when_there_is_no_script(
    client_as: ClientAs, task: str, talk: dict[str, str], case_id: int
) -> None:
    client = client_as("secretary")
    file = (io.BytesIO("谈话记录".encode()), "谈话记录.txt")
    answer = client.post(
        task, data={**talk, "upload:talk_files": file}, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, answer.text
    assert "谈话记录.txt" in client.get(f"/cases/{case_id}?tab=files").text


def test_a_refused_file_says_why(client_as: ClientAs, task: str, talk: dict[str, str]) -> None:
    client = client_as("secretary")
    file = (io.BytesIO(b"MZ\0\0"), "programm.exe")
    page = Page(
        client.post(
            task, data={**talk, "upload:talk_files": file}, content_type="multipart/form-data"
        )
    )
    assert page.status == 422
    assert "不支持" in page.text
    assert page.value("talk_record") == "入党动机端正。"
    nothing = client.post(f"{task}/attachments", headers={"Accept": "application/json"})
    assert nothing.status_code == 422
    assert nothing.json is not None
    assert nothing.json["message"] == "没有收到文件。"


def test_somebody_else_reads_and_cannot_act(
    client_as: ClientAs, task: str, talk: dict[str, str]
) -> None:
    client = client_as("applicant")
    page = Page(client.get(task))
    assert page.status == 200
    assert not page.all("//form[@id='task-form']")
    assert re.search("陈启明", page.text)
    assert client.post(task, data=talk).status_code in {403, 409}
