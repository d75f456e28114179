from __future__ import annotations

from collections.abc import Callable

from services.identity.actor import Actor
from tests.web.api.conftest import CallerAs


def test_a_program_previews_hands_over_and_reads_the_record(
    caller_as: CallerAs, as_: Callable[[str], Actor], case_id: int
) -> None:
    leaver, successor = as_("secretary"), as_("deputy_secretary")
    task = caller_as("secretary").get("/tasks").get_json()["items"][0]["task_id"]
    assert caller_as("secretary").post(f"/tasks/{task}/claim").status_code == 204
    program = caller_as("committee_organizer")
    address = f"/organizations/{leaver.organization_id}/handovers"
    command = {
        "person_id": leaver.person_id,
        "successor_id": successor.person_id,
        "scope": "body",
        "basis": {"acted_on": "2026-06-01", "document_number": "示例组〔2026〕9号"},
        "reason": "工作调动",
    }
    seen = program.post(f"{address}/preview", command)
    assert seen.status_code == 200, seen.text
    assert [(item["kind"], item["outcome"]) for item in seen.get_json()["items"]] == [
        ("post", "ended"),
        ("task", "handed_over"),
    ]
    old = program.post(address, command | {"seen": "0" * 64})
    assert (old.status_code, old.get_json()["code"]) == (409, "conflict")
    done = program.post(
        address, command | {"seen": seen.get_json()["digest"]}, Idempotency_Key="once"
    )
    assert done.status_code == 201, done.text
    again = program.post(
        address, command | {"seen": seen.get_json()["digest"]}, Idempotency_Key="once"
    )
    assert again.get_json() == done.get_json()
    assert done.get_json()["items"][1]["case_id"] == case_id
    assert [row["id"] for row in program.get(address).get_json()] == [done.get_json()["id"]]
    assert caller_as("member_9").get(f"/handovers/{done.get_json()['id']}").status_code == 404
    assert caller_as("member_9").post(address, command).status_code == 403
