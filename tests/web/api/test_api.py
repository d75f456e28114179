from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from services.api_tokens.models import TokenScope
from services.bootstrap import Application
from services.clock import FixedClock
from services.idempotency.commands import KEPT_FOR
from services.identity.actor import Actor
from tests.web.api.conftest import PREFIX, Caller, CallerAs

START = {
    "key": "member_development",
    "data": {"acted_on": "2026-06-01", "applied_to": "work", "workplace": "示例律师事务所"},
}


@pytest.fixture
def applicant(caller_as: CallerAs) -> Caller:
    return caller_as("applicant")


@pytest.fixture
def start(as_: Callable[[str], Actor]) -> dict[str, object]:
    return START | {"subject_id": as_("applicant").person_id}


def test_a_case_runs_from_start_to_its_next_step(
    applicant: Caller,
    caller_as: CallerAs,
    as_: Callable[[str], Actor],
    start: dict[str, object],
) -> None:
    started = applicant.post("/instances", start)
    assert started.status_code == 201, started.text
    case_id = started.json["case_id"]
    secretary, talker = caller_as("secretary"), as_("secretary")

    (item,) = secretary.get("/tasks").json["items"]
    task = secretary.get(f"/tasks/{item['task_id']}")
    assert case_id == item["case_id"]
    assert task.json["may_complete"] is True
    etag = task.headers["ETag"]
    claimed = secretary.post(f"/tasks/{item['task_id']}/claim", If_Match=etag)
    assert (claimed.status_code, claimed.data) == (204, b"")
    talked = {"acted_on": "2026-06-01", "talker": str(talker.person_id), "talk_record": "示例"}
    done = secretary.post(
        f"/tasks/{item['task_id']}/complete", {"data": talked}, Idempotency_Key="talk-1"
    )
    assert done.status_code == 200, done.text
    assert ["recommend_activist"] == [step["element_id"] for step in done.json["next_steps"]]
    shown = applicant.get(f"/instances/{case_id}")
    assert shown.json["header"]["subject_name"] == "李一鸣"
    assert "task_claimed" in [entry["kind"] for entry in shown.json["journal"]]


def test_an_outdated_revision_is_refused(
    applicant: Caller, caller_as: CallerAs, start: dict[str, object]
) -> None:
    case_id = applicant.post("/instances", start).json["case_id"]
    answer = applicant.post(f"/instances/{case_id}/withdraw", {"reason": "示例"}, If_Match='"999"')

    assert answer.status_code == 412
    assert answer.json["code"] == "revision-outdated"
    assert applicant.get(f"/instances/{case_id}").json["header"]["status"] == "active"
    etag = applicant.get(f"/instances/{case_id}").headers["ETag"]
    done = applicant.post(f"/instances/{case_id}/withdraw", {"reason": "示例"}, If_Match=etag)
    assert done.status_code == 200
    assert done.headers["ETag"] != etag


def test_the_same_request_again_is_done_once(applicant: Caller, start: dict[str, object]) -> None:
    first, second = (applicant.post("/instances", start, Idempotency_Key="k1") for _ in "12")

    assert (201, 201) == (first.status_code, second.status_code)
    assert first.data == second.data
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert applicant.get("/instances").json["total"] == 1


def test_a_key_is_good_for_one_request_only(applicant: Caller, start: dict[str, object]) -> None:
    applicant.post("/instances", start, Idempotency_Key="k1")
    other = applicant.post("/instances", start | {"late_reason": "x"}, Idempotency_Key="k1")

    assert other.status_code == 409
    assert other.json["code"] == "idempotency-key-reused"


def test_a_refused_request_leaves_its_key_free(applicant: Caller, start: dict[str, object]) -> None:
    bad = applicant.post("/instances", START | {"subject_id": 1}, Idempotency_Key="k1")
    assert bad.status_code == 403
    assert applicant.post("/instances", start, Idempotency_Key="k1").status_code == 201


def test_keys_of_different_people_do_not_meet(
    applicant: Caller, caller_as: CallerAs, start: dict[str, object]
) -> None:
    applicant.post("/instances", start, Idempotency_Key="k1")
    other = caller_as("secretary").post("/instances", start, Idempotency_Key="k1")
    assert "Idempotency-Replayed" not in other.headers


def test_a_key_is_forgotten_after_a_day(
    applicant: Caller, start: dict[str, object], clock: FixedClock
) -> None:
    applicant.post("/instances", start, Idempotency_Key="k1")
    clock.advance(KEPT_FOR)
    again = applicant.post("/instances", start, Idempotency_Key="k1")
    assert "Idempotency-Replayed" not in again.headers


def test_errors_are_problem_details(applicant: Caller) -> None:
    answer = applicant.get("/instances/999")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "code", "errors", "breaches"} == (
        answer.json.keys()
    )
    assert answer.json["code"] == "not-found"
    assert answer.json["type"] == "urn:dangwu:error:not-found"


def test_what_is_wrong_is_said_field_by_field(applicant: Caller, start: dict[str, object]) -> None:
    answer = applicant.post("/instances", start | {"subject_id": "x", "colour": "red"})
    assert answer.status_code == 422
    assert answer.json["errors"] == {"subject_id": "应为整数。", "colour": "没有这一项。"}
    form = applicant.post("/instances", start | {"data": {}})
    assert form.json["code"] == "form-invalid"
    assert "acted_on" in form.json["errors"]


def test_what_belongs_to_pages_or_headers_is_no_part_of_a_body(applicant: Caller) -> None:
    for name in ("sent", "revision"):
        refused = applicant.post("/tasks/0/complete", {name: {}})
        assert (refused.status_code, list(refused.json["errors"])) == (422, [name])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        ({"Authorization": "Basic eDp4"}, 401),
        ({"Authorization": "Bearer "}, 401),
    ],
)
def test_without_a_token_nothing_is_told(web: Flask, headers: dict[str, str], status: int) -> None:
    answer = web.test_client().get(f"{PREFIX}/tasks", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (status, "token-invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_reading_token_does_not_act(caller_as: CallerAs, start: dict[str, object]) -> None:
    reader = caller_as("applicant", TokenScope.READ)
    assert reader.get("/me").json["name"] == "李一鸣"
    answer = reader.post("/instances", start)
    assert (answer.status_code, answer.json["code"]) == (403, "token-scope")


def test_one_reads_what_is_held_on_oneself_masked(
    applicant: Caller, start: dict[str, object]
) -> None:
    applicant.post("/instances", start)
    own = applicant.get("/me/information").json
    assert "李一鸣" == own["person"]["name"]
    assert "*" in own["person"]["personal"]["identity_number"]
    [case] = own["cases"]["items"]
    assert applicant.get(f"/instances/{case['case_id']}").status_code == 200
    assert (1, []) == (own["handled"]["total"], own["reads"])


def test_a_session_is_no_token(web: Flask, client_as: Callable[[str], object]) -> None:
    answer = client_as("applicant").get(f"{PREFIX}/me")  # type: ignore[attr-defined]
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"key": "\\ud800"}', "application/json", 400),
        (b'{"key": "a\\u0000b", "data": {}}', "application/json", 422),
        (b"[1]", "application/json", 422),
        (b"x=1", "text/plain", 415),
        (b"\xff", "application/json", 400),
    ],
)
def test_nonsense_is_refused_in_order(
    applicant: Caller, content: bytes, kind: str, status: int
) -> None:
    answer = applicant.client.post(
        f"{PREFIX}/instances",
        data=content,
        content_type=kind,
        headers={"Authorization": f"Bearer {applicant.secret}"},
    )
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_lists_go_on_where_the_cursor_says(applicant: Caller) -> None:
    assert applicant.get("/tasks?cursor=xyz").status_code == 422
    assert applicant.get("/tasks").json["next"] is None


def test_too_many_calls_have_to_wait(web: Flask, applicant: Caller) -> None:
    web.config["API_PER_MINUTE"] = 3
    answers = [applicant.get(path) for path in ("/me", "/notices", "/tasks", "/me")]
    assert [200, 200, 200, 429] == [answer.status_code for answer in answers]
    assert answers[-1].mimetype == "application/problem+json"


def test_an_unknown_address_is_a_problem_too(app: Application, applicant: Caller) -> None:
    del app
    assert applicant.get("/nothing").mimetype == "application/problem+json"
    assert applicant.get(f"/instances/{2**64}").status_code == 404
    assert applicant.get("/tasks/a%00b").status_code == 400
