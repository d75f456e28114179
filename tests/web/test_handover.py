"""交接 through the pages and the API, without scripts."""

from __future__ import annotations

from collections.abc import Callable

from services.identity.actor import Actor
from tests.web.conftest import ClientAs

Cast = Callable[[str], Actor]
FORM = {
    "scope": "body",
    "acted_on": "2026-06-01",
    "document_number": "示例组〔2026〕9号",
    "dw-words": "工作调动",
}


def _address(as_: Cast) -> str:
    leaver = as_("secretary")
    return f"/organizations/{leaver.organization_id}/hand-over/{leaver.person_id}"


def _claim(client_as: ClientAs) -> None:
    client = client_as("secretary")
    task = client.get("/inbox").text.split('href="/tasks/')[1].split('"')[0]
    assert client.post(f"/tasks/{task}/claim").status_code == 303


def test_it_is_found_from_the_body_and_from_the_person(client_as: ClientAs, as_: Cast) -> None:
    client, leaver = client_as("committee_organizer"), as_("secretary")
    body = client.get(f"/organizations/{leaver.organization_id}").text
    choose = f"/organizations/{leaver.organization_id}/hand-over"
    assert f'href="{choose}"' in body
    assert f'href="{_address(as_)}"' in client.get(choose).text
    assert f'href="{_address(as_)}"' in client.get(f"/people/{leaver.person_id}").text
    plain = client_as("member_9").get(f"/organizations/{leaver.organization_id}").text
    assert f'href="{choose}"' not in plain


def test_from_the_preview_to_the_record(client_as: ClientAs, as_: Cast, case_id: int) -> None:
    _claim(client_as)
    client = client_as("committee_organizer")
    typed = FORM | {"dw-people": str(as_("deputy_secretary").person_id)}
    preview = client.post(_address(as_), data=typed).text
    assert "“派人谈话”" in preview
    assert "确定交接" in preview
    seen = preview.split('name="dw-seen" value="')[1].split('"')[0]
    unseen = client.post(_address(as_), data=typed | {"dw-confirm": "1"})
    assert unseen.status_code == 422
    done = client.post(_address(as_), data=typed | {"dw-confirm": "1", "dw-seen": seen})
    assert done.status_code == 303, done.text
    page = client.get(done.location).text
    assert "陈启明向周文静交接" in page
    assert f'href="/cases/{case_id}"' in page
    body = client.get(f"/organizations/{as_('secretary').organization_id}").text
    assert "交接记录" in body
    assert "派人谈话" in client_as("deputy_secretary").get("/inbox").text
    assert "陈启明交接给周文静" in client.get(f"/cases/{case_id}").text


def test_what_is_missing_is_said_and_what_was_typed_stays(client_as: ClientAs, as_: Cast) -> None:
    client = client_as("committee_organizer")
    answer = client.post(_address(as_), data={"scope": "body", "acted_on": "2026-06-01"})
    assert answer.status_code == 422
    assert "请填写交接事由" in answer.text
    assert 'value="2026-06-01"' in answer.text
