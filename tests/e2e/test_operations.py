"""The operations of Chinese office work, and cases that answer each other, by clicking."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.camera import Camera
from tests.e2e.office import FILE, RECOMMEND, RECORD, TALK, TODAY, Office
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

STEP = "派人谈话"
Visit = Callable[[str], Visitor]


@pytest.fixture
def camera(screenshots: Path) -> Camera:
    return Camera(screenshots)


def _operate(page: Page, name: str) -> None:
    """Press the link of an operation, behind 更多 where the bar has no room."""
    link = page.get_by_role("link", name=name, exact=True)
    if not link.is_visible():
        page.get_by_role("button", name="更多").click()
    link.click()


def _journal(page: Page) -> Locator:
    page.goto(re.sub(r"\?.*", "", page.url) + "?tab=journal")
    return page.get_by_role("region", name="流转记录")


def _choose(page: Page, name: str) -> None:
    page.get_by_label("查找人员").fill(name)
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_label(re.compile(name)).check()


def test_transfer_and_urge(office: Office, visit: Visit, camera: Camera) -> None:
    case = office.case()
    starter, secretary, deputy = visit("zuzhiweiyuan"), visit("shuji"), visit("fushuji")
    starter.page.goto(case.task)
    _operate(starter.page, "催办")
    starter.page.get_by_role("button", name="确定催办").click()
    expect(starter.page.get_by_text("催办成功")).to_be_visible()
    starter.page.goto(case.task)
    expect(starter.page.get_by_role("link", name="催办", exact=True)).to_have_count(0)

    secretary.page.goto(case.task)
    _operate(secretary.page, "转办")
    secretary.page.get_by_role("button", name="确定转办").click()
    expect(secretary.page.locator(".field-error").first).to_be_visible()
    _choose(secretary.page, "周文静")
    secretary.page.get_by_label("转办原因").fill("本人出庭，请代为谈话。")
    camera.look(secretary.page, "transfer")
    secretary.page.get_by_role("button", name="确定转办").click()
    expect(secretary.page.get_by_text("转办成功")).to_be_visible()
    expect(_journal(secretary.page)).to_contain_text("周文静")

    deputy.page.goto(case.task)
    expect(deputy.page.get_by_text("本人出庭，请代为谈话。").first).to_be_visible()
    deputy.fill({"acted_on": TODAY, "talk_record": RECORD})
    deputy.field("talker").select_option(index=1)
    deputy.decide()
    deputy.expect_done(f"“{STEP}”已提交")
    assert camera.problems == []


def test_delegation_comes_back_to_who_delegated(office: Office, visit: Visit) -> None:
    case = office.case()
    secretary, deputy = visit("shuji"), visit("fushuji")
    secretary.page.goto(case.task)
    _operate(secretary.page, "委派")
    _choose(secretary.page, "周文静")
    secretary.page.get_by_label("委派说明").fill("请先了解情况。")
    secretary.page.get_by_role("button", name="确定委派").click()
    expect(secretary.page.get_by_text("委派成功")).to_be_visible()
    secretary.page.goto(case.task)
    expect(secretary.page.get_by_text("委派中").first).to_be_visible()

    deputy.open_task(case.subject, STEP)
    deputy.page.get_by_label("办理情况").fill("已了解，表现良好。")
    deputy.page.get_by_role("button", name="交回委派人").click()
    expect(deputy.page.get_by_text("答复成功")).to_be_visible()

    secretary.page.goto(case.task)
    expect(secretary.page.get_by_label("审批意见")).to_have_value("已了解，表现良好。")
    secretary.fill({"acted_on": TODAY, "talk_record": RECORD})
    secretary.field("talker").select_option(index=1)
    secretary.decide()
    secretary.expect_done(f"“{STEP}”已提交")


def test_a_parallel_signer_holds_the_act_back(office: Office, visit: Visit, camera: Camera) -> None:
    case = office.case()
    secretary, deputy = visit("shuji"), visit("fushuji")
    secretary.page.goto(case.task)
    _operate(secretary.page, "加签")
    _choose(secretary.page, "周文静")
    secretary.page.get_by_label(re.compile("^并行加签")).check()
    secretary.page.get_by_role("button", name="确定加签").click()
    expect(secretary.page.get_by_text("加签成功")).to_be_visible()
    secretary.page.goto(case.task)
    secretary.fill({"acted_on": TODAY, "talk_record": RECORD})
    secretary.field("talker").select_option(index=1)
    secretary.decide()
    secretary.page.goto(case.task)
    expect(secretary.page.get_by_text("待加签确认的提交")).to_be_visible()
    camera.look(secretary.page, "held-back")

    deputy.page.goto(case.task)
    expect(deputy.page.get_by_text(RECORD)).to_be_visible()
    deputy.page.get_by_label("同意", exact=True).check()
    deputy.page.get_by_role("button", name="提交加签意见").click()
    expect(deputy.page.get_by_text("答复成功")).to_be_visible()
    expect(_journal(deputy.page)).to_contain_text("加签")
    secretary.open_task(case.subject, "推荐和确定入党积极分子")
    assert camera.problems == []


def test_circulated_for_an_opinion(office: Office, visit: Visit, camera: Camera) -> None:
    case = office.case()
    secretary, reader = visit("shuji"), visit("jijianweiyuan")
    secretary.page.goto(case.task)
    _operate(secretary.page, "抄送传阅")
    _choose(secretary.page, "何建平")
    secretary.page.get_by_label(re.compile("^传阅")).check()
    secretary.page.get_by_label("说明").fill("请提意见。")
    secretary.page.get_by_role("button", name="确定发送").click()
    expect(secretary.page.get_by_text("传阅成功")).to_be_visible()

    reader.page.goto("/circulation")
    camera.look(reader.page, "unread")
    reader.page.get_by_role("link", name=f"阅看：{case.subject}·发展党员").click()
    reader.page.get_by_label("传阅意见").fill("没有意见。")
    reader.page.get_by_role("button", name="提交意见").click()
    expect(reader.page.get_by_text("已阅", exact=True).first).to_be_visible()
    reader.page.goto("/circulation/read")
    expect(reader.page.get_by_role("main")).to_contain_text(case.subject)
    assert camera.problems == []


def test_taken_back_before_anybody_went_on(office: Office, visit: Visit) -> None:
    case = office.case(TALK)
    secretary = visit("shuji")
    secretary.page.goto(f"/cases/{case.case_id}")
    secretary.page.get_by_role("link", name=f"取回重办：{STEP}").click()
    secretary.page.get_by_label(re.compile("原因")).fill("谈话记录有误。")
    secretary.page.get_by_role("button", name="确定取回").click()
    secretary.expect_done("取回成功")
    secretary.open_task(case.subject, STEP)
    expect(secretary.field("talk_record")).to_have_value(RECORD)


def test_suspended_resumed_jumped_and_terminated(
    office: Office, visit: Visit, camera: Camera
) -> None:
    case = office.case(TALK, RECOMMEND, FILE)
    committee, organizer = visit("dangweizuzhiyuan"), visit("zuzhiweiyuan")
    page = committee.page

    def intervene(name: str) -> None:
        page.goto(f"/cases/{case.case_id}")
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_label(re.compile("的原因")).fill("情况需要核实。")
        if name == "自由跳转":
            page.get_by_label("从哪里跳转到哪里").select_option(label=STEP)
        camera.look(page, f"intervention-{name}")
        page.get_by_role("button", name=f"确定{name}").click()
        committee.expect_done(f"{name}成功")

    intervene("挂起")
    organizer.page.goto(case.task)
    expect(organizer.page.get_by_text("挂起").first).to_be_visible()
    intervene("恢复办理")
    intervene("自由跳转")
    expect(page.get_by_role("region", name="现在办到哪一步")).to_contain_text(STEP)
    intervene("终止")
    expect(page.locator(".stamp")).to_contain_text("终止")
    expect(_journal(page)).to_contain_text("情况需要核实。")
    assert camera.problems == []


def test_cases_answer_each_other(office: Office, visit: Visit) -> None:
    office.deploy("inquiry", "reply")
    secretary = visit("shuji")
    page = secretary.page
    page.goto("/start/inquiry")
    secretary.fill({"acted_on": TODAY, "reference": "〔2026〕1号", "matter": "修订制度"})
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status", name="办理结果")).to_be_visible()

    _await_task(page, "答复试验·提出答复")
    secretary.fill({"acted_on": TODAY, "reply": "同意修订。"})
    secretary.decide()
    secretary.expect_done("“提出答复”已提交")
    _await_task(page, "征询试验·办结")
    secretary.fill({"acted_on": TODAY, "conclusion": "照此修订。"})
    secretary.decide()
    secretary.expect_done("办结")
    expect(page.locator(".stamp")).to_contain_text("已办结")


def _await_task(page: Page, title: str) -> None:
    """Open a task that a job is bringing: a message between cases takes a moment."""
    link = page.get_by_role("link", name=f"办理：{title}")
    for _ in range(40):
        page.goto("/inbox")
        if link.count():
            break
        page.wait_for_timeout(250)
    link.click()
