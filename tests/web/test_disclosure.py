from __future__ import annotations

from collections.abc import Callable

from services.bootstrap import Application
from services.identity.actor import Actor
from services.people.models import Person
from tests.web.conftest import ClientAs
from tests.web.page import Page

As = Callable[[str], Actor]


def test_personal_data_is_asked_for_and_shown(
    app: Application, client_as: ClientAs, as_: As
) -> None:
    person_id = as_("applicant").person_id
    with app.database.read() as session:
        number = session.get_one(Person, person_id).identity_number or ""
    client = client_as("secretary")
    page = Page(client.get(f"/people/{person_id}"))
    assert number not in page.text
    assert number[:3] + "*" * 11 + number[-4:] in page.text
    address = page.one("//a[normalize-space(.)='显示完整信息']").get("href")
    assert number not in Page(client.get(address)).text
    refused = Page(client.post(address, data={"purpose": "", "grounds": "核对"}))
    assert 422 == refused.status
    assert number not in refused.text
    assert "请选择查阅目的。" in refused.text
    assert "核对" == refused.one("//textarea[@name='grounds']").text_content().strip()
    answer = client.post(address, data={"purpose": "verification"})
    assert number in Page(answer).text
    assert "no-store" == answer.headers["Cache-Control"]


def test_who_may_not_see_the_person_gets_nothing(client_as: ClientAs, as_: As) -> None:
    client, path = client_as("applicant"), f"/people/{as_('secretary').person_id}/personal"
    assert (404, 404) == (client.get(path).status_code, client.post(path).status_code)
