"""Views of 工作台."""

from __future__ import annotations

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue

from engine.deadlines import Light
from services.cases import queries
from web.context import acting, application
from web.pages import page_number

inbox = Blueprint("inbox", __name__)

_REMEMBERED = "inbox_light"


@inbox.get("/inbox")
def pending() -> ResponseReturnValue:
    """待办: most urgent first; the last filter is remembered until another one is chosen."""
    if "light" in request.args:
        session[_REMEMBERED] = request.args["light"]
    chosen = session.get(_REMEMBERED, "")
    light = Light(chosen) if chosen in set(Light) else None
    text = request.args.get("q", "").strip()
    listing, counts = queries.inbox(
        application(), acting(), light=light, text=text, page=page_number()
    )
    return render_template(
        "inbox/pending.html", listing=listing, counts=counts, light=light, text=text
    )


@inbox.get("/inbox/done")
def done() -> ResponseReturnValue:
    """已办."""
    text = request.args.get("q", "").strip()
    listing = queries.done(application(), acting(), text=text, page=page_number())
    return render_template("inbox/done.html", listing=listing, text=text)


@inbox.get("/inbox/started")
def started() -> ResponseReturnValue:
    """我发起的: where each case waits now and with whom."""
    listing = queries.started(application(), acting(), page=page_number())
    return render_template("inbox/started.html", listing=listing)
