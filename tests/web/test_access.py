from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from services.bootstrap import Application
from services.clock import FixedClock
from services.demo.world import LOGINS, SAMPLE_PASSWORD
from services.identity.errors import LoginFailed
from services.identity.models import Account, LoginSession
from tests.web.conftest import ClientAs
from tests.web.page import Page
from web.access import PUBLIC_ENDPOINTS
from web.converters import RowNumber
from web.security import TOKEN_BLUEPRINTS, safe_target


def address(flask: Flask, rule: Rule) -> str:
    values: dict[str, Any] = {
        name: 1 if isinstance(c, RowNumber) else "x" for name, c in rule._converters.items()
    }
    with flask.test_request_context():
        return str(flask.url_for(rule.endpoint, **values))


def guarded(flask: Flask) -> Iterator[tuple[str, str]]:
    for rule in flask.url_map.iter_rules():
        if rule.endpoint in PUBLIC_ENDPOINTS or rule.endpoint.partition(".")[0] in TOKEN_BLUEPRINTS:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, address(flask, rule)


def test_every_page_asks_for_a_login(web: Flask) -> None:
    client = web.test_client()
    routes = list(guarded(web))
    answers = {(m, a): client.open(a, method=m) for m, a in routes}
    assert len(routes) > 25
    assert {
        route: answer.status_code
        for route, answer in answers.items()
        if answer.status_code != 303 or not answer.location.startswith("/login")
    } == {}


def test_the_public_pages_are_these_six(web: Flask) -> None:
    signing_on = {"sign_on.begin", "sign_on.finish"}
    assert PUBLIC_ENDPOINTS == signing_on | {
        "auth.login",
        "static",
        "health.healthz",
        "api_docs.openapi",
    }
    client = web.test_client()
    assert client.get("/login").status_code == 200
    assert client.get("/healthz").json == {"status": "ok"}


def test_a_script_is_told_that_the_login_is_over(web: Flask) -> None:
    answer = web.test_client().post("/tasks/x/draft", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "重新登录" in answer.text


def test_logging_in_leads_back_to_the_page_asked_for(web: Flask) -> None:
    client = web.test_client()
    answer = client.get("/organizations?x=1")
    assert answer.location == "/login?next=/organizations?x%3D1"
    answer = client.post(
        answer.location, data={"login": LOGINS[0].login, "password": SAMPLE_PASSWORD}
    )
    assert answer.location == "/organizations?x=1"
    assert LOGINS[0].name in client.get("/inbox").text


def test_a_wrong_password_is_refused_and_the_login_name_kept(web: Flask) -> None:
    answer = web.test_client().post("/login", data={"login": LOGINS[0].login, "password": "falsch"})
    page = Page(answer)
    assert page.status == 401
    assert LOGINS[0].login == page.value("login")
    assert "登录名或密码不正确" in page.text


def test_after_five_failures_the_login_waits(web: Flask) -> None:
    client = web.test_client()
    data = {"login": LOGINS[0].login, "password": "falsch"}
    statuses = [client.post("/login", data=data).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


def test_passwords_are_not_tried_faster_than_thirty_a_minute(
    web: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise LoginFailed

    monkeypatch.setattr("web.auth.routes.log_in", refuse)  # hashing 31 times takes seconds
    client = web.test_client()
    statuses = [
        client.post("/login", data={"login": f"x{n}", "password": ""}).status_code
        for n in range(31)
    ]
    assert statuses == [401] * 30 + [429]


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""],
)
def test_logging_in_never_leads_to_another_site(web: Flask, target: str) -> None:
    with web.test_request_context():
        assert safe_target(target) == "/"


def travel(app: Application, client: FlaskClient, **ages: timedelta) -> int:
    with app.database.write() as session:
        row = session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
        assert row is not None
        for column, age in ages.items():
            setattr(row, column, app.wall.now() - age)
    return client.get("/inbox").status_code


def test_a_session_ends_when_idle_and_at_the_latest_after_twelve_hours(
    app: Application, client_as: ClientAs
) -> None:
    idle, longest, minute = timedelta(hours=1), timedelta(hours=12), timedelta(minutes=1)
    assert travel(app, client_as("applicant"), seen_at=idle - minute) == 200
    assert travel(app, client_as("applicant"), seen_at=idle + minute) == 303
    assert travel(app, client_as("applicant"), began_at=longest - minute) == 200
    assert travel(app, client_as("applicant"), began_at=longest + minute) == 303


def test_moving_the_demo_clock_ends_no_session(client_as: ClientAs, clock: FixedClock) -> None:
    client = client_as("applicant")
    clock.advance(timedelta(days=400))
    assert client.get("/inbox").status_code == 200


def test_logging_out(client_as: ClientAs) -> None:
    client = client_as("applicant")
    client.post("/logout")
    assert client.get("/inbox").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_logging_out(client_as: ClientAs) -> None:
    client = client_as("applicant")
    cookie = client.get_cookie("dangwu")
    assert cookie is not None
    client.post("/logout")
    client.set_cookie("dangwu", cookie.value)
    assert client.get("/inbox").status_code == 303


def test_an_invented_token_is_no_session(web: Flask) -> None:
    client = web.test_client()
    with client.session_transaction() as session:
        session["token"] = "invented"
    assert client.get("/inbox").status_code == 303


def test_a_disabled_account_is_out_at_once(app: Application, client_as: ClientAs) -> None:
    client = client_as("secretary")
    with app.database.write() as session:
        session.scalars(select(Account).where(Account.login == "shuji")).one().is_disabled = True
    assert client.get("/inbox").status_code == 303


def test_a_case_of_others_does_not_exist(client_as: ClientAs, case_id: int) -> None:
    stranger = client_as("new_branch_organizer")
    for path in ("", "/diagram.bpmn", "/withdraw", "/messages/transfer_requested"):
        assert stranger.get(f"/cases/{case_id}{path}").status_code == 404


def test_changing_the_password(app: Application, client_as: ClientAs) -> None:
    del app
    client = client_as("applicant")
    data = {"old": "falsch", "new": "Xin-Mima-2026", "repeat": "Xin-Mima-2026"}
    wrong = client.post("/account/password", data=data)
    assert wrong.status_code == 422
    assert "原密码不正确" in wrong.text
    unequal = client.post("/account/password", data=data | {"repeat": "andere"})
    assert "两次输入的新密码不一致" in unequal.text
    right = client.post("/account/password", data=data | {"old": SAMPLE_PASSWORD})
    assert right.status_code == 303
