"""While the database is away every address says so in Chinese, and asks to be tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from services.bootstrap import create_application
from services.settings import Settings
from tests.services.database.test_patience import NOBODY_LISTENS
from web.app import create_app
from web.security import TOKEN


@pytest.fixture
def cut_off(tmp_path: Path) -> Iterator[Flask]:
    """The pages on a server that is not there."""
    key = "tests:" + "0" * 64
    app = create_application(
        Settings(data_dir=str(tmp_path), database_url=NOBODY_LISTENS, data_key=key)
    )
    flask = create_app(app)
    flask.config["WTF_CSRF_ENABLED"] = False
    yield flask
    app.database.dispose()


@pytest.mark.parametrize("path", ["/inbox", "/people", "/cases/1", "/roster/imports"])
def test_a_page_is_503_with_words_and_a_time(cut_off: Flask, path: str) -> None:
    client = cut_off.test_client()
    with client.session_transaction() as cookie:
        cookie[TOKEN] = "0" * 64
    answer = client.get(path)
    assert (503, "3") == (answer.status_code, answer.headers["Retry-After"])
    assert "系统繁忙" in answer.text


def test_who_logs_in_is_told(cut_off: Flask) -> None:
    answer = cut_off.test_client().post("/login", data={"login": "shuji", "password": "x"})
    assert (503, "3") == (answer.status_code, answer.headers["Retry-After"])
    assert "系统繁忙" in answer.text


def test_a_program_gets_a_problem(cut_off: Flask) -> None:
    answer = cut_off.test_client().get("/api/v1/me", headers={"Authorization": "Bearer x"})
    assert (503, "3") == (answer.status_code, answer.headers["Retry-After"])
    assert "busy" == json.loads(answer.data)["code"]
