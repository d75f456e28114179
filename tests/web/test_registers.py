"""The registers in the browser: browsing, who is offered what, and acts by form."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.bootstrap import Application
from services.people.commands import appoint
from services.people.models import Appointment, Person, Post
from tests.services.organizations.register import CITY, MAIN, NEIGHBOUR, body_id, body_of, person_id
from tests.web.conftest import ClientAs
from tests.web.page import Page

BASIS = {"acted_on": "2026-06-01", "document_number": "示例党〔2026〕6号"}


def test_the_tree_is_open_around_what_is_selected(app: Application, client_as: ClientAs) -> None:
    page = Page(client_as("secretary").get(f"/organizations?body={body_id(app, CITY)}"))
    tree = page.one("//nav[@aria-label='组织']").text_content()
    assert "长沙市岳麓区律师行业党委" in tree
    assert "湘江示例所党支部" not in tree
    assert "长沙市律师行业党委机关党支部（示例）" in page.one("//table").text_content()


@pytest.mark.parametrize("text", ["湘江", "HN-CS-YL-XJ"])
def test_bodies_are_found_by_name_and_code(client_as: ClientAs, text: str) -> None:
    page = Page(client_as("applicant").get("/organizations", query_string={"q": text}))
    names = [cell.text_content() for cell in page.all("//tbody//th")]
    assert any("湘江示例律师事务所党支部" in name for name in names)
    assert not any("麓山" in name for name in names)


def test_ended_bodies_show_when_asked_for_and_name_their_successor(
    app: Application, client_as: ClientAs
) -> None:
    client = client_as("applicant")
    assert not Page(client.get("/organizations?q=浏阳河")).all("//tbody//th")
    page = Page(client.get("/organizations?q=浏阳河&ended=1"))
    ended = Page(client.get(page.link("浏阳河")))
    assert "橘洲示例律师事务所联合党支部 承接" in ended.text
    assert not ended.all("//section[@aria-label='可以办理的事项']")


def test_the_page_of_a_body_tells_its_history(app: Application, client_as: ClientAs) -> None:
    page = Page(client_as("applicant").get(f"/organizations/{body_id(app, MAIN)}"))
    history = page.one("//div[@aria-label='沿革']").text_content()
    assert "2023-03-15" in history
    assert "湘江潮示例律师事务所党支部" in history
    assert not page.all("//section[@aria-label='可以办理的事项']")


def test_people_are_listed_for_those_who_may_see_them(client_as: ClientAs) -> None:
    own = Page(client_as("organizer").get("/people"))
    assert {"李一鸣"} <= {a.text for a in own.all("//tbody//th/a")}
    assert "唐国栋" not in own.text
    assert [a.text for a in Page(client_as("applicant").get("/people")).all("//tbody//th/a")] == [
        "李一鸣"
    ]


def test_columns_are_chosen_and_remembered(client_as: ClientAs) -> None:
    client = client_as("organizer")
    client.get("/people?columns=1&column=sex&column=posts&column=nonsense")
    page = Page(client.get("/people"))
    assert [th.text for th in page.all("//thead//th")] == ["姓名", "性别", "现任职务"]


def test_people_are_narrowed_by_status_kind_and_pinyin(client_as: ClientAs) -> None:
    client = client_as("organizer")
    for query, names in (
        ("status=probationary", ["邓若溪"]),
        ("kind=intern", ["苏晴"]),
        ("q=shanwenbo", ["单文博"]),
        ("status=nonsense&q=danwenbo", ["单文博"]),
    ):
        page = Page(client.get(f"/people?{query}"))
        assert [a.text for a in page.all("//tbody//th/a")] == names


def test_an_appointment_by_form(app: Application, client_as: ClientAs) -> None:
    address = f"/organizations/{body_id(app, MAIN)}/appoint"
    client = client_as("committee_organizer")
    who = person_id(app, "谭晓岚")
    found = Page(client.post(address, data={"person_id-search": "txl", "dw-ask": "1"}))
    assert str(who) == found.one("//input[@name='person_id']").get("value")
    wrong = client.post(address, data={"person_id": str(who), "post": "publicity_commissioner"})
    assert wrong.status_code == 422
    assert "请填写日期" in Page(wrong).text
    answer = client.post(
        address, data={"person_id": str(who), "post": "publicity_commissioner", **BASIS}
    )
    assert answer.status_code == 303
    with app.database.read() as session:
        row = session.scalars(select(Appointment).where(Appointment.person_id == who)).one()
    assert (row.post, row.document_number) == (
        Post.PUBLICITY_COMMISSIONER,
        BASIS["document_number"],
    )
    person = Page(client.get(f"/people/{who}"))
    assert "宣传委员" in person.text
    ended = client.post(person.link("免职"), data={**BASIS, "acted_on": "2026-06-01"})
    assert ended.status_code == 303
    assert not Page(client.get(f"/people/{who}")).all("//a[starts-with(., '免职')]")


def test_a_transfer_by_form(app: Application, client_as: ClientAs) -> None:
    who, target = person_id(app, "曾令文"), body_id(app, NEIGHBOUR)
    client = client_as("organizer")
    address = Page(client.get(f"/people/{who}")).link("转接组织关系")
    answer = client.post(address, data={"organization_id": str(target), **BASIS})
    assert answer.status_code == 303
    with app.database.read() as session:
        assert session.get_one(Person, who).organization_id == target


def test_what_is_in_the_way_is_listed(app: Application, client_as: ClientAs) -> None:
    answer = client_as("committee_organizer").post(
        f"/organizations/{body_id(app, MAIN)}/dissolve", data=BASIS
    )
    assert answer.status_code == 409
    assert "人员陈启明" in Page(answer).text
    assert body_of(app, MAIN).dissolved_on is None


@pytest.mark.parametrize(
    "act",
    ["appoint", "enter", "establish", "power", "rename", "move", "merge", "split", "dissolve"],
)
def test_an_act_is_shown_to_nobody_who_may_not_do_it(
    app: Application, client_as: ClientAs, act: str
) -> None:
    body = body_id(app, CITY)
    for alias in ("applicant", "secretary", "new_branch_secretary"):
        for answer in (
            client_as(alias).get(f"/organizations/{body}/{act}"),
            client_as(alias).post(f"/organizations/{body}/{act}", data=BASIS),
        ):
            assert answer.status_code == 403


def test_unknown_acts_bodies_and_people(client_as: ClientAs) -> None:
    client = client_as("committee_organizer")
    for address in (
        "/organizations/24/nonsense",
        "/organizations/999999/rename",
        "/organizations/24/end-power/999999",
        "/organizations?body=999999",
        "/people/3/nonsense",
        "/people/999999/transfer",
        "/people/3/end-post/999999",
        "/people?body=999999",
    ):
        assert client.get(address).status_code == 404


def test_the_identity_is_chosen_on_the_task_page(
    app: Application, client_as: ClientAs, case_id: int
) -> None:
    with app.database.write() as session:
        appoint(
            session,
            person_id(app, "陈启明"),
            body_id(app, MAIN),
            Post.DEPUTY_SECRETARY,
            app.clock.now().date(),
        )
    client = client_as("secretary")
    task = Page(client.get("/inbox")).link("派人谈话")
    choices = Page(client.get(task)).all(
        "//form[@id='task-form']//select[@name='dw-identity']/option"
    )
    assert [option.text for option in choices] == [
        "湘江示例所党支部书记",
        "湘江示例所党支部副书记",
    ]
    refused = client.post(f"{task}/claim", data={"dw-identity": "member"})
    assert refused.status_code == 422
    client.post(f"{task}/claim", data={"dw-identity": choices[1].get("value")})
    journal = Page(client.get(f"/cases/{case_id}?tab=journal"))
    assert "湘江示例所党支部副书记" in journal.text


def test_the_employer_is_found_among_the_law_firms(app: Application, client_as: ClientAs) -> None:
    client, firm = client_as("organizer"), body_id(app, "LX-CS-XJ")
    address = f"/organizations/{body_id(app, MAIN)}/enter"
    asked = {"employer_id-search": "湘江", "dw-ask": "1"}
    found = Page(client.post(address, data=asked))
    assert [box.get("value") for box in found.all("//input[@name='employer_id']")] == [str(firm)]
    form = {
        "name": "示例人",
        "sex": "男",
        "born_on": "1990-01-01",
        "kind": "lawyer",
        "occupation": "律师",
        "status": "masses",
        "employer_id": str(firm),
        **BASIS,
    }
    assert client.post(address, data=form).status_code == 303
    who = person_id(app, "示例人")
    page = Page(client.get(f"/people/{who}"))
    assert "湘江示例律师事务所" in page.one("//dl").text_content()
    left = client.post(page.link("变更执业机构"), data=BASIS)
    assert left.status_code == 303
    with app.database.read() as session:
        assert session.get_one(Person, who).employer_id is None
