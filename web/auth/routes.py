"""Views of logging in and out, in up to three steps: password, code, first change."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.identity.commands import change_password
from services.identity.login import LoggedIn, enter_code, log_in, log_out
from web.context import application, opened, see_other
from web.errors import status_of
from web.sample import sample_logins
from web.security import begin_session, end_session, home, limiter, origin, safe_target

auth = Blueprint("auth", __name__)

LARGE_TEXT = "large_text"
TARGET = "target"
"""Key in the cookie: where to go once code and password are in order."""
_YEAR_SECONDS = 365 * 24 * 3600


@auth.route("/login", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def login() -> ResponseReturnValue:
    """Show the login page, or log in."""
    target = safe_target(request.values.get("next"))
    if request.method == "GET":
        if g.actor is not None or g.administrator is not None:
            return redirect(target)
        return _login_page(target)
    name = request.form.get("login", "").strip()
    try:
        logged_in = log_in(application(), name, request.form.get("password", ""), origin())
    except DangwuError as error:
        return _login_page(target, name, error), status_of(error)
    return enter(logged_in, target)


@auth.route("/login/code", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def code() -> ResponseReturnValue:
    """Ask for the second factor."""
    if request.method == "GET" or not opened().awaits_code:
        return render_template("auth/code.html", error=None)
    target = safe_target(session.get(TARGET))
    try:
        logged_in = enter_code(application(), opened(), request.form.get("code", ""), origin())
    except DangwuError as error:
        return render_template("auth/code.html", error=error), status_of(error)
    return enter(logged_in, target)


@auth.route("/login/first-password", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def first_password() -> ResponseReturnValue:
    """Have a one-time or outdated password changed before anything else."""
    if not opened().awaits_password:
        return see_other("account.show")
    error: DangwuError | None = None
    if request.method == "POST":
        try:
            change_own_password()
        except DangwuError as refused:
            error = refused
        else:
            flash("密码已修改，请妥善保管。", "success")
            return redirect(safe_target(session.pop(TARGET, None)), code=303)
    errors = error.errors if isinstance(error, Invalid) else {}
    page = render_template("auth/first_password.html", error=error, errors=errors, opened=opened())
    return page, status_of(error) if error else 200


@auth.get("/")
def start() -> ResponseReturnValue:
    """Lead to where one begins: 工作台, or the home page of an administrator."""
    return redirect(home())


@auth.post("/logout")
def logout() -> ResponseReturnValue:
    """Log out."""
    log_out(application(), opened())
    end_session()
    return see_other("auth.login")


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


def enter(logged_in: LoggedIn, target: str) -> ResponseReturnValue:
    """Answer a login that succeeded: on to `target`, or to the next step before it."""
    begin_session(logged_in.token)
    session[TARGET] = target
    return see_other("auth.code") if logged_in.awaits_code else redirect(target, code=303)


def change_own_password() -> None:
    """Change the password from the form of the page; raises `Invalid` and others."""
    wanted = request.form.get("new", "")
    if wanted != request.form.get("repeat", ""):
        raise Invalid(errors={"repeat": "两次输入的新密码不一致。"})
    change_password(application(), opened(), request.form.get("old", ""), wanted)


def _login_page(target: str, name: str = "", error: DangwuError | None = None) -> str:
    return render_template(
        "auth/login.html",
        target=target,
        login=name,
        error=error,
        samples=sample_logins(),
        has_sign_on=application().settings.has_sign_on,
    )
