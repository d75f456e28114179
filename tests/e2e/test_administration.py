"""Two administrators and a newcomer in a browser: a grant, a first change, a second factor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from services.identity.passwords import SAMPLE_PASSWORD
from tests.e2e.camera import Camera
from tests.e2e.server import Server
from tests.e2e.visitor import DESKTOP, PATIENCE_MS, PHONE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

NEW_PASSWORD = "Chuci-Gaimi-2026"


@pytest.fixture
def camera(screenshots: Path) -> Iterator[Camera]:
    used = Camera(screenshots)
    yield used
    assert used.problems == []


class Desk:
    """A browser of somebody who logs in at some home page."""

    def __init__(self, browser: Browser, server: Server, *, is_phone: bool = False) -> None:
        self._context = browser.new_context(
            base_url=server.url,
            viewport=PHONE if is_phone else DESKTOP,
            locale="zh-CN",
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()

    def log_in(self, login: str, password: str) -> Page:
        self.page.goto("/login")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录").click()
        return self.page

    def close(self) -> None:
        self._context.close()


def ask_for_an_audit_administrator(page: Page, camera: Camera) -> None:
    expect(page.get_by_role("heading", name="系统管理", level=1)).to_be_visible()
    camera.look(page, "admin-system-home")
    page.get_by_role("navigation").get_by_role("link", name="管理员", exact=True).click()
    page.get_by_label("类别").select_option("audit")
    page.get_by_label("姓名").fill("东方月（示例）")
    page.get_by_label("工号").fill("示例-009")
    page.get_by_label("登录名").fill("shenji2")
    page.get_by_label("事由").fill("增设一名审计管理员。")
    camera.look(page, "admin-administrators")
    page.get_by_role("button", name="提出申请").click()
    expect(page.get_by_text("等待另一名管理员确认")).to_be_visible()
    expect(page.get_by_role("button", name="确认", exact=True)).to_have_count(0)


def confirm(page: Page, camera: Camera) -> str:
    """Confirm what waits; return the one-time password."""
    expect(page.get_by_role("heading", name="安全管理", level=1)).to_be_visible()
    camera.look(page, "admin-security-home")
    page.get_by_role("button", name="确认", exact=True).click()
    password = page.locator("code.secret").inner_text()
    camera.look(page, "admin-one-time-password")
    return password


def change_first(page: Page, camera: Camera, password: str) -> None:
    expect(page.get_by_role("heading", name="请先修改密码")).to_be_visible()
    camera.look(page, "login-first-password")
    page.locator("#old").fill(password)
    page.locator("#new").fill(NEW_PASSWORD)
    page.locator("#repeat").fill(NEW_PASSWORD)
    page.get_by_role("button", name="修改密码并继续").click()
    expect(page.get_by_role("heading", name="审计管理", level=1)).to_be_visible()
    camera.look(page, "admin-audit-home-phone")


def switch_second_factor_on(page: Page, camera: Camera) -> list[str]:
    """Enrol; return the recovery codes."""
    page.goto("/account")
    page.get_by_role("link", name="启用两步验证").click()
    expect(page.locator(".square-code svg")).to_be_visible()
    camera.look(page, "account-second-factor")
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("动态验证码").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    codes = page.locator(".recovery-codes code").all_inner_texts()
    camera.look(page, "account-recovery-codes")
    page.get_by_role("link", name="我已保存").click()
    expect(page.get_by_text("已启用", exact=True)).to_be_visible()
    camera.look(page, "account-phone")
    return codes


def test_a_second_audit_administrator_begins_to_work(
    browser: Browser, server: Server, camera: Camera
) -> None:
    system, security = Desk(browser, server), Desk(browser, server)
    ask_for_an_audit_administrator(system.log_in("xitong", SAMPLE_PASSWORD), camera)
    password = confirm(security.log_in("anquan", SAMPLE_PASSWORD), camera)
    phone, desk = Desk(browser, server, is_phone=True), Desk(browser, server)
    change_first(phone.log_in("shenji2", password), camera, password)
    codes = switch_second_factor_on(phone.page, camera)

    page = desk.log_in("shenji2", NEW_PASSWORD)
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    camera.look(page, "login-code")
    page.get_by_label("动态验证码").fill(codes[0])
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", name="审计管理", level=1)).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="审计记录").click()
    expect(page.get_by_role("rowheader", name="确认申请")).to_be_visible()
    camera.look(page, "admin-books")
    for used in (system, security, phone, desk):
        used.close()
