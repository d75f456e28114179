"""Views of single sign-on (OpenID Connect) through Authlib; absent unless it is set up.

Authorization code flow with state, nonce and PKCE (S256); the provider's answer is matched to an
account by one claim, and no account is ever created from it.
"""

from __future__ import annotations

import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Blueprint, Flask, current_app, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from engine.errors import DangwuError
from services.errors import NotFound
from services.identity.errors import SignOnFailed
from services.identity.login import log_in_by_sign_on
from services.settings import Settings
from web.auth.routes import TARGET, enter
from web.context import application
from web.errors import status_of
from web.security import limiter, origin, safe_target

sign_on = Blueprint("sign_on", __name__, url_prefix="/login/sign-on")

_PROVIDER = "sign_on"
_EXTENSION = "authlib.integrations.flask_client"
"""Where Authlib keeps itself in the Flask app."""


def connect(app: Flask, settings: Settings) -> None:
    """Register the provider of the settings; nothing is asked of it before somebody logs in."""
    if not settings.has_sign_on:
        return
    OAuth(app).register(
        _PROVIDER,
        client_id=settings.sign_on_client_id,
        client_secret=settings.sign_on_client_secret or None,
        server_metadata_url=(
            f"{settings.sign_on_issuer.rstrip('/')}/.well-known/openid-configuration"
        ),
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "timeout": 10,
        },
    )


@sign_on.get("")
def begin() -> ResponseReturnValue:
    """Send the browser to the provider."""
    provider = _provider()
    session[TARGET] = safe_target(request.args.get("next"))
    try:
        answer: ResponseReturnValue = provider.authorize_redirect(
            url_for("sign_on.finish", _external=True)
        )
    except (OAuthError, RequestException) as error:
        return _refused(error)
    return answer


@sign_on.get("/callback")
@limiter.limit("30 per minute")
def finish() -> ResponseReturnValue:
    """Take the provider's answer and log in the account it belongs to."""
    settings = application().settings
    issuer = {"essential": True, "value": settings.sign_on_issuer.rstrip("/")}
    try:
        answer = _provider().authorize_access_token(claims_options={"iss": issuer})
    except (OAuthError, JoseError, RequestException) as error:
        return _refused(error)
    claim = answer.get("userinfo", {}).get(settings.sign_on_claim)
    name = claim if isinstance(claim, str) else ""
    target = safe_target(session.get(TARGET))
    try:
        logged_in = log_in_by_sign_on(application(), name, origin())
    except DangwuError as error:
        return _shown(error)
    return enter(logged_in, target)


def _provider() -> FlaskOAuth2App:
    oauth = current_app.extensions.get(_EXTENSION)
    if oauth is None or not application().settings.has_sign_on:
        raise NotFound
    provider: FlaskOAuth2App = oauth.create_client(_PROVIDER)
    return provider


def _refused(error: Exception) -> ResponseReturnValue:
    structlog.get_logger().warning("sign_on_failed", error=f"{type(error).__name__}: {error}")
    return _shown(SignOnFailed())


def _shown(error: DangwuError) -> ResponseReturnValue:
    page = render_template(
        "auth/login.html",
        target=safe_target(session.get(TARGET)),
        login="",
        error=error,
        samples=None,
        has_sign_on=True,
    )
    return page, status_of(error)
