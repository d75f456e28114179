"""What people do on a task page when not everything goes well."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from services.bootstrap import Application, create_application
from services.cases.complete import CompleteTask, complete_task
from services.cases.start import StartCase, start_case
from services.demo.world import cast
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.people.commands import NewPerson, register_person
from services.people.models import Person, PoliticalStatus
from services.tasks.models import OPEN_STATES, UserTask
from tests.e2e.server import Server
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

TODAY = date(2026, 6, 1)
A_YEAR_AGO = date(2025, 5, 20)
RECORD = "入党动机端正，已提醒其按时提交思想汇报。"
TALK = ("secretary", {"talker": "@secretary", "talk_record": RECORD}, "")
RECOMMEND = (
    "secretary",
    {"recommended_by": ["members"], "decided_by": "committee", "activist_opinion": "同意。"},
    "agreed",
)
FILE = ("committee_organizer", {"activist_filing_opinion": "予以备案。"}, "")
ASSIGN = ("organizer", {"contacts": ["@contact_1", "@contact_2"]}, "")
ASSESS = (
    "contact_1",
    {"acted_on": TODAY, "assessment": "表现良好。", "thought_reports": 2},
    "propose",
)
Step = tuple[str, Mapping[str, Any], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case somebody may go on with: the page of its open task, and whom it is about."""

    task: str
    subject: str


class Office:
    """Prepares cases behind the pages, each about somebody new, started by the organiser."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._numbers = itertools.count(1)
        with app.database.read() as session:
            self._people = cast(session)

    def case(self, *steps: Step, on: date = TODAY) -> Prepared:
        """Bring a case begun `on` a day so far that `steps` are done."""
        organizer = self._actor("organizer")
        name = f"林甲{next(self._numbers)}"
        with self._app.database.write() as session:
            subject = register_person(
                session,
                NewPerson(
                    name=name,
                    sex="女",
                    born_on=date(1995, 5, 5),
                    organization_id=session.get_one(Person, organizer.person_id).organization_id,
                    status=PoliticalStatus.MASSES,
                ),
            ).id
        started = start_case(
            self._app,
            organizer,
            StartCase("member_development", subject, {"acted_on": on, "applied_to": "work"}),
        )
        for alias, data, outcome in steps:
            values = {"acted_on": on, **{k: self._resolve(v) for k, v in data.items()}}
            task = self._open_task(started.case_id)
            complete_task(
                self._app, self._actor(alias), CompleteTask(task, outcome=outcome, data=values)
            )
        return Prepared(f"/tasks/{self._open_task(started.case_id)}", name)

    def _open_task(self, case_id: int) -> str:
        with self._app.database.read() as session:
            return session.scalars(
                select(UserTask.id).where(
                    UserTask.instance_id == case_id, UserTask.state.in_(OPEN_STATES)
                )
            ).one()

    def _actor(self, alias: str) -> Actor:
        return load_actor(self._app, self._people[alias])

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, str) and value.startswith("@"):
            return str(self._people[value[1:]])
        return value


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    application = create_application(server.settings)
    yield Office(application)
    application.database.dispose()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[[str], Visitor]]:
    """Return a function that lets somebody log in."""
    visitors: list[Visitor] = []

    def log_in(login: str) -> Visitor:
        visitors.append(Visitor(browser, server, login))
        return visitors[-1]

    yield log_in
    for visitor in visitors:
        assert visitor.script_errors == []
        visitor.close()


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
