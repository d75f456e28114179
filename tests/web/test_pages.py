from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from services.bootstrap import Application, create_application
from services.clock import FixedClock
from services.identity.actor import Actor
from tests.web.conftest import ClientAs
from tests.web.page import Page
from web.app import create_app

PAGES = [
    "/inbox",
    "/inbox/done",
    "/inbox/started",
    "/cases",
    "/notices",
    "/start",
    "/procedures",
    "/procedures/member_development",
    "/organizations",
    "/organizations/1",
    "/account",
    "/demo/clock",
    "/search",
    "/search?q=%E6%9D%8E",
    "/cases/1",
    "/cases/1?tab=diagram",
    "/cases/1?tab=journal",
    "/cases/1?tab=files",
    "/cases/1?tab=nonsense",
    "/inbox?page=0&light=nonsense",
]


def faults(page: Page) -> list[str]:
    ids = page.all("//*[@id]/@id")
    mute = "//button[not(normalize-space(.)) and not(@aria-hidden) and not(@aria-label)]"
    checks = {
        f"status {page.status}": page.status == 200,
        "one h1": len(page.all("//h1")) == 1,
        "ids are unique": len(set(ids)) == len(ids),
        "no Python value": "None" not in page.one("//main").text_content(),
        "buttons have words": not page.all(mute),
    }
    return [words for words, holds in checks.items() if not holds]


@pytest.mark.usefixtures("case_id")
@pytest.mark.parametrize("alias", ["applicant", "secretary", "committee_organizer"])
def test_pages_are_whole(client_as: ClientAs, alias: str) -> None:
    client = client_as(alias)
    assert {path: found for path in PAGES if (found := faults(Page(client.get(path))))} == {}


def test_diagrams_are_delivered_as_xml(client_as: ClientAs, case_id: int) -> None:
    client = client_as("applicant")
    for path in (f"/cases/{case_id}/diagram.bpmn", "/procedures/member_development/diagram.bpmn"):
        answer = client.get(path)
        assert answer.mimetype == "application/xml"
        assert "<bpmn:process" in answer.text


def test_the_diagram_says_in_words_where_the_case_is(client_as: ClientAs, case_id: int) -> None:
    page = Page(client_as("applicant").get(f"/cases/{case_id}?tab=diagram"))
    assert "talk" in page.one("//*[@data-diagram]").get("data-active").split()
    assert "当前环节：派人谈话。" in page.text


def test_the_procedure_page_gives_each_step_its_dates_and_articles(client_as: ClientAs) -> None:
    page = Page(client_as("applicant").get("/procedures/member_development"))
    rows = page.all("//table//tbody/tr")
    assert len(rows) >= 20
    talk = next(r for r in rows if "派人谈话" in r.text_content())
    assert "2026-07-01" in talk.text_content()
    assert "第七条" in talk.text_content()
    assert ["最早", "最迟"] == talk.xpath("td[contains(@class, 'date-cell')]/@data-label")


def test_a_source_without_version_has_no_empty_brackets(client_as: ClientAs) -> None:
    page = Page(client_as("applicant").get("/procedures/member_development"))
    assert "《发展党员工作通行做法》 来源未核实" in page.text
    assert "（）" not in page.text


def test_the_journal_is_filtered_by_kind(client_as: ClientAs, case_id: int) -> None:
    client = client_as("applicant")
    everything = Page(client.get(f"/cases/{case_id}?tab=journal"))
    assert len(everything.all("//tbody/tr")) == 1
    assert (
        len(Page(client.get(f"/cases/{case_id}?tab=journal&kind=task_completed")).all("//tbody/tr"))
        == 0
    )


def test_who_may_not_start_is_told_who_may(client_as: ClientAs) -> None:
    client = client_as("committee_secretary")
    assert "发起" in Page(client.get("/start")).text
    answer = client.get("/start/member_development")
    assert answer.status_code == 403


def test_the_organizer_chooses_whom_the_case_is_about(client_as: ClientAs) -> None:
    client = client_as("organizer")
    data = {"acted_on": "2026-06-01", "applied_to": "work", "workplace": "示例所"}
    page = Page(client.post("/start/member_development", data=data))
    assert page.status == 422
    assert "请选择办理对象" in page.one("//*[@id='dw-subject-error']").text_content()
    assert page.value("workplace") == "示例所"


def test_withdrawing_asks_once_and_wants_a_reason(client_as: ClientAs, case_id: int) -> None:
    client = client_as("applicant")
    path = Page(client.get(f"/cases/{case_id}")).link("撤回")
    assert "不能恢复" in client.get(path).text
    refused = Page(client.post(path, data={"reason": " "}))
    assert refused.status == 422
    assert "请填写撤回原因" in refused.text
    answer = client.post(path, data={"reason": "个人原因。"})
    done = Page(client.get(answer.location))
    assert "撤回成功" in done.text
    assert client.get(path).status_code == 409


def test_an_event_nobody_waits_for_cannot_be_reported(client_as: ClientAs, case_id: int) -> None:
    client = client_as("applicant")
    assert client.get(f"/cases/{case_id}/messages/objection_received").status_code == 404
    assert client.post(f"/cases/{case_id}/messages/objection_received").status_code == 404


def test_the_person_page(client_as: ClientAs, as_: Callable[[str], Actor]) -> None:
    page = Page(client_as("secretary").get(f"/people/{as_('applicant').person_id}"))
    assert as_("applicant").name in page.text
    assert "示例" in page.text


def test_the_organization_page_shows_vacant_posts_and_powers(client_as: ClientAs) -> None:
    client = client_as("secretary")
    tree = Page(client.get("/organizations"))
    assert "有审批权限" in tree.text
    pages = [Page(client.get(a)) for a in tree.all("//main//tbody//a/@href")]
    assert any("空缺" in p.text for p in pages)
    assert any("起" in p.text and "有效" in p.text for p in pages)


def test_the_demo_clock_moves_forward_only(
    app: Application, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[object] = []

    def shift(application: Application, **how: object) -> object:
        assert application is app
        moved.append(how)
        return app.clock.now()

    client = client_as("secretary")
    refused = Page(client.post("/demo/clock", data={"to": "2020-01-01"}))
    assert refused.status == 422
    assert "只能向前" in refused.text
    assert refused.value("to") == "2020-01-01"
    assert "请填写要前往的日期" in client.post("/demo/clock", data={"to": "morgen"}).text
    monkeypatch.setattr("web.demo.routes.shift", shift)
    for data in ({"step": "day"}, {"step": "week"}, {"step": "month"}, {"to": "2026-12-01"}):
        assert client.post("/demo/clock", data=data).status_code == 303
    first = app.clock.now().date()
    assert [
        {"by": timedelta(days=1)},
        {"by": timedelta(days=7)},
        {"to": first.replace(month=first.month + 1)},
        {"to": first.replace(month=12, day=1)},
    ] == moved


@pytest.fixture
def office(app: Application, clock: FixedClock) -> Iterator[Flask]:
    """The same data without the demo."""
    serious = create_application(replace(app.settings, demo=""), clock)
    flask = create_app(serious)
    flask.config["WTF_CSRF_ENABLED"] = False
    yield flask
    serious.database.dispose()


def test_an_office_shows_no_demo(office: Flask, client_as: ClientAs) -> None:
    assert "示例账号" not in office.test_client().get("/login").text
    demo = client_as("secretary")
    assert "演示日期" in demo.get("/inbox").text
    client = office.test_client()
    with demo.session_transaction() as ours, client.session_transaction() as theirs:
        theirs.update(ours)
    page = client.get("/inbox").text
    assert "演示日期" not in page
    assert client.get("/demo/clock").status_code == 404
    assert client.post("/demo/clock", data={"step": "day"}).status_code == 404
