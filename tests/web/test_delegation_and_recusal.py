"""我的委托, 回避申报, 回避 in a case, 无人可办: through the pages, without scripts."""

from __future__ import annotations

from collections.abc import Callable

from services.identity.actor import Actor
from tests.web.conftest import ClientAs

Cast = Callable[[str], Actor]
DATES = {"starts_on": "2026-06-01", "ends_on": "2026-06-10"}


def _delegate(client_as: ClientAs, as_: Cast) -> None:
    answer = client_as("secretary").post(
        "/delegations/new",
        data={"dw-people": str(as_("member_9").person_id), "dw-words": "出差", **DATES},
    )
    assert answer.status_code == 303, answer.text


def test_a_delegation_from_form_to_act(client_as: ClientAs, as_: Cast, case_id: int) -> None:
    found = client_as("secretary").post("/delegations/new", data={"dw-ask": "1", "dw-search": "曾"})
    assert "曾令文" in found.text
    _delegate(client_as, as_)
    assert "委托曾令文" in client_as("secretary").get("/delegations").text
    agent = client_as("member_9")
    assert "受陈启明委托" in agent.get("/delegations").text
    inbox = agent.get("/inbox").text
    assert "代陈启明" in inbox
    task = inbox.split('href="/tasks/')[1].split('"')[0]
    page = agent.get(f"/tasks/{task}").text
    assert "您受陈启明委托代为办理" in page
    assert f'href="/tasks/{task}/transfer"' not in page
    case = client_as("organizer").get(f"/cases/{case_id}").text
    assert "陈启明（书记，委托曾令文代办）" in case
    assert "受陈启明委托" in case


def test_a_refused_delegation_keeps_what_was_typed(client_as: ClientAs, as_: Cast) -> None:
    answer = client_as("secretary").post(
        "/delegations/new", data={"dw-words": "出差", "starts_on": "2026-06-01"}
    )
    assert answer.status_code == 422
    assert "请填写结束日期" in answer.text
    assert 'value="2026-06-01"' in answer.text


def test_leave_is_recorded_and_canceled(client_as: ClientAs) -> None:
    client = client_as("secretary")
    assert client.post("/absences", data={"kind": "leave", **DATES}).status_code == 303
    page = client.get("/delegations").text
    cancel = page.split('action="/absences/')[1].split('"')[0]
    assert client.post(f"/absences/{cancel}").status_code == 303
    assert client.post("/absences", data={"kind": "leave"}).status_code == 422


def test_a_relative_is_declared_by_full_name(client_as: ClientAs, as_: Cast, case_id: int) -> None:
    client = client_as("secretary")
    asked = client.post("/relationships/new", data={"dw-ask": "1", "dw-search": "李一鸣"})
    assert "李一鸣（" in asked.text
    declared = client.post(
        "/relationships/new",
        data={
            "dw-people": str(as_("applicant").person_id),
            "kind": "spouse",
            "since": "2020-01-01",
        },
    )
    assert declared.status_code == 303, declared.text
    assert "夫妻关系" in client.get("/relationships").text
    page = client_as("committee_secretary").get(f"/cases/{case_id}").text
    assert "与办理对象有夫妻关系，须回避" in page


def test_recusal_in_a_case(client_as: ClientAs, as_: Cast, case_id: int) -> None:
    own = client_as("secretary").post(
        f"/cases/{case_id}/recusals/new", data={"ground": "witness", "dw-words": "共同办案。"}
    )
    assert own.status_code == 303, own.text
    officer = client_as("committee_secretary")
    assert "周文静" in officer.get(f"/cases/{case_id}/recusals/order").text
    ordered = officer.post(
        f"/cases/{case_id}/recusals/order",
        data={
            "ground": "party",
            "dw-words": "有利害关系。",
            "dw-people": str(as_("deputy_secretary").person_id),
        },
    )
    assert ordered.status_code == 303, ordered.text
    page = officer.get(f"/cases/{case_id}").text
    assert "本人申请" in page
    assert "谢正华决定" in page
    lift = page.split(f'action="/cases/{case_id}/recusals/')[1].split('"')[0]
    lifted = officer.post(f"/cases/{case_id}/recusals/{lift}", data={"dw-words": "情况消除。"})
    assert lifted.status_code == 303
    assert client_as("organizer").get(f"/cases/{case_id}/recusals/order").status_code == 403


def test_the_list_of_what_nobody_can_do(client_as: ClientAs) -> None:
    assert "没有无人可办的事项" in client_as("committee_organizer").get("/unstaffed").text
    assert 'href="/unstaffed"' not in client_as("member_9").get("/inbox").text
