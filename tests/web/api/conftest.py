"""Programs that call the API for people of the sample world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.api_tokens.commands import MakeToken, make_token
from services.api_tokens.models import TokenScope
from services.bootstrap import Application
from services.identity.actor import Actor

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Caller:
    """A program with a token."""

    client: FlaskClient
    secret: str

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(PREFIX + path, headers=self._headers(headers))

    def post(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.client.post(PREFIX + path, json=json, headers=self._headers(headers))

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.secret}"} | named


CallerAs = Callable[..., Caller]


@pytest.fixture
def caller_as(web: Flask, app: Application, as_: Callable[[str], Actor]) -> CallerAs:
    """Return a program with a token of a cast alias (“applicant”, “secretary” …)."""

    def call(alias: str, scope: TokenScope = TokenScope.ACT) -> Caller:
        made = make_token(app, as_(alias), MakeToken("测试", scope, 30))
        return Caller(web.test_client(), made.secret)

    return call
