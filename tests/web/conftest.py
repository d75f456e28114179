"""Fixtures of the page tests: the pages on the sample world, and clients logged in as people."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.bootstrap import Application
from services.identity.actor import Actor
from web.app import create_app

ClientAs = Callable[[str], FlaskClient]


@pytest.fixture
def web(app: Application) -> Flask:
    """The pages, without CSRF tokens (tests/web/test_security.py has them)."""
    flask = create_app(app)
    flask.config["WTF_CSRF_ENABLED"] = False
    flask.config["API_PER_MINUTE"] = 1_000_000
    return flask


@pytest.fixture
def client_as(web: Flask, as_: Callable[[str], Actor]) -> ClientAs:
    """Return a client logged in as a cast alias (“applicant”, “secretary” …)."""

    def log_in(alias: str) -> FlaskClient:
        client = web.test_client()
        now = int(time.time())
        with client.session_transaction() as session:
            session.update(person_id=as_(alias).person_id, began=now, seen=now)
        return client

    return log_in


@pytest.fixture
def case_id(client_as: ClientAs, as_: Callable[[str], Actor]) -> int:
    """A case about the applicant, started on 2026-06-01; it waits for the talk."""
    answer = client_as("applicant").post(
        "/start/member_development",
        data={
            "dw-subject": str(as_("applicant").person_id),
            "acted_on": "2026-06-01",
            "applied_to": "work",
            "workplace": "示例律师事务所",
        },
    )
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])
