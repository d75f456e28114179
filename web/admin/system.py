"""Views of the system administrator: accounts, procedures, jobs, settings; no case."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.identity import administration
from services.identity.ask import AskForAccount, ask
from services.oversight import queries
from web.context import administrating, application, see_other
from web.errors import status_of
from web.pages import page_number

system = Blueprint("system", __name__, url_prefix="/admin/system")


@system.get("")
def home() -> ResponseReturnValue:
    """Show what wants attention."""
    app, me = application(), administrating()
    return render_template(
        "admin/system_home.html",
        to_decide=administration.count_to_decide(app, me),
        jobs=queries.job_board(app, me),
        incidents=queries.incidents(app, me),
        condition=queries.condition(app, me),
    )


@system.get("/accounts")
def accounts() -> ResponseReturnValue:
    """Show accounts by login, name or pinyin."""
    words = request.args.get("q", "")
    found = administration.list_accounts(application(), administrating(), words, page_number())
    return render_template("admin/accounts.html", accounts=found, q=words)


@system.route("/accounts/new", methods=["GET", "POST"])
def new_account() -> ResponseReturnValue:
    """Find a person without account, and ask for one."""
    error: DangwuError | None = None
    if request.method == "POST":
        asking = AskForAccount(
            request.form.get("person_id", 0, type=int),
            request.form.get("login", ""),
            request.form.get("reason", ""),
        )
        try:
            ask(application(), administrating(), asking)
        except DangwuError as refused:
            error = refused
        else:
            flash("已提出申请，等待安全管理员确认。", "success")
            return see_other("consent.board")
    words = request.values.get("q", "")
    page = render_template(
        "admin/new_account.html",
        q=words,
        people=administration.people_without_account(application(), administrating(), words),
        error=error,
        errors=error.errors if isinstance(error, Invalid) else {},
        entered=request.form,
    )
    return page, status_of(error) if error else 200


@system.post("/accounts/<int:account_id>/disable")
def disable(account_id: int) -> ResponseReturnValue:
    """Close a person's account at once."""
    reason = request.form.get("reason", "")
    administration.disable_account(application(), administrating(), account_id, reason)
    flash("账号已停用，其登录已全部结束。", "success")
    return see_other("consent.account", account_id=account_id)


@system.get("/procedures")
def procedures() -> ResponseReturnValue:
    """Show the deployed versions."""
    found = queries.versions(application(), administrating())
    return render_template("admin/procedures.html", versions=found)


@system.get("/jobs")
def jobs() -> ResponseReturnValue:
    """Show how the queue of background jobs stands."""
    board = queries.job_board(application(), administrating())
    return render_template("admin/jobs.html", board=board)


@system.get("/incidents")
def incidents() -> ResponseReturnValue:
    """Show how many cases stand still, by procedure."""
    found = queries.incidents(application(), administrating())
    return render_template("admin/incidents.html", incidents=found)


@system.get("/settings")
def settings() -> ResponseReturnValue:
    """Show every setting with its meaning."""
    found = queries.settings_in_force(application(), administrating())
    return render_template("admin/settings.html", settings=found)


@system.get("/condition")
def condition() -> ResponseReturnValue:
    """Show the state of database and data folder."""
    found = queries.condition(application(), administrating())
    return render_template("admin/condition.html", condition=found)
