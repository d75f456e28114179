"""Views of 账户与安全: one's password, sessions and second factor."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.errors import DangwuError
from services.errors import Invalid
from services.identity import second_factor, sessions
from services.identity.commands import end_other_sessions, end_own_session
from web.auth.routes import change_own_password
from web.context import application, opened, see_other
from web.errors import status_of
from web.security import limiter

account = Blueprint("account", __name__, url_prefix="/account")

_MODULE_PIXELS = 5


@account.get("")
def show() -> ResponseReturnValue:
    """Show what one may set for oneself."""
    return _page()


@account.post("/password")
@limiter.limit("30 per minute")
def password() -> ResponseReturnValue:
    """Change the password."""
    try:
        change_own_password()
    except DangwuError as error:
        return _page(error), status_of(error)
    flash("密码已修改，其他设备上的登录已经结束；下次登录请使用新密码。", "success")
    return see_other("account.show")


@account.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's own sessions."""
    end_own_session(application(), opened(), session_id)
    flash("该处登录已结束。", "success")
    return see_other("account.show")


@account.post("/sessions/end-others")
def end_others() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    ended = end_other_sessions(application(), opened())
    flash(f"已结束其他{ended}处登录。" if ended else "没有其他登录。", "success")
    return see_other("account.show")


@account.route("/second-factor", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"])
def enrol() -> ResponseReturnValue:
    """Show the secret as a square code, and take the first code."""
    error: DangwuError | None = None
    if request.method == "POST":
        try:
            codes = second_factor.confirm(application(), opened(), request.form.get("code", ""))
        except Invalid as refused:
            error = refused
        else:
            return render_template("account/recovery_codes.html", codes=codes, is_new=True)
    enrolment = second_factor.enrolment(application(), opened())
    page = render_template(
        "account/second_factor.html",
        enrolment=enrolment,
        square=_square(enrolment),
        is_forced=opened().awaits_second_factor,
        error=error,
    )
    return page, status_of(error) if error else 200


@account.post("/second-factor/recovery-codes")
@limiter.limit("30 per minute")
def recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes in place of the old ones."""
    try:
        codes = second_factor.renew_recovery_codes(
            application(), opened(), request.form.get("code", "")
        )
    except DangwuError as error:
        return _page(error), status_of(error)
    return render_template("account/recovery_codes.html", codes=codes, is_new=False)


@account.post("/second-factor/off")
@limiter.limit("30 per minute")
def switch_off() -> ResponseReturnValue:
    """Switch the second factor off."""
    try:
        second_factor.switch_off(application(), opened(), request.form.get("code", ""))
    except DangwuError as error:
        return _page(error), status_of(error)
    flash("两步验证已停用。", "success")
    return see_other("account.show")


def _page(error: DangwuError | None = None) -> str:
    me = opened()
    return render_template(
        "account/account.html",
        opened=me,
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        sessions=sessions.of_account(application(), me.account_id, me.id),
        second_factor=second_factor.state_of(application(), me.account_id),
    )


def _square(enrolment: second_factor.Enrolment) -> Markup:
    """Return the square code as inline SVG: nothing leaves this machine."""
    drawn = segno.make(enrolment.address, error="m", micro=False).svg_inline(
        scale=_MODULE_PIXELS, border=4, light="#fff", title="验证器二维码"
    )
    return Markup(drawn)  # noqa: S704 - drawn here, holds figures only
