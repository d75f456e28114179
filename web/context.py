"""What a view asks of its surroundings: the application and who is acting."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from services.bootstrap import Application
from services.identity.actor import Actor

EXTENSION = "dangwu"

IDENTITY = "dw-identity"
"""Name of the field in which a person says in which identity they act."""


def application() -> Application:
    """Return the application this Flask app was made for."""
    return cast("Application", current_app.extensions[EXTENSION])


def acting() -> Actor:
    """Return who is logged in, in the identity a form names; only public pages have nobody.

    Whether the identity fits is for the command to say.
    """
    actor = cast("Actor", g.actor)
    return actor.choosing(request.form.get(IDENTITY, ""))


def see_other(endpoint: str, **values: Any) -> Response:
    """Answer a POST with the page to show next (303)."""
    return redirect(url_for(endpoint, **values), code=303)
