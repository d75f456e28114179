from __future__ import annotations

import re

from flask import Flask

from tests.web.conftest import ClientAs


def test_a_token_is_made_shown_once_used_and_revoked(web: Flask, client_as: ClientAs) -> None:
    client = client_as("secretary")
    assert "/account/tokens" in client.get("/account").text
    made = client.post("/account/tokens", data={"name": "统计", "scope": "read", "days": "30"})
    assert made.status_code == 201
    (secret,) = re.findall(r'value="(dangwu_[^"]+)"', made.text)
    assert secret not in client.get("/account/tokens").text

    def me() -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return web.test_client().get("/api/v1/me", headers=headers).status_code

    assert me() == 200
    (address,) = re.findall(
        r'action="(/account/tokens/\d+/revoke)"', client.get("/account/tokens").text
    )
    assert client.post(address).status_code == 303
    assert me() == 401
    assert "已撤销" in client.get("/account/tokens").text


def test_what_is_wrong_stands_beside_the_field(client_as: ClientAs) -> None:
    answer = client_as("secretary").post("/account/tokens", data={"name": "", "days": "x"})
    assert answer.status_code == 422
    assert "令牌名称应为1至60个字符。" in answer.text
    assert "有效期应为1至366天。" in answer.text


def test_the_page_of_the_api_shows_every_operation(web: Flask, client_as: ClientAs) -> None:
    page = client_as("applicant").get("/docs/api").text
    operations = [rule for rule in web.url_map.iter_rules() if rule.endpoint.startswith("api_")]
    named = {rule.endpoint.partition(".")[2] for rule in operations if "/api/v1/" in rule.rule}
    assert {name for name in named - {"openapi"} if f'id="{name}"' not in page} == set()
