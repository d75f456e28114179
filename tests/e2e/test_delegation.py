"""A secretary goes on leave, a colleague acts for them, and a relative keeps out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.camera import Camera
from tests.e2e.office import TODAY, Office
from tests.e2e.visitor import PHONE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def _open_case(visitor: Visitor, task: str) -> None:
    visitor.page.goto(task)
    visitor.page.get_by_role("link", name="查看整个办件").click()


def test_delegating_and_recusing(
    office: Office, visit: Callable[[str], Visitor], screenshots: Path
) -> None:
    camera = Camera(screenshots)
    case = office.case()
    secretary = visit("shuji")
    page = secretary.page
    page.goto("/delegations/new")
    page.get_by_label("查找人员").fill("曾")
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_label("曾令文").check()
    page.get_by_label("开始日期").fill(TODAY.isoformat())
    page.get_by_label("结束日期").fill((TODAY + timedelta(days=7)).isoformat())
    page.get_by_label("委托事由").fill("外出参加培训")
    camera.look(page, "delegation-form")
    page.get_by_role("button", name="确定委托").click()
    expect(page.get_by_text("委托曾令文")).to_be_visible()
    camera.look(page, "delegations")

    agent = visit("dangyuan9")
    agent.page.goto("/inbox")
    expect(agent.page.get_by_text("代陈启明").first).to_be_visible()
    camera.look(agent.page, "inbox-of-agent")
    agent.page.goto(case.task)
    expect(agent.page.get_by_text("您受陈启明委托代为办理")).to_be_visible()
    camera.look(agent.page, "task-of-agent")

    deputy = visit("fushuji")
    deputy.page.goto("/relationships/new")
    camera.look(deputy.page, "declaration")
    _open_case(deputy, case.task)
    deputy.page.locator("summary", has_text="回避").click()
    deputy.page.get_by_role("link", name="申请回避").click()
    deputy.page.get_by_label("回避情形").select_option("witness")
    deputy.page.get_by_label("回避事由").fill("与申请人共同承办过案件。")
    camera.look(deputy.page, "recusal-form")
    deputy.page.get_by_role("button", name="确定回避").click()

    above = visit("dangweishuji")
    above.page.set_viewport_size(PHONE)
    _open_case(above, case.task)
    above.page.get_by_text("谁可以办，为什么").click()
    expect(above.page.get_by_text("系本事项的证人，须回避")).to_be_visible()
    camera.look(above.page, "who-may-on-a-phone")
    above.page.goto("/unstaffed")
    camera.look(above.page, "unstaffed-on-a-phone")
    assert camera.problems == []
