"""What a view asks of its surroundings: the application and who is acting."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from services.bootstrap import Application
from services.identity.actor import Actor
from services.identity.roles import Administrator
from services.identity.sessions import OpenSession

EXTENSION = "dangwu"

IDENTITY = "dw-identity"
"""Name of the field in which a person says in which identity they act."""
IDENTITY_HEADER = "Dangwu-Identity"
"""Name of the header in which a program says it."""


def application() -> Application:
    """Return the application this Flask app was made for."""
    return cast("Application", current_app.extensions[EXTENSION])


def acting() -> Actor:
    """Return who is logged in, in the identity a form or a program names; nobody on public pages.

    Whether the identity fits is for the command to say.
    """
    actor = cast("Actor", g.actor)
    chosen = request.form.get(IDENTITY) or request.headers.get(IDENTITY_HEADER, "")
    return actor.choosing(chosen)


def administrating() -> Administrator:
    """Return which administrator is logged in; every view of the administration has one."""
    return cast("Administrator", g.administrator)


def opened() -> OpenSession:
    """Return the session of whoever is logged in, person or administrator."""
    return cast("OpenSession", g.opened)


def see_other(endpoint: str, **values: Any) -> Response:
    """Answer a POST with the page to show next (303)."""
    return redirect(url_for(endpoint, **values), code=303)
