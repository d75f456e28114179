"""Views of 接口令牌."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from services.api_tokens.commands import MAX_DAYS, MadeToken, MakeToken, make_token, revoke_token
from services.api_tokens.models import TokenScope
from services.api_tokens.queries import SCOPE_NAMES, own_tokens
from services.errors import Invalid
from web.context import acting, application, see_other
from web.errors import status_of

api_tokens = Blueprint("api_tokens", __name__, url_prefix="/account/tokens")

USUAL_DAYS = 90


@api_tokens.get("")
def index() -> ResponseReturnValue:
    """Show one's own tokens and the form for another."""
    return _page()


@api_tokens.post("")
def make() -> ResponseReturnValue:
    """Make a token; the answer to this request alone shows it."""
    scope = request.form.get("scope", "")
    command = MakeToken(
        request.form.get("name", ""),
        TokenScope(scope) if scope in set(TokenScope) else TokenScope.READ,
        request.form.get("days", 0, type=int),
    )
    try:
        made = make_token(application(), acting(), command)
    except Invalid as error:
        return _page(error=error), status_of(error)
    return _page(made), 201


@api_tokens.post("/<int:token_id>/revoke")
def revoke(token_id: int) -> ResponseReturnValue:
    """Revoke a token."""
    revoke_token(application(), acting(), token_id)
    flash("令牌已撤销，使用该令牌的程序不能再访问。", "success")
    return see_other("api_tokens.index")


def _page(made: MadeToken | None = None, error: Invalid | None = None) -> str:
    return render_template(
        "api_tokens/index.html",
        tokens=own_tokens(application(), acting()),
        made=made,
        error=error,
        scopes=SCOPE_NAMES,
        most_days=MAX_DAYS,
        name=request.form.get("name", "") if error else "",
        days=request.form.get("days", USUAL_DAYS) if error else USUAL_DAYS,
        scope=request.form.get("scope", "") if error else TokenScope.READ,
    )
