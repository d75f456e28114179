"""One applicant goes through all 25 steps in the browser, everybody acting for themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.definition import load_procedure
from engine.procedure import Procedure
from services.bootstrap import create_application
from services.demo.names import CAST_NAMES
from services.demo.world import cast
from services.processes.folder import read_folder
from tests.e2e.camera import Camera
from tests.e2e.server import Server
from tests.e2e.visitor import DESKTOP, PHONE, Visitor
from tests.scenario import load_scenario

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(280)]

FOLDER = Path(__file__).resolve().parents[2] / "bpmn" / "member_development"
LOGINS = {
    "applicant": "shenqingren",
    "organizer": "zuzhiweiyuan",
    "secretary": "shuji",
    "contact_1": "lianxiren1",
    "committee_organizer": "dangweizuzhiyuan",
    "committee_secretary": "dangweishuji",
    "department_clerk": "zuzhibuganshi",
}
TIMER_SECONDS = 15.0
PAGES = {
    "/procedures": "procedures",
    "/procedures/member_development": "procedure",
    "/procedures/member_development/decisions/listing": "decision",
    "/inbox/done": "done",
    "/inbox/started": "started",
    "/notices": "notices",
    "/organizations": "organizations",
    "/demo/clock": "clock",
    "/search?q=liyiming": "search",
    "/account": "account",
}


class Walk:
    """The story as people live it; pictures are taken where `pictures` names a step."""

    def __init__(self, browser: Browser, server: Server, camera: Camera) -> None:
        self._browser = browser
        self._server = server
        self._camera = camera
        self._visitors: dict[str, Visitor] = {}
        self._today = date.min
        self.procedure: Procedure = load_procedure(read_folder(FOLDER))
        self.case_path = ""
        application = create_application(server.settings)
        with application.database.read() as session:
            self.people = cast(session)
        application.database.dispose()

    def visitor(self, alias: str) -> Visitor:
        if alias not in self._visitors:
            self._visitors[alias] = Visitor(self._browser, self._server, LOGINS[alias])
        return self._visitors[alias]

    def phone(self, alias: str) -> Visitor:
        key = f"{alias} on the phone"
        if key not in self._visitors:
            self._visitors[key] = Visitor(self._browser, self._server, LOGINS[alias], PHONE)
        return self._visitors[key]

    def stranger_at(self, path: str) -> Page:
        """Return a page opened by somebody who is not logged in."""
        page = self._browser.new_page(base_url=self._server.url, viewport=DESKTOP, locale="zh-CN")
        page.goto(path)
        return page

    def close(self) -> None:
        for visitor in self._visitors.values():
            visitor.close()

    @property
    def script_errors(self) -> list[str]:
        return [error for visitor in self._visitors.values() for error in visitor.script_errors]

    def name_of(self, element: str) -> str:
        return self.procedure.nodes[element].name

    def go_to(self, day: date) -> None:
        if day > self._today:
            if self._today > date.min:
                self.visitor("organizer").move_clock(day)
            self._today = day

    def start(self, step: Mapping[str, Any]) -> None:
        self.go_to(step["on"])
        person = self.visitor(step["by"])
        person.page.goto("/start")
        self._camera.look(person.page, "start-index")
        person.page.get_by_role("link", name="发起", exact=True).click()
        person.fill({"acted_on": step["on"], **self._resolve(step["data"])})
        self._camera.look(person.page, "start-form")
        person.page.get_by_role("button", name="提交").click()
        person.expect_done("已发起")
        self.case_path = person.page.url.removeprefix(self._server.url).partition("?")[0]
        self.check_open(person, step)

    def step(self, step: Mapping[str, Any], look: Callable[[Visitor], None] | None) -> None:
        if "advance_to" in step:
            self.go_to(step["advance_to"])
            self.await_open(step["expect"]["open"])
            return
        self.go_to(step["on"])
        person = self.visitor(step["by"])
        name = self.name_of(step["task"])
        person.open_task(CAST_NAMES["applicant"], name)
        values = {"acted_on": step["on"], **self._resolve(step.get("data", {}))}
        person.fill(values)
        if look is not None:
            look(person)
        person.decide(self._outcome_name(step))
        news = person.expect_done(f"“{name}”已提交").inner_text()
        for rule in step.get("expect", {}).get("warnings", []):
            assert rule in news
        if step.get("expect", {}).get("warnings") == []:
            assert "请注意" not in news
        self.check_open(person, step)

    def await_open(self, elements: list[str]) -> None:
        """Wait until the case shows these steps as open; timers fire in the background."""
        person = self.visitor("organizer")
        deadline = time.monotonic() + TIMER_SECONDS
        while self._open_steps(person) != self._names(elements):
            assert time.monotonic() < deadline, f"{elements} not open after {TIMER_SECONDS} s"
            time.sleep(0.3)

    def check_open(self, person: Visitor, step: Mapping[str, Any]) -> None:
        expected = step.get("expect", {}).get("open")
        if expected is not None:
            assert self._names(expected) == self._open_steps(person)

    def _open_steps(self, person: Visitor) -> list[str]:
        person.page.goto(self.case_path)
        rows = person.page.locator("section[aria-labelledby=now-title] .row-title")
        return sorted(rows.all_inner_texts())

    def _names(self, elements: list[str]) -> list[str]:
        return sorted(self.name_of(element) for element in elements)

    def _outcome_name(self, step: Mapping[str, Any]) -> str:
        if "outcome" not in step:
            return "提交"
        outcomes = self.procedure.nodes[step["task"]].outcomes
        return next(o.name for o in outcomes if o.id == step["outcome"])

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            return str(self.people[value[1:]])
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        return value


@pytest.fixture
def camera(screenshots: Path) -> Camera:
    return Camera(screenshots)


@pytest.fixture
def walk(browser: Browser, server: Server, camera: Camera) -> Iterator[Walk]:
    journey = Walk(browser, server, camera)
    yield journey
    journey.close()


def test_all_25_steps(walk: Walk, camera: Camera) -> None:
    story = load_scenario(FOLDER / "scenarios" / "MD-S1.yaml")
    login = walk.stranger_at("/login")
    camera.look(login, "login")
    login.close()
    walk.start(story["start"])

    def at_first_task(person: Visitor) -> None:
        camera.look(person.page, "task")
        person.page.get_by_text("流程图：现在到了哪一步").click()
        camera.look_at_diagram(person.page, "task-diagram", ("talk",))

    def at_meeting(person: Visitor) -> None:
        camera.look(person.page, "task-meeting")
        phone = walk.phone("secretary")
        camera.look(phone.page, "phone-inbox")
        phone.page.goto(person.page.url)
        camera.look(phone.page, "phone-task")
        phone.page.goto(walk.case_path)
        camera.look(phone.page, "phone-case")
        phone.page.goto("/procedures/member_development")
        camera.look(phone.page, "phone-procedure")
        phone.page.goto("/procedures/member_development/decisions/listing")
        camera.look(phone.page, "phone-decision")

    def at_parallel_steps(person: Visitor) -> None:
        page = walk.visitor("organizer").page
        page.goto("/inbox")
        camera.look(page, "inbox")
        for tab in ("story", "journal", "files"):
            page.goto(f"{walk.case_path}?tab={tab}")
            camera.look(page, f"case-{tab}")
        page.goto(f"{walk.case_path}?tab=diagram")
        open_now = ("assign_group", "oath", "file_admission")
        camera.look_at_diagram(page, "case-diagram", open_now)
        for address, name in PAGES.items():
            page.goto(address)
            camera.look(page, name)

    looks = {
        "talk": at_first_task,
        "admission_meeting": at_meeting,
        "file_admission": at_parallel_steps,
    }
    for step in story["steps"]:
        walk.step(step, looks.get(step.get("task", "")))

    person = walk.visitor("organizer")
    person.page.goto(walk.case_path)
    expect(person.page.locator(".stamp")).to_have_text("已办结：按期转为正式党员")
    person.page.goto(f"/people/{walk.people['applicant']}")
    expect(person.page.locator(".stamp")).to_have_text("正式党员")
    assert walk.script_errors == []
    assert camera.problems == []
