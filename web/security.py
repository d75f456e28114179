"""Who is logged in, what a browser may do with our pages, and how fast passwords may be tried."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, session, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from services.identity import sessions
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.identity.sessions import Origin
from web import access
from web.context import application

TOKEN = "token"  # noqa: S105 - the name of the key in the cookie

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


def begin_session(token: str) -> None:
    """Log in: nothing of an earlier session is kept."""
    session.clear()
    session[TOKEN] = token


def end_session() -> None:
    """Forget who was logged in at this browser."""
    session.clear()


def origin() -> Origin:
    """Return where the request comes from."""
    return Origin(request.remote_addr or "", request.user_agent.string)


def home() -> str:
    """Return the address one begins at: 工作台, or the home page of an administrator."""
    administrator = g.get("administrator")
    return url_for(access.home_of(administrator.role) if administrator else "inbox.pending")


def safe_target(address: str | None) -> str:
    """Return where to go after logging in: a path of this site, or where one begins."""
    if address and address.startswith("/"):
        parts = urlsplit(address)
        if not parts.scheme and not parts.netloc and not address.startswith(("//", "/\\")):
            return address
    return url_for("auth.start")


def secure(app: Flask) -> None:
    """Switch on login, CSRF tokens, rate limits and headers for every page of `app`."""
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_guard)
    app.after_request(_add_headers)


def _recognize() -> None:
    """Find out who is there; nobody acts before code and password are in order."""
    g.opened = g.actor = g.administrator = None
    token = session.get(TOKEN)
    if not isinstance(token, str):
        return
    g.opened = found = sessions.current(application(), token)
    if found is None:
        session.clear()
    elif not (found.awaits_code or found.awaits_password or found.awaits_second_factor):
        g.administrator = found.administrator
        g.actor = _actor(found.person_id)


def _actor(person_id: int | None) -> Actor | None:
    return None if person_id is None else load_actor(application(), person_id)


def _guard() -> Response | None:
    if request.endpoint in access.UNGUARDED_ENDPOINTS or request.blueprint in TOKEN_BLUEPRINTS:
        g.opened = g.actor = g.administrator = None
        return None
    _recognize()
    if request.endpoint is None or request.endpoint in access.PUBLIC_ENDPOINTS:
        return None
    if g.opened is None:
        return _to_login()
    if g.opened.awaits_code:
        return _only(access.AWAITING_CODE, "auth.code")
    if g.opened.awaits_password:
        return _only(access.AWAITING_PASSWORD, "auth.first_password")
    if g.opened.awaits_second_factor:
        return _only(access.AWAITING_SECOND_FACTOR, "account.enrol")
    if g.administrator is not None:
        if not access.may_administer(g.administrator.role, request.blueprint):
            abort(403)
    elif request.blueprint in access.ADMINISTRATION:
        abort(404)
    return None


def _only(allowed: frozenset[str], otherwise: str) -> Response | None:
    return None if request.endpoint in allowed else redirect(url_for(otherwise), code=303)


def _to_login() -> Response:
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
