"""Who calls: the person behind the bearer token, and whether the token is good for the call."""

from __future__ import annotations

import hashlib

from flask import g, request
from flask_limiter.util import get_remote_address

from services.api_tokens.commands import authenticate
from services.api_tokens.errors import ScopeMissing, TokenInvalid
from services.api_tokens.models import TokenScope
from web.context import application

READING = frozenset({"GET", "HEAD"})


def require_bearer() -> None:
    """Set who acts for this request; raises `TokenInvalid` and `ScopeMissing`."""
    bearer = authenticate(application(), _secret())
    if request.method not in READING and bearer.scope is not TokenScope.ACT:
        raise ScopeMissing
    g.actor = bearer.actor


def caller() -> str:
    """Return whose calls are counted together: a token's, or an address's without one.

    Counted before the token is looked up, so that looking up is counted too.
    """
    sent = request.headers.get("Authorization", "")
    return hashlib.sha256(sent.encode()).hexdigest() if sent else get_remote_address()


def _secret() -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise TokenInvalid
    return secret.strip()
