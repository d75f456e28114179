"""Views of what is held on oneself."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.own_data.commands import AskForCorrection, ask_for_correction
from services.own_data.export import export_own
from services.own_data.queries import own_data
from web.context import acting, application, see_other
from web.downloads import send_written
from web.errors import status_of
from web.pages import page_number

own = Blueprint("own", __name__, url_prefix="/me/information")


@own.get("")
def show() -> ResponseReturnValue:
    """Show what is held on who asks."""
    return _page()


@own.post("/copy")
def copy() -> ResponseReturnValue:
    """Send a copy of it all, in full; that is a read on record."""
    return send_written(partial(export_own, application(), acting()))


@own.post("/correction")
def correct() -> ResponseReturnValue:
    """Ask for a correction."""
    words = request.form.get("words", "")
    try:
        names = ask_for_correction(application(), acting(), AskForCorrection(words))
    except DangwuError as error:
        return _page(error, words), status_of(error)
    flash(f"更正申请已发给{names}，办理情况可以向其询问。", "success")
    return see_other("own.show")


def _page(error: DangwuError | None = None, words: str = "") -> str:
    return render_template(
        "own_data/own.html",
        own=own_data(application(), acting(), page=page_number()),
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        words=words,
    )
