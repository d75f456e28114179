from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from services.audit.models import AuditKind, AuditRow, SubjectKind
from services.bootstrap import Application
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.commands import appoint
from services.people.models import Person, Post
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


def test_sensitive_fields_of_a_case_are_masked_and_shown_for_a_reason(
    app: Application, client_as: ClientAs, case_id: int
) -> None:
    """The applicant has given a date of birth; others see that, and read it one step at a time."""
    own = Page(client_as("applicant").get(f"/cases/{case_id}"))
    born = own.one("//dt[.='出生日期']/following-sibling::dd[1]").text_content()
    assert "年" in born
    client = client_as("secretary")
    page = Page(client.get(f"/cases/{case_id}"))
    assert "（已隐去）" == page.one("//dt[.='出生日期']/following-sibling::dd[1]").text_content()
    assert born not in page.text
    address = page.one("//a[.='查阅隐去的内容']").get("href")
    assert born not in Page(client.get(address)).text
    refused = Page(client.post(address, data={"purpose": ""}))
    assert 422 == refused.status
    assert born not in refused.text
    answer = client.post(address, data={"purpose": "procedure"})
    assert born in Page(answer).text
    assert "no-store" == answer.headers["Cache-Control"]
    with app.database.read() as session:
        [entry] = session.scalars(select(AuditRow).where(AuditRow.kind == AuditKind.SENSITIVE_READ))
        assert (SubjectKind.CASE, str(case_id)) == (entry.subject_kind, entry.subject_id)


def test_who_sees_a_case_without_keeping_its_records_may_not_read_what_is_hidden(
    app: Application, client_as: ClientAs, as_: As, case_id: int
) -> None:
    member = as_("member_9")
    with app.database.write() as session:
        above = session.get_one(Organization, member.organization_id).parent_id
        assert above is not None
        appoint(session, member.person_id, above, Post.OFFICE_CLERK, date(2026, 1, 1))
    client = client_as("member_9")
    page = Page(client.get(f"/cases/{case_id}"))
    assert 200 == page.status
    assert "（已隐去）" in page.text
    assert "查阅隐去的内容" not in page.text
    answer = client.post(f"/cases/{case_id}/entries/1/sensitive", data={"purpose": "procedure"})
    assert 403 == answer.status_code


def test_the_person_concerned_reads_what_they_wrote_and_nothing_else(
    client_as: ClientAs, case_id: int
) -> None:
    client = client_as("applicant")
    assert "查阅隐去的内容" not in Page(client.get(f"/cases/{case_id}")).text
    answer = client.get(f"/cases/{case_id}/entries/1/sensitive")
    assert 404 == answer.status_code
