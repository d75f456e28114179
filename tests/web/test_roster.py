"""Rosters in the browser: template, upload, progress, errors, confirmation, and the exports."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.values import load_values
from services.audit.models import AuditKind, AuditRow
from services.bootstrap import Application
from services.roster.models import Sheet
from services.worker.run import run_due
from tests.rosters import write
from tests.services.organizations.register import CITY, MAIN, body_id
from tests.web.conftest import ClientAs
from tests.web.page import Page

KEEPER = "organizer"
SOMEBODY = {
    "name": "示例甲",
    "sex": "男",
    "born_on": "1990-01-01",
    "home": MAIN,
    "status": "正式党员",
    "remark": "示例",
}


def roster(folder: Path, people: Sequence[Mapping[str, str]]) -> dict[str, object]:
    path = write(folder / "名册.xlsx", {Sheet.PEOPLE: people})
    return {"file": (io.BytesIO(path.read_bytes()), path.name)}


def work_off(app: Application) -> None:
    while run_due(app):
        pass


def sheet_of(answer: TestResponse) -> list[list[str]]:
    assert 200 == answer.status_code, answer.text
    with answer:
        content = answer.data
    book = CalamineWorkbook.from_object(io.BytesIO(content))
    return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


def test_the_import_is_found_from_the_registers_by_who_keeps_them(client_as: ClientAs) -> None:
    for address in ("/people", "/organizations"):
        assert "/roster/imports" == Page(client_as(KEEPER).get(address)).link("名册导入")
        assert "名册导入" not in client_as("applicant").get(address).text
    assert 403 == client_as("applicant").get("/roster/imports").status_code


def test_the_template_comes_as_a_workbook(client_as: ClientAs) -> None:
    client = client_as(KEEPER)
    answer = client.get(Page(client.get("/roster/imports")).link("下载名册导入模板"))
    assert "组织代码" == sheet_of(answer)[0][0]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_roster_is_sent_in_checked_confirmed_and_entered(
    app: Application, client_as: ClientAs, tmp_path: Path
) -> None:
    client = client_as(KEEPER)
    wrong = {**SOMEBODY, "name": "示例乙", "sex": "不详"}
    sent = client.post("/roster/imports", data=roster(tmp_path, [SOMEBODY, wrong]))
    assert 303 == sent.status_code
    waiting = Page(client.get(sent.location))
    assert sent.location == waiting.one("//*[@id='roster-progress']").get("hx-get")
    assert waiting.all("//progress[@aria-label]")

    work_off(app)
    part = client.get(sent.location, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    checked = Page(client.get(sent.location))
    assert not checked.one("//*[@id='roster-progress']").get("hx-get")
    assert "B3 性别：应为男、女之一。" in checked.text
    assert "示例甲" not in client.get("/people?q=示例甲").text.partition("<table")[2]

    assert 303 == client.post(f"{sent.location}/confirm").status_code
    work_off(app)
    done = Page(client.get(sent.location))
    report = sheet_of(client.get(done.link("下载有误的行")))
    assert ["示例乙", "B3 性别：应为男、女之一。"] == [report[1][0], report[1][-1]]
    assert ["示例甲"] == [a.text for a in Page(client.get("/people?q=slj")).all("//tbody//th/a")]
    assert sent.location == Page(client.get("/roster/imports")).link("名册.xlsx")


def test_an_import_given_up_enters_nothing(
    app: Application, client_as: ClientAs, tmp_path: Path
) -> None:
    client = client_as(KEEPER)
    sent = client.post("/roster/imports", data=roster(tmp_path, [SOMEBODY]))
    work_off(app)
    assert "没有改动" in client.post(f"{sent.location}/cancel", follow_redirects=True).text
    assert not Page(client.get(sent.location)).all("//button[.='确认导入']")
    assert not Page(client.get("/people?q=示例甲")).all("//tbody")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("名册.xlsx", b"", "空的"),
        ("名册.xlsx", b"other", "不符"),
        ("名册.txt", b"x", "Excel"),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_page(
    client_as: ClientAs, name: str, content: bytes, words: str
) -> None:
    answer = client_as(KEEPER).post("/roster/imports", data={"file": (io.BytesIO(content), name)})
    assert 422 == answer.status_code
    assert words in Page(answer).one("//*[@role='alert']").text_content()


def test_an_import_is_nobody_elses(app: Application, client_as: ClientAs, tmp_path: Path) -> None:
    sent = client_as(KEEPER).post("/roster/imports", data=roster(tmp_path, [SOMEBODY]))
    work_off(app)
    other = client_as("committee_organizer")
    assert 404 == other.get(sent.location).status_code
    assert 404 == other.get(f"{sent.location}/report.xlsx").status_code
    assert {404} == {
        other.post(f"{sent.location}/{act}").status_code for act in ("confirm", "cancel", "resume")
    }


def test_bodies_go_into_a_workbook_from_the_selected_one_down(
    app: Application, client_as: ClientAs
) -> None:
    client = client_as("applicant")
    page = Page(client.get(f"/organizations?body={body_id(app, CITY)}"))
    heading, first, *below = sheet_of(client.get(page.link("导出本组织及下级")))
    assert ["组织代码", "组织名称"] == heading[:2]
    assert CITY == first[0]
    assert MAIN in {row[0] for row in below}
    assert {"示例"} == {row[-1] for row in below}
    assert len(below) < len(sheet_of(client.get("/organizations/export.xlsx")))
    assert 404 == client.get("/organizations/export.xlsx?body=999999").status_code


def test_posts_go_into_a_workbook_for_those_who_see_the_people(client_as: ClientAs) -> None:
    client = client_as(KEEPER)
    heading, *rows = sheet_of(client.get(Page(client.get("/people")).link("导出任职")))
    assert ["姓名", "任职组织代码", "任职组织", "职务"] == heading[:4]
    assert {MAIN} == {row[1] for row in rows}
    assert "刘思齐" in {row[0] for row in rows}
    assert [heading] == sheet_of(client_as("applicant").get("/people/posts.xlsx"))


def test_each_export_is_recorded_without_the_number_searched_for(
    app: Application, client_as: ClientAs
) -> None:
    client, number = client_as(KEEPER), "990000199001010017"
    for address in ("people/export", "people/posts", "organizations/export"):
        client.get(f"/{address}.xlsx?q={number}").close()
    with app.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.kind == AuditKind.EXPORTED)).all()
        assert ["people", "appointments", "organizations"] == [
            load_values(row.data)["sheet"] for row in rows
        ]
        assert "身份证号" == load_values(rows[0].data)["text"]
