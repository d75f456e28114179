"""The health view, for whoever supervises the process."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from web.context import application

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 while the database answers; a database out of reach is 503 by `web.errors`."""
    application().database.ping()
    return jsonify(status="ok")
