from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask

from services.bootstrap import Application
from tests.web.conftest import ClientAs
from tests.web.test_access import guarded
from web.app import create_app
from web.manifest import AssetsMissing, load_manifest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "web/templates").rglob("*.html"))


@pytest.fixture
def web(app: Application) -> Flask:
    """The pages as they run, with CSRF tokens."""
    return create_app(app)


def test_every_form_needs_its_token(web: Flask, client_as: ClientAs) -> None:
    client = client_as("secretary")
    posts = [address for method, address in guarded(web) if method == "POST"]
    assert len(posts) > 12
    assert {
        address: status
        for address in [*posts, "/login"]
        if (status := client.post(address).status_code) != 400
    } == {}


def test_a_form_with_its_token_is_accepted(client_as: ClientAs) -> None:
    client = client_as("secretary")
    page = client.get("/account").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answer = client.post("/preferences/large-text", data={"csrf_token": token[1], "next": "/inbox"})
    assert answer.status_code == 303
    assert 'class="large-text"' in client.get("/inbox").text


def test_an_expired_token_says_what_to_do(client_as: ClientAs) -> None:
    assert "页面已过期" in client_as("secretary").post("/logout").text


@pytest.mark.parametrize("path", ["/login", "/inbox", "/no-such-page", "/static/dist/none.js"])
def test_the_content_policy_allows_nothing_inline(client_as: ClientAs, path: str) -> None:
    headers = client_as("secretary").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_not_kept_by_browsers_and_assets_are(client_as: ClientAs) -> None:
    client = client_as("secretary")
    assert client.get("/inbox").headers["Cache-Control"] == "no-store"
    with client.get("/static/" + load_manifest()["app.css"]) as asset:
        assert "max-age=31536000" in asset.headers["Cache-Control"]


def test_the_session_cookie_is_out_of_reach_of_scripts(client_as: ClientAs) -> None:
    cookie = client_as("secretary").get("/inbox").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_carry_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|javascript:", text) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r"\b(?:href|src|action)\s*=\s*[\"'](?:https?:)?//", text) == []
    assert "| safe" not in text


def test_the_lock_file_names_no_address() -> None:
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    assert json.loads(lock)["lockfileVersion"] >= 3


def test_without_built_assets_the_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match="assets-missing"):
        load_manifest(tmp_path)
