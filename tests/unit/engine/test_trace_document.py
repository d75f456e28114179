"""`dangwu trace -`: every request has an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.collaboration import Start
from engine.errors import DefinitionError
from engine.trace import Trace
from engine.trace_document import (
    Request,
    RequestError,
    answer,
    broken_off,
    out_of_time,
    read_request,
    refusal,
)
from tests.unit.engine.builder import chain, document, end, message, node, start, user
from tests.unit.engine.case import NOW

LINE = document(start() + user("a") + end() + chain("s", "a", "e")).decode()


def request(**fields: Any) -> Request:
    files = [{"name": "a.bpmn", "content": LINE}]
    return read_request(json.dumps({"files": files, **fields}).encode())


def run(asked: Request) -> Trace:
    trace = Trace(asked.files, asked.starts, asked.task_data, NOW)
    list(trace)
    return trace


def test_a_request_says_what_to_run() -> None:
    starts = [
        {"process": "p", "variables": {"n": 1}},
        {"message": "m", "variables": None},
        {"process": "p", "signal": "s"},
    ]
    asked = request(start=starts, tasks={"a": {"done": True}}, max_seconds=5)
    assert asked == Request(
        {"a.bpmn": LINE.encode()},
        (Start("p", {"n": 1}), Start(None, {}, message="m"), Start("p", {}, signal="s")),
        {"a": {"done": True}},
        5.0,
    )


def test_an_answer_says_what_came_of_it() -> None:
    asked = request(start=[{"process": "p", "variables": {"n": 1}}], tasks={"a": {"done": True}})
    assert answer(run(asked)) == {
        "deployed": True,
        "status": "completed",
        "completed": ["s", "a", "e"],
        "variables": {"n": 1, "done": True},
        "stores": {},
        "instances": [
            {
                "number": 1,
                "process": "p",
                "status": "completed",
                "variables": {"n": 1, "done": True},
            }
        ],
        "waiting": [],
        "undelivered": [],
        "uncaught": [],
        "error": None,
    }


@pytest.mark.parametrize(
    "head", ["\ufeff", '<?xml version="1.0" encoding="UTF-16"?>', "\n<?xml version='1.0'?>\n"]
)
def test_what_the_text_says_of_its_bytes_does_not_matter(head: str) -> None:
    asked = request(files=[{"name": "a", "content": head + LINE.replace("流程", "党费")}])
    assert run(asked).participants[0].process.name == "党费"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"files": {}}',
        b'{"files": []}',
        b'{"files": [1]}',
        b'{"files": [{"name": "a"}]}',
        b'{"files": [{"name": 1, "content": ""}]}',
        b'{"files": [{"name": "a", "content": ""}, {"name": "a", "content": ""}]}',
        b'{"files": [{"name": "a", "content": "\\ud800"}]}',
        b'{"files": [{"name": "a", "content": ""}], "more": 1}',
    ],
    ids=range(14),
)
def test_a_bad_request_is_refused(text: bytes) -> None:
    with pytest.raises(RequestError):
        read_request(text)


@pytest.mark.parametrize(
    "fields",
    [
        {"start": {}},
        {"start": [1]},
        {"start": [{"process": 1}]},
        {"start": [{"procces": "p"}]},
        {"start": [{"variables": []}]},
        {"start": [{"message": "m", "signal": "s"}]},
        {"start": [{"variables": {"n": float("nan")}}]},
        {"tasks": []},
        {"max_seconds": 0},
        {"max_seconds": -1},
        {"max_seconds": True},
        {"max_seconds": "5"},
        {"max_seconds": 601},
    ],
)
def test_bad_fields_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        request(**fields)


def test_refused_files_are_refused_with_all_findings() -> None:
    body = (
        start()
        + node("scriptTask", "g", scriptFormat="x")
        + node("callActivity", "c")
        + chain("s", "g", "c")
    )
    with pytest.raises(DefinitionError) as refused:
        Trace({"a.bpmn": document(body)}, (), {}, NOW)
    found = refusal(refused.value)
    assert (found["deployed"], found["status"]) == (False, "refused")
    assert {"g", "c"} <= {finding["element_id"] for finding in found["error"]["findings"]}


def test_errors_are_told() -> None:
    failing = end("e", '<bpmn:errorEventDefinition errorRef="r"/>')
    body = document(start() + failing + chain("s", "e"), '<bpmn:error id="r" errorCode="E1"/>')
    told = answer(run(Request({"a": body}, (), {}, 1)))
    assert (told["status"], told["error"]["code"]) == ("failed", "uncaught-error")
    assert told["uncaught"] == [{"type": "error_thrown", "element_id": "e", "code": "E1"}]
    told = answer(run(request(start=[{"variables": {"deep": deep(70)}}])))
    assert (told["status"], told["error"]["code"]) == ("failed", "value-type")
    assert told["instances"][0]["status"] == "failed"


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else 1


def test_a_run_that_is_broken_off_tells_how_far_it_came() -> None:
    waiting = document(start() + node("receiveTask", "r", messageRef="m1") + chain("s", "r"))
    told = broken_off(run(Request({"a": waiting}, (), {}, 1)), out_of_time(1))
    assert (told["status"], told["completed"], told["waiting"]) == ("limit", ["s"], ["hello"])
    assert "1 秒" in told["error"]["message"]
    assert broken_off(None, "")["deployed"] is False


def test_nothing_has_happened_without_a_start() -> None:
    body = document(node("startEvent", "s", message()) + user("a") + chain("s", "a"))
    told = answer(run(Request({"a": body}, (Start(None, {}, message="other"),), {}, 1)))
    assert (told["status"], told["undelivered"], told["instances"]) == ("waiting", ["other"], [])
