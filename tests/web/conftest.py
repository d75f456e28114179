"""Fixtures of the page tests: the pages on the sample world, and clients logged in as people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, select

from services.bootstrap import Application
from services.identity import sessions
from services.identity.actor import Actor
from services.identity.commands import add_account
from services.identity.models import Account
from services.identity.sessions import Origin
from web.app import create_app
from web.security import TOKEN

ClientAs = Callable[[str], FlaskClient]


@pytest.fixture
def web(app: Application) -> Flask:
    """The pages, without CSRF tokens (tests/web/test_security.py has them)."""
    flask = create_app(app)
    flask.config["WTF_CSRF_ENABLED"] = False
    flask.config["API_PER_MINUTE"] = 1_000_000
    return flask


def logged_in(web: Flask, app: Application, account: ColumnElement[bool]) -> FlaskClient:
    """Return a client with a session of an account; a password would cost a third of a second."""
    client = web.test_client()
    with app.database.write() as session:
        found = session.scalars(select(Account).where(account)).one()
        token = sessions.begin(session, found, Origin("127.0.0.1", "tests"), app.wall.now())
    with client.session_transaction() as cookie:
        cookie[TOKEN] = token
    return client


def client_of(web: Flask, app: Application, person_id: int) -> FlaskClient:
    """Return a client logged in as a person, who gets an account if there is none."""
    with app.database.write() as session:
        known = session.scalar(select(Account.id).where(Account.person_id == person_id))
        if known is None:
            add_account(session, person_id, f"person-{person_id}", "", app.wall.now())
    return logged_in(web, app, Account.person_id == person_id)


@pytest.fixture
def client_as(web: Flask, app: Application, as_: Callable[[str], Actor]) -> ClientAs:
    """Return a client logged in as a cast alias (“applicant”, “secretary” …)."""

    return lambda alias: client_of(web, app, as_(alias).person_id)


@pytest.fixture
def client_by_login(web: Flask, app: Application) -> ClientAs:
    """Return a client logged in under a login of the sample world (“shengshuji”, “xitong” …)."""
    return lambda login: logged_in(web, app, Account.login == login)


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
