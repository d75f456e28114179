from __future__ import annotations

import pytest
from flask import Flask

from engine.errors import DangwuError, ExpressionError, TargetNotAllowed, TaskNotOpen
from services.errors import Busy, Conflict, Forbidden, Invalid, NotFound, ServiceError
from services.identity.errors import LoginFailed
from tests.web.conftest import ClientAs
from tests.web.page import Page
from web.errors import status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LoginFailed(), 401),
        (Forbidden(), 403),
        (NotFound(), 404),
        (Conflict(), 409),
        (TaskNotOpen(), 409),
        (TargetNotAllowed(), 422),
        (Invalid(), 422),
        (ServiceError(), 422),
        (ExpressionError(), 500),
        (Busy(), 503),
    ],
    ids=lambda value: getattr(value, "code", value),
)
def test_each_error_has_its_status(error: DangwuError, status: int) -> None:
    assert status == status_of(error)


@pytest.fixture
def failing(web: Flask) -> Flask:
    """The pages with three more that fail."""

    def fail(kind: str) -> str:
        errors = {
            "busy": Busy(),
            "invalid": Invalid(errors={"x": "此栏有误。"}),
            "bug": KeyError("x"),
        }
        raise errors[kind]

    web.add_url_rule("/fail/<kind>", "fail", fail)
    return web


@pytest.mark.usefixtures("failing")
def test_a_busy_database_is_503_and_may_be_tried_again(client_as: ClientAs) -> None:
    answer = client_as("secretary").get("/fail/busy")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    assert "系统繁忙" in answer.text


@pytest.mark.usefixtures("failing")
def test_a_bug_is_a_page_in_chinese_without_a_traceback(client_as: ClientAs) -> None:
    page = Page(client_as("secretary").get("/fail/bug"))
    assert page.status == 500
    assert "本次操作没有生效" in page.text
    assert "KeyError" not in page.text
    assert page.link("回到工作台") == "/"


@pytest.mark.usefixtures("failing")
def test_scripts_get_a_fragment_or_json(client_as: ClientAs) -> None:
    client = client_as("secretary")
    fragment = client.get("/fail/invalid", headers={"HX-Request": "true"})
    assert fragment.text.startswith("<span")
    answer = client.get("/fail/invalid", headers={"Accept": "application/json"})
    assert (
        answer.status_code,
        answer.json and answer.json["code"],
        answer.json and answer.json["errors"],
    ) == (422, "invalid", {"x": "此栏有误。"})


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/no-such-page", 404, "没有找到这个页面"),
        ("GET", "/cases/999999", 404, "没有找到您要的内容"),
        ("GET", "/people/999999", 404, "没有找到您要的内容"),
        ("GET", "/organizations/999999", 404, "没有找到您要的内容"),
        ("GET", "/attachments/999999", 404, "没有找到您要的内容"),
        ("GET", "/tasks/none", 404, "没有找到您要的内容"),
        ("DELETE", "/inbox", 405, "不能这样打开"),
    ],
)
def test_wrong_addresses(
    client_as: ClientAs, method: str, path: str, status: int, words: str
) -> None:
    answer = client_as("secretary").open(path, method=method)
    assert status == answer.status_code
    assert words in answer.text


def test_a_wrong_method_names_the_right_ones(client_as: ClientAs) -> None:
    assert "GET" in client_as("secretary").delete("/inbox").headers["Allow"]


def test_too_large_a_form(web: Flask, client_as: ClientAs) -> None:
    web.config["MAX_CONTENT_LENGTH"] = 1000
    answer = client_as("secretary").post("/preferences/large-text", data={"next": "x" * 2000})
    assert answer.status_code == 413
    assert "过大" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/people?q=a%00b",
        "/search?q=%00",
        "/people?page=99999999999999999999",
        "/organizations?page=99999999999999999999",
        "/cases?page=99999999999999999999",
        "/people?body=99999999999999999999",
        "/organizations?body=9223372036854775807",
        "/cases/1/decisions/9223372036854775806/1",
        "/procedures/member_development/versions/9223372036854775806/diagram.bpmn",
    ],
)
def test_what_no_database_holds_is_no_fault_of_ours(client_as: ClientAs, path: str) -> None:
    assert client_as("secretary").get(path).status_code < 500
