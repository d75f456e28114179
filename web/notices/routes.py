"""Views of 站内信."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.notifications import commands, queries
from web.context import acting, application, see_other
from web.pages import page_number

notices = Blueprint("notices", __name__, url_prefix="/notices")


@notices.get("")
def index() -> ResponseReturnValue:
    """Show the notices, newest first."""
    listing = queries.listing(application(), acting(), page_number())
    return render_template("notices/index.html", listing=listing)


@notices.post("/<int:notice_id>/read")
def read(notice_id: int) -> ResponseReturnValue:
    """Mark one notice as read."""
    commands.mark_read(application(), acting(), notice_id)
    return see_other("notices.index")
