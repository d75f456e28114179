"""Views of the security administrator: sessions, locked logins, the login policy; no case."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from services.api_tokens import administration as api_tokens
from services.identity import administration, lockout
from services.identity.commands import ONE_TIME
from web.context import administrating, application, see_other
from web.pages import page_number

security = Blueprint("security", __name__, url_prefix="/admin/security")


@security.get("")
def home() -> ResponseReturnValue:
    """Show what wants attention."""
    app, me = application(), administrating()
    return render_template(
        "admin/security_home.html",
        board=administration.request_board(app, me),
        sessions=administration.list_sessions(app, me),
        locked=administration.list_locked(app, me),
    )


@security.get("/sessions")
def sessions() -> ResponseReturnValue:
    """Show everybody's sessions."""
    found = administration.list_sessions(application(), administrating(), page_number())
    return render_template("admin/sessions.html", sessions=found)


@security.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End somebody's session."""
    login = administration.end_session_of(application(), administrating(), session_id)
    flash(f"已结束“{login}”的一处登录。", "success")
    return see_other("security.sessions")


@security.get("/locked")
def locked() -> ResponseReturnValue:
    """Show the logins that wait after failures."""
    found = administration.list_locked(application(), administrating())
    return render_template("admin/locked.html", locked=found)


@security.get("/tokens")
def tokens() -> ResponseReturnValue:
    """Show everybody's tokens of the API."""
    text, with_ended = request.args.get("q", "").strip(), "all" in request.args
    found = api_tokens.list_tokens(
        application(), administrating(), text, page_number(), with_ended=with_ended
    )
    return render_template("admin/tokens.html", tokens=found, text=text, with_ended=with_ended)


@security.post("/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """Revoke somebody's token."""
    owner = api_tokens.revoke_token_of(application(), administrating(), token_id)
    flash(f"已撤销{owner}的一个接口令牌，并通知本人。", "success")
    return see_other("security.tokens")


@security.get("/policy")
def policy() -> ResponseReturnValue:
    """Show the rules of logging in that are in force."""
    return render_template(
        "admin/policy.html",
        settings=application().settings,
        attempts=lockout.ATTEMPTS_BEFORE_LOCK,
        first_lock=int(lockout.FIRST_LOCK.total_seconds() // 60),
        longest_lock=int(lockout.LONGEST_LOCK.total_seconds() // 60),
        one_time_hours=int(ONE_TIME.total_seconds() // 3600),
    )
