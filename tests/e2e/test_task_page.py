"""What people do on a task page when not everything goes well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.office import (
    A_YEAR_AGO,
    ASSESS,
    ASSIGN,
    FILE,
    RECOMMEND,
    RECORD,
    TALK,
    TODAY,
    Office,
)
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def test_return_to_the_previous_step(office: Office, visit: Callable[[str], Visitor]) -> None:
    case = office.case(TALK, RECOMMEND)
    superior = visit("dangweizuzhiyuan")
    superior.page.goto(case.task)
    superior.send_back("推荐和确定入党积极分子", "")
    expect(superior.page.locator("#return-panel .field-error")).to_contain_text("须填写意见")
    superior.page.locator("#return-panel").get_by_label("退回意见").fill("缺少群众意见，请补充。")
    superior.page.get_by_role("button", name="确定退回").click()
    news = superior.expect_done("退回成功")
    expect(news).to_contain_text("推荐和确定入党积极分子")

    secretary = visit("shuji")
    secretary.open_task(case.subject, "推荐和确定入党积极分子")
    expect(secretary.page.locator(".story").first).to_contain_text("缺少群众意见，请补充。")
    expect(secretary.field("activist_opinion")).to_have_value("同意。")


def test_return_to_the_starter(office: Office, visit: Callable[[str], Visitor]) -> None:
    case = office.case(TALK, RECOMMEND, FILE, ASSIGN, ASSESS, on=A_YEAR_AGO)
    secretary = visit("shuji")
    secretary.page.goto(case.task)
    secretary.send_back("指定培养联系人", "请调整培养联系人。")
    expect(secretary.expect_done("退回成功")).to_contain_text("刘思齐")

    starter = visit("zuzhiweiyuan")
    starter.open_task(case.subject, "指定培养联系人")
    expect(starter.page.locator(".story").first).to_contain_text("请调整培养联系人。")


def test_error_stands_beside_its_field_and_text_stays(
    office: Office, visit: Callable[[str], Visitor]
) -> None:
    secretary = visit("shuji")
    secretary.page.goto(office.case().task)
    secretary.fill({"acted_on": TODAY, "talk_record": RECORD})
    secretary.page.get_by_label("审批意见").fill("已谈话。")
    secretary.decide()
    expect(secretary.page.locator("#box-field-talker .field-error")).to_be_visible()
    expect(secretary.page.locator(".field-error")).to_have_count(1)
    expect(secretary.page.get_by_role("alert")).to_contain_text("尚未提交")
    expect(secretary.field("talk_record")).to_have_value(RECORD)
    expect(secretary.page.get_by_label("审批意见")).to_have_value("已谈话。")


def test_stale_page_says_so_and_keeps_the_text(
    office: Office, visit: Callable[[str], Visitor]
) -> None:
    case = office.case()
    secretary, deputy = visit("shuji"), visit("fushuji")
    for person in (secretary, deputy):
        person.page.goto(case.task)
        person.fill({"acted_on": TODAY})
        person.field("talker").select_option(index=1)
    deputy.fill({"talk_record": "由副书记谈话。"})
    deputy.decide()
    deputy.expect_done("“派人谈话”已提交")

    secretary.fill({"talk_record": RECORD})
    secretary.decide()
    expect(secretary.page.get_by_role("heading", name="未能提交")).to_be_visible()
    expect(secretary.page.get_by_role("alert")).to_contain_text("“派人谈话”已由周文静")
    expect(secretary.page.locator(".facts")).to_contain_text(RECORD)


def test_draft_is_kept_for_its_writer(office: Office, visit: Callable[[str], Visitor]) -> None:
    case = office.case()
    secretary = visit("shuji")
    secretary.page.goto(case.task)
    secretary.field("talk_record").press_sequentially("谈了一半")
    expect(secretary.page.locator("#draft-state")).to_contain_text("保存")
    secretary.page.goto("/inbox")
    secretary.page.goto(case.task)
    expect(secretary.field("talk_record")).to_have_value("谈了一半")

    secretary.field("talk_record").fill("谈完了")
    secretary.page.get_by_role("button", name="保存草稿").first.click()
    expect(secretary.page.locator("#draft-state")).to_contain_text("保存")
    expect(secretary.field("talk_record")).to_have_value("谈完了")

    deputy = visit("fushuji")
    deputy.page.goto(case.task)
    expect(deputy.field("talk_record")).to_have_value("")
