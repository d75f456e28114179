"""Views of 保管与销毁: periods, and lists proposed by one administrator and decided by another."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.retention.commands import (
    PROPOSES,
    ProposeDisposal,
    confirm_disposal,
    deny_disposal,
    propose_disposal,
    withdraw_disposal,
)
from services.retention.models import RecordKind
from services.retention.periods import PERMANENT
from services.retention.queries import disposals, periods
from web.context import administrating, application, see_other
from web.errors import status_of
from web.refusals import refusal_of
from web.registers import fields

retention = Blueprint("retention", __name__, url_prefix="/admin/retention")


@retention.route("", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Show periods and lists, and take another list."""
    if request.method == "GET":
        return _page()
    try:
        command = ProposeDisposal(fields.member(RecordKind, "kind"), fields.text("reason"))
        propose_disposal(application(), administrating(), command)
    except DangwuError as error:
        return _page(error), status_of(error)
    flash("已提出销毁清单，等待审计管理员确认。", "success")
    return see_other("retention.index")


@retention.post("/<int:proposal_id>/confirm")
def confirm(proposal_id: int) -> ResponseReturnValue:
    """Dispose of what is on the list."""
    count = confirm_disposal(application(), administrating(), proposal_id)
    flash(f"已确认，销毁{count}条记录。", "success")
    return see_other("retention.index")


@retention.post("/<int:proposal_id>/deny")
def deny(proposal_id: int) -> ResponseReturnValue:
    """Refuse a list, with the reason."""
    deny_disposal(application(), administrating(), proposal_id, request.form.get("note", ""))
    flash("已答复不同意，没有销毁。", "success")
    return see_other("retention.index")


@retention.post("/<int:proposal_id>/withdraw")
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take back one's own list."""
    withdraw_disposal(application(), administrating(), proposal_id)
    flash("清单已撤回。", "success")
    return see_other("retention.index")


def _page(error: DangwuError | None = None) -> str:
    app, me = application(), administrating()
    return render_template(
        "admin/retention.html",
        periods=periods(app, me),
        permanent=PERMANENT,
        items=disposals(app, me),
        may_propose=me.role is PROPOSES,
        refused=refusal_of(error) if error is not None else None,
    )
