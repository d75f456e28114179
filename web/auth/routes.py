"""Views of logging in, the password and personal settings."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.identity.commands import change_password, log_in
from web.context import acting, application, see_other
from web.errors import status_of
from web.sample import sample_logins
from web.security import begin_session, end_session, limiter, safe_target

auth = Blueprint("auth", __name__)

LARGE_TEXT = "large_text"
_YEAR_SECONDS = 365 * 24 * 3600


@auth.route("/login", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def login() -> ResponseReturnValue:
    """Show the login page, or log in."""
    target = safe_target(request.values.get("next"))
    if request.method == "GET":
        if g.actor is not None:
            return redirect(target)
        return _login_page(target)
    name = request.form.get("login", "").strip()
    try:
        actor = log_in(application(), name, request.form.get("password", ""))
    except DangwuError as error:
        return _login_page(target, name, error), status_of(error)
    begin_session(actor)
    return redirect(target, code=303)


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    """Log out."""
    end_session()
    return see_other("auth.login")


@auth.get("/account")
def account() -> ResponseReturnValue:
    """Show what a person may set for themselves."""
    return render_template("auth/account.html", error=None, errors={})


@auth.post("/account/password")
def password() -> ResponseReturnValue:
    """Change the password."""
    wanted = request.form.get("new", "")
    try:
        if wanted != request.form.get("repeat", ""):
            raise Invalid(errors={"repeat": "两次输入的新密码不一致。"})
        change_password(application(), acting(), request.form.get("old", ""), wanted)
    except DangwuError as error:
        errors = error.errors if isinstance(error, Invalid) else {}
        page = render_template("auth/account.html", error=error, errors=errors)
        return page, status_of(error)
    flash("密码已修改，下次登录请使用新密码。", "success")
    return see_other("auth.account")


@auth.post("/preferences/large-text")
def large_text() -> ResponseReturnValue:
    """Switch 大字模式 on or off for this browser."""
    answer = redirect(safe_target(request.form.get("next")), code=303)
    if request.cookies.get(LARGE_TEXT):
        answer.delete_cookie(LARGE_TEXT)
    else:
        answer.set_cookie(LARGE_TEXT, "1", max_age=_YEAR_SECONDS, samesite="Lax")
    session.modified = True
    return answer


def _login_page(target: str, name: str = "", error: DangwuError | None = None) -> str:
    return render_template(
        "auth/login.html", target=target, login=name, error=error, samples=sample_logins()
    )
