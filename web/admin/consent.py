"""Views of what takes two administrators: asking, confirming, denying; common to all three."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.identity import administration, decide
from services.identity.ask import AskAboutAccount, AskForRole, ask
from services.identity.consent import PARTIES, roles_asked_by
from services.identity.models import RequestKind
from services.identity.roles import ROLE_NAMES, AdministratorRole
from web.context import administrating, application, see_other
from web.errors import status_of

consent = Blueprint("consent", __name__, url_prefix="/admin")


@consent.get("/requests")
def board() -> ResponseReturnValue:
    """Show what one has to decide, waits for, and what was decided of late."""
    return _board()


@consent.post("/requests/<int:request_id>/confirm")
def confirm(request_id: int) -> ResponseReturnValue:
    """Carry out what was asked; a one-time password is shown here and nowhere else."""
    try:
        confirmed = decide.confirm(application(), administrating(), request_id)
    except Invalid as error:
        return _board(error), status_of(error)
    if confirmed.one_time_password:
        return render_template("admin/confirmed.html", confirmed=confirmed)
    flash("已确认，申请的事项已经生效。", "success")
    return see_other("consent.board")


@consent.post("/requests/<int:request_id>/deny")
def deny(request_id: int) -> ResponseReturnValue:
    """Refuse what was asked, with the reason."""
    try:
        decide.deny(application(), administrating(), request_id, request.form.get("note", ""))
    except Invalid as error:
        return _board(error), status_of(error)
    flash("已答复不同意，申请的事项没有生效。", "success")
    return see_other("consent.board")


@consent.post("/requests/<int:request_id>/withdraw")
def withdraw(request_id: int) -> ResponseReturnValue:
    """Take back one's own request."""
    decide.withdraw(application(), administrating(), request_id)
    flash("申请已撤回。", "success")
    return see_other("consent.board")


@consent.route("/administrators", methods=["GET", "POST"])
def administrators() -> ResponseReturnValue:
    """Show the administrators in office, and ask for another one."""
    error: DangwuError | None = None
    if request.method == "POST":
        try:
            ask(application(), administrating(), _asked_role())
        except DangwuError as refused:
            error = refused
        else:
            flash("已提出申请，等待另一名管理员确认。", "success")
            return see_other("consent.board")
    page = render_template(
        "admin/administrators.html",
        administrators=administration.list_administrators(application(), administrating()),
        roles=[(role.value, ROLE_NAMES[role]) for role in roles_asked_by(administrating())],
        parties=[
            (
                ROLE_NAMES[role] if role else "人员",
                ROLE_NAMES[parties.asks],
                ROLE_NAMES[parties.decides],
            )
            for role, parties in PARTIES.items()
        ],
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        entered=request.form,
    )
    return page, status_of(error) if error else 200


@consent.route("/accounts/<int:account_id>", methods=["GET", "POST"])
def account(account_id: int) -> ResponseReturnValue:
    """Show an account, and ask for something about it."""
    error: DangwuError | None = None
    if request.method == "POST":
        try:
            ask(application(), administrating(), _asked_about(account_id))
        except DangwuError as refused:
            error = refused
        else:
            flash("已提出申请，等待另一名管理员确认。", "success")
            return see_other("consent.account", account_id=account_id)
    view = administration.account_page(application(), administrating(), account_id)
    page = render_template(
        "admin/account.html",
        view=view,
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        entered=request.form,
    )
    return page, status_of(error) if error else 200


def _board(error: DangwuError | None = None) -> str:
    found = administration.request_board(application(), administrating())
    return render_template("admin/board.html", board=found, error=error)


def _asked_role() -> AskForRole:
    try:
        role = AdministratorRole(request.form.get("role", ""))
    except ValueError:
        raise Invalid(errors={"role": "请选择管理员类别。"}) from None
    form = request.form
    return AskForRole(
        role,
        form.get("login", ""),
        form.get("name", ""),
        form.get("number", ""),
        form.get("reason", ""),
    )


def _asked_about(account_id: int) -> AskAboutAccount:
    try:
        kind = RequestKind(request.form.get("kind", ""))
    except ValueError:
        raise Invalid(errors={"kind": "请选择申请事项。"}) from None
    return AskAboutAccount(
        kind, account_id, request.form.get("reason", ""), request.form.get("sign_on_name", "")
    )
