"""The specification of the API, for programs and for people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from web.api.blueprint import PREFIX
from web.api.reading import chapters

docs = Blueprint("api_docs", __name__)

EXTENSION = "dangwu-api"


def specification() -> dict[str, Any]:
    """Return the OpenAPI document of this app."""
    document: dict[str, Any] = current_app.extensions[EXTENSION].to_dict()
    return document


@docs.get(f"{PREFIX}/openapi.json")
def openapi() -> ResponseReturnValue:
    """Give the specification (OpenAPI 3.1)."""
    return jsonify(specification())


@docs.get("/docs/api")
def page() -> ResponseReturnValue:
    """Show the specification in Chinese."""
    return render_template("api/docs.html", chapters=chapters(specification()), prefix=PREFIX)
