"""Decision pages, as people read and try them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.cases.start import StartCase, start_case
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.web.conftest import ClientAs
from tests.web.page import Page
from tests.web.test_pages import faults

GRADING = Path(__file__).resolve().parents[1] / "fixtures" / "procedures" / "grading"
DECISIONS = "/procedures/grading/decisions"
DATA = {"acted_on": "2026-06-01", "income": "3000", "members": "3", "illness": "serious"}


@pytest.fixture
def grading(app: Application) -> Application:
    deploy_folder(app, GRADING)
    return app


@pytest.fixture
def graded(grading: Application, as_: Callable[[str], Actor]) -> int:
    return start_case(grading, as_("secretary"), StartCase("grading", None, DATA)).case_id


def labelled(page: Page, label: str) -> str:
    """Return the name of the control of a label."""
    [found] = [e for e in page.all("//label") if e.text_content().strip() == label]
    return str(page.one(f"//*[@id='{found.get('for')}']").get("name"))


def filled(page: Page, **values: str) -> dict[str, str]:
    return {labelled(page, label): value for label, value in values.items()}


@pytest.mark.usefixtures("grading")
def test_the_procedure_page_leads_to_whole_pages(client_as: ClientAs) -> None:
    client = client_as("applicant")
    procedure = Page(client.get("/procedures/grading"))
    links = procedure.all("//main//a[contains(@href, '/decisions/')]/@href")
    assert len(links) == 6
    assert {link: f for link in links if (f := faults(Page(client.get(link))))} == {}


def test_all_decisions_of_the_real_procedure_are_whole(client_as: ClientAs) -> None:
    client = client_as("applicant")
    procedure = Page(client.get("/procedures/member_development"))
    links = procedure.all("//main//a[contains(@href, '/decisions/')]/@href")
    assert len(links) >= 7
    assert {link: f for link in links if (f := faults(Page(client.get(link))))} == {}


@pytest.mark.usefixtures("grading")
def test_a_table_reads_as_a_table(client_as: ClientAs) -> None:
    page = Page(client_as("applicant").get(f"{DECISIONS}/amount"))
    assert "命中策略：全部适用并合计（COLLECT SUM）" in page.text
    assert ["1", "2", "3"] == [e.text_content().strip() for e in page.all("//tbody/tr/th")]
    assert ["条件", "结论", "依据和说明"] == page.all("//thead//th[@scope='colgroup']/text()")
    row = page.one("//tbody/tr[2]").text_content()
    assert "不限" in row
    assert "来源未核实" in row
    assert page.link("《自动测试约定》") == "/procedures/grading#sources"
    assert page.all("//tr[contains(@class, 'is-fired')]") == []


@pytest.mark.usefixtures("grading")
def test_links_lead_through_the_requirements(client_as: ClientAs) -> None:
    client = client_as("applicant")
    amount = Page(client.get(f"{DECISIONS}/amount"))
    per_head = Page(client.get(amount.link("人均收入")))
    assert "视情况而定" in per_head.text
    knowledge = Page(client.get(per_head.link("折算")))
    assert "函数，参数：金额（数字）" in knowledge.text
    assert per_head.link("income").endswith("#trial")


@pytest.mark.usefixtures("grading")
def test_trying_marks_the_rules_that_fired(client_as: ClientAs) -> None:
    client = client_as("applicant")
    form = Page(client.get(f"{DECISIONS}/amount"))
    address = str(form.one("//form[@method='post' and .//*[@name='fact-0']]").get("action"))
    data = filled(form, 家庭月收入="3000", 家庭人口="3", 患病情况="serious")
    page = Page(client.post(address, data=data))
    assert page.status == 200
    result = page.one("//section[@id='result']").text_content()
    assert "3000" in result
    assert "第1条、第2条" in result
    marked = page.all("//tr[contains(@class, 'is-fired')]/th")
    assert ["1 ✓ 适用", "2 ✓ 适用"] == [" ".join(e.text_content().split()) for e in marked]
    assert "3000" in [e.get("value") for e in page.all("//input[@type='number']")]
    assert faults(page) == []


@pytest.mark.usefixtures("grading")
def test_what_cannot_be_read_keeps_what_was_typed(client_as: ClientAs) -> None:
    client = client_as("applicant")
    form = Page(client.get(f"{DECISIONS}/survey"))
    page = Page(client.post(f"{DECISIONS}/survey", data=filled(form, 历年补助="很多", 姓名="甲")))
    assert page.status == 422
    assert page.all("//section[@id='result']") == []
    assert "历年补助：请填写数字。" in page.one("//*[@id='error-summary']").text_content()
    assert "甲" == page.value("fact-0-0")
    assert "很多" == page.value("fact-0-3")


@pytest.mark.usefixtures("grading")
def test_a_contradiction_is_explained(client_as: ClientAs) -> None:
    page = Page(client_as("applicant").post(f"{DECISIONS}/overlap", data={"fact-0": "30"}))
    assert page.status == 200
    assert "唯一命中" in page.one("//*[@role='alert']").text_content()
    assert len(page.all("//tr[contains(@class, 'is-fired')]")) == 2


def test_warnings_are_listed_with_their_text(client_as: ClientAs) -> None:
    address = "/procedures/member_development/decisions/meeting_result"
    page = Page(client_as("applicant").post(address, data={"fact-0": '"a"', "fact-1": "2"}))
    assert "计算中的提醒" in page.text
    assert "2 * present > due" in page.one("//section[@id='result']").text_content()


@pytest.mark.usefixtures("grading")
@pytest.mark.parametrize("path", ["nothing", "amount?version=9", "amount?file=nothing.dmn"])
def test_what_is_not_there(client_as: ClientAs, path: str) -> None:
    assert client_as("applicant").get(f"{DECISIONS}/{path}").status_code == 404


def test_the_case_shows_what_was_decided(client_as: ClientAs, graded: int) -> None:
    client = client_as("secretary")
    for tab in ("story", "journal"):
        page = Page(client.get(f"/cases/{graded}?tab={tab}"))
        assert page.link("适用规则：慰问金额") == f"/cases/{graded}/decisions/1/1"
    page = Page(client.get(f"/cases/{graded}/decisions/1/1"))
    assert faults(page) == []
    assert "家庭人口" in page.text
    assert len(page.all("//tr[contains(@class, 'is-fired')]")) == 2
    assert Page(client.get(page.link("换一种情况试算"))).status == 200
    assert client.get(f"/cases/{graded}/decisions/1/2").status_code == 404


@pytest.mark.usefixtures("grading")
def test_a_procedure_about_nobody_asks_about_whom_to_nobody(client_as: ClientAs) -> None:
    client = client_as("secretary")
    assert "办理对象" not in Page(client.get("/start/grading")).text
    answer = client.post("/start/grading", data=DATA)
    assert answer.status_code == 303, answer.text


def test_the_decisions_of_a_case_are_seen_by_those_who_see_the_case(
    client_as: ClientAs, graded: int
) -> None:
    stranger = client_as("new_branch_organizer")
    assert stranger.get(f"/cases/{graded}/decisions/1/1").status_code == 404
