"""Who is logged in, what a browser may do with our pages, and how fast passwords may be tried."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from services.errors import NotFound
from services.identity.actor import Actor
from services.identity.queries import load_actor
from web.context import application

IDLE_SECONDS = 60 * 60
ABSOLUTE_SECONDS = 12 * 60 * 60

PUBLIC_ENDPOINTS = frozenset({"auth.login", "static", "health.healthz", "api_docs.openapi"})
"""All that may be opened without logging in."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

TOKEN_BLUEPRINTS: set[str] = set()
"""The parts that ask for a token of every call themselves, and know no session."""

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://")


def begin_session(actor: Actor) -> None:
    """Log in: nothing of an earlier session is kept."""
    session.clear()
    session["person_id"] = actor.person_id
    session["began"] = session["seen"] = _now()


def end_session() -> None:
    """Log out."""
    session.clear()


def safe_target(address: str | None) -> str:
    """Return where to go after logging in: a path of this site, or 工作台."""
    if address and address.startswith("/"):
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc and not address.startswith(("//", "/\\")):
            return address
    return url_for("inbox.pending")


def secure(app: Flask) -> None:
    """Switch on login, CSRF tokens, rate limits and headers for every page of `app`."""
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_require_login)
    app.after_request(_add_headers)


def _now() -> int:
    # The wall clock on purpose: moving the demo clock must not end sessions.
    return int(time.time())


def _load_person() -> Actor | None:
    person_id = session.get("person_id")
    if not isinstance(person_id, int):
        return None
    now = _now()
    if now - session.get("seen", 0) > IDLE_SECONDS or now - session.get("began", 0) > (
        ABSOLUTE_SECONDS
    ):
        session.clear()
        return None
    session["seen"] = now
    try:
        return load_actor(application(), person_id)
    except NotFound:
        session.clear()
        return None


def _require_login() -> Response | None:
    g.actor = None
    if request.endpoint in {"static", "health.healthz"} or request.blueprint in TOKEN_BLUEPRINTS:
        return None
    g.actor = _load_person()
    if g.actor is not None or request.endpoint is None or request.endpoint in PUBLIC_ENDPOINTS:
        return None
    if request.headers.get("HX-Request") or request.accept_mimetypes.best == "application/json":
        return Response("登录已过期，请在新窗口重新登录；本页已填写的内容仍在。", status=401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back), code=303)


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
