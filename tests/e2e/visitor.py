"""A person at a browser: logs in, opens tasks, fills forms by key, presses the buttons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from services.demo.world import SAMPLE_PASSWORD
from tests.e2e.server import Server

DESKTOP = ViewportSize(width=1366, height=768)
PHONE = ViewportSize(width=390, height=844)
PATIENCE_MS = 10_000


class Visitor:
    """One person with a browser profile of their own, logged in as `login`."""

    def __init__(
        self, browser: Browser, server: Server, login: str, viewport: ViewportSize = DESKTOP
    ) -> None:
        self._context = browser.new_context(
            base_url=server.url, viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.script_errors: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        self.page.goto("/login")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(SAMPLE_PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", name="工作台", level=1)).to_be_visible()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the browser profile."""
        self._context.close()

    def open_task(self, subject: str, step_name: str) -> None:
        """Open a task of one's own about somebody from 工作台."""
        self.page.goto("/inbox")
        self.page.get_by_role("link", name=f"办理：{subject}·{step_name}").click()
        expect(self.page.locator("#step-title")).to_contain_text(step_name)

    def fill(self, values: Mapping[str, object]) -> None:
        """Fill the fields of the form on the page by key."""
        for key, value in values.items():
            self._fill_field(self.field(key), value)

    def field(self, key: str) -> Locator:
        """Return the inputs of a field."""
        return self.page.locator(f'#form-fields [name="{key}"]')

    def decide(self, outcome_name: str = "提交") -> None:
        """Press the button of an outcome; one that is to be confirmed is confirmed."""
        button = self.page.get_by_role("group", name="办理操作").get_by_role(
            "button", name=outcome_name, exact=True
        )
        button.click()
        confirmation = self.page.get_by_role("button", name=f"确定{outcome_name}")
        if confirmation.is_visible():
            confirmation.click()

    def send_back(self, step_name: str, opinion: str) -> None:
        """Return the task to an earlier step (退回)."""
        self.page.get_by_role("button", name="退回", exact=True).click()
        panel = self.page.locator("#return-panel")
        panel.get_by_role("radio", name=step_name).check()
        panel.get_by_label("退回意见").fill(opinion)
        panel.get_by_role("button", name="确定退回").click()

    def expect_done(self, words: str) -> Locator:
        """Expect the news that something was done; returns the news."""
        news = self.page.get_by_role("status", name="办理结果")
        expect(news).to_contain_text(words)
        return news

    def move_clock(self, day: date) -> None:
        """Move the demo clock forward to a day, as anybody may in the demo."""
        self.page.goto("/demo/clock")
        self.page.get_by_label("前进到指定日期").fill(day.isoformat())
        self.page.get_by_role("button", name="前进", exact=True).click()
        expect(self.page.locator(".big-date strong")).to_contain_text(
            f"{day.year}年{day.month}月{day.day}日"
        )

    def _fill_field(self, inputs: Locator, value: object) -> None:
        first = inputs.first
        expect(first).to_be_visible()
        kind = first.get_attribute("type") or first.evaluate("e => e.tagName.toLowerCase()")
        if kind in {"radio", "checkbox"}:
            self._choose(inputs, kind, value)
        elif kind == "select":
            first.select_option(str(value))
        else:
            first.fill(value.isoformat() if isinstance(value, date) else str(value))

    def _choose(self, inputs: Locator, kind: str, value: object) -> None:
        if isinstance(value, bool):
            inputs.first.set_checked(value)
            return
        chosen = {str(item) for item in value} if isinstance(value, list) else {str(value)}
        for box in inputs.all():
            is_chosen = (box.get_attribute("value") or "") in chosen
            if is_chosen or kind == "checkbox":
                box.set_checked(is_chosen)
