"""Single sign-on against a provider that runs inside the test."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from services.bootstrap import Application
from services.identity.models import Account
from services.settings import SettingError, Settings
from tests.web.page import Page
from tests.web.provider import CLIENT, SECRET, Provider
from web.app import create_app


@pytest.fixture
def provider() -> Iterator[Provider]:
    running = Provider(claims={"employee": "E-1001"})
    yield running
    running.stop()


@pytest.fixture
def web(app: Application, provider: Provider) -> Flask:
    settings = replace(
        app.settings,
        sign_on_issuer=provider.issuer,
        sign_on_client_id=CLIENT,
        sign_on_client_secret=SECRET,
        sign_on_claim="employee",
    )
    return create_app(replace(app, settings=settings))


@pytest.fixture
def client(app: Application, web: Flask) -> FlaskClient:
    with app.database.write() as session:
        session.execute(
            update(Account).where(Account.login == "shuji").values(sign_on_name="E-1001")
        )
    return web.test_client()


def follow(location: str) -> str:
    """Open the provider's page as the browser does; return where it leads back to."""
    parts = urlsplit(location)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = connection.getresponse().headers["Location"]
    connection.close()
    return back


def sign_on(client: FlaskClient, address: str = "/login/sign-on") -> TestResponse:
    return client.get(follow(client.get(address).location))


def test_whoever_the_provider_names_is_logged_in_where_they_wanted_to_go(
    client: FlaskClient, provider: Provider
) -> None:
    assert "统一身份认证登录" in client.get("/login?next=/organizations").text
    answer = sign_on(client, "/login/sign-on?next=/organizations")
    assert (answer.status_code, answer.location) == (303, "/organizations")
    assert "陈启明" in client.get("/inbox").text
    (asked,) = provider.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid profile"
    assert asked["state"] != asked["nonce"]


@pytest.mark.parametrize("claims", [{"employee": "E-9999"}, {"employee": ""}, {"employee": 7}])
def test_somebody_without_account_gets_none(
    app: Application, client: FlaskClient, provider: Provider, claims: dict[str, object]
) -> None:
    with app.database.read() as session:
        before = session.scalars(select(Account.id)).all()
    provider.claims = claims
    answer = sign_on(client)
    assert answer.status_code == 401
    assert "没有与之对应的账号" in Page(answer).text
    assert client.get("/inbox").status_code == 303
    with app.database.read() as session:
        assert before == session.scalars(select(Account.id)).all()


@pytest.mark.parametrize(
    "claims", [{"nonce": "of another login"}, {"aud": "another"}, {"iss": "x"}, {"exp": 1}]
)
def test_an_answer_meant_for_somebody_else_is_refused(
    client: FlaskClient, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims |= claims
    answer = sign_on(client)
    assert answer.status_code == 502
    assert client.get("/inbox").status_code == 303


def test_an_answer_signed_by_somebody_else_is_refused(
    client: FlaskClient, provider: Provider
) -> None:
    provider.signs_with_foreign_key = True
    assert sign_on(client).status_code == 502


def test_an_answer_nobody_asked_for_is_refused(web: Flask, client: FlaskClient) -> None:
    back = follow(client.get("/login/sign-on").location)
    victim = web.test_client()
    assert victim.get(back).status_code == 502
    assert victim.get("/login/sign-on/callback").status_code == 502
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 502


def test_a_disabled_account_stays_out(app: Application, client: FlaskClient) -> None:
    with app.database.write() as session:
        session.execute(update(Account).where(Account.login == "shuji").values(is_disabled=True))
    assert sign_on(client).status_code == 401


def test_a_provider_out_of_reach_is_an_answer_in_words(
    client: FlaskClient, provider: Provider
) -> None:
    provider.stop()
    answer = client.get("/login/sign-on")
    assert answer.status_code == 502
    assert "统一身份认证没有成功" in answer.text


def test_without_settings_there_is_no_single_sign_on(app: Application) -> None:
    client = create_app(app).test_client()
    assert "统一身份认证登录" not in client.get("/login").text
    assert client.get("/login/sign-on").status_code == 404
    assert client.get("/login/sign-on/callback").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"SIGN_ON_ISSUER": "http://sso.example.org", "SIGN_ON_CLIENT_ID": "x"},
        {"SIGN_ON_ISSUER": "https://sso.example.org"},
        {"SESSION_IDLE_MINUTES": "0"},
        {"SESSION_HOURS": "long"},
    ],
)
def test_half_a_setting_stops_the_start(changes: dict[str, str]) -> None:
    with pytest.raises(SettingError):
        Settings.from_environment({f"DANGWU_{name}": value for name, value in changes.items()})
