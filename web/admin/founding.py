"""Views of 设立顶层组织: proposing by one administrator, deciding by another."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Invalid
from services.founding.commands import (
    PROPOSES,
    ProposeRoot,
    confirm_root,
    deny_root,
    propose_root,
    withdraw_root,
)
from services.founding.queries import proposals
from services.organizations.models import Level, OrganizationKind
from services.organizations.names import KIND_NAMES, LEVEL_NAMES
from services.organizations.rules import RULES
from web.context import administrating, application, see_other
from web.errors import status_of
from web.refusals import refusal_of
from web.registers import fields
from web.registers.fields import Field, FieldKind, basis_fields, options_of

founding = Blueprint("founding", __name__, url_prefix="/admin/roots")


@founding.route("", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Show the proposals, and take another one."""
    if request.method == "GET":
        return _page()
    try:
        propose_root(application(), administrating(), _command())
    except DangwuError as error:
        return _page(error), status_of(error)
    flash("已提出申请，等待安全管理员确认。", "success")
    return see_other("founding.index")


@founding.post("/<int:proposal_id>/confirm")
def confirm(proposal_id: int) -> ResponseReturnValue:
    """Found the body."""
    try:
        confirm_root(application(), administrating(), proposal_id)
    except Invalid as error:
        return _page(error), status_of(error)
    flash("已确认，组织已经设立。", "success")
    return see_other("founding.index")


@founding.post("/<int:proposal_id>/deny")
def deny(proposal_id: int) -> ResponseReturnValue:
    """Refuse a proposal, with the reason."""
    try:
        deny_root(application(), administrating(), proposal_id, request.form.get("note", ""))
    except Invalid as error:
        return _page(error), status_of(error)
    flash("已答复不同意，组织没有设立。", "success")
    return see_other("founding.index")


@founding.post("/<int:proposal_id>/withdraw")
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take back one's own proposal."""
    withdraw_root(application(), administrating(), proposal_id)
    flash("申请已撤回。", "success")
    return see_other("founding.index")


def _command() -> ProposeRoot:
    return ProposeRoot(
        code=fields.text("code"),
        name=fields.text("name"),
        short_name=fields.text("short_name"),
        kind=fields.member(OrganizationKind, "kind"),
        level=fields.member(Level, "level"),
        basis=fields.basis(),
        reason=fields.text("reason"),
    )


def _page(error: DangwuError | None = None) -> str:
    roots = [kind for kind in OrganizationKind if RULES[kind].may_be_root]
    asked = (
        Field("code", "组织代码", hint="在全系统中唯一，登记后不变。"),
        Field("name", "全称"),
        Field("short_name", "简称"),
        Field("kind", "组织类别", FieldKind.SELECT, options=options_of(KIND_NAMES, roots)),
        Field("level", "层级", FieldKind.SELECT, options=options_of(LEVEL_NAMES, Level)),
        *basis_fields("成立日期", application().clock.now().date()),
        Field("reason", "事由", hint="为什么没有上级组织，如尚未接入的上级机关。"),
    )
    return render_template(
        "admin/founding.html",
        items=proposals(application(), administrating()),
        fields=asked if administrating().role is PROPOSES else (),
        refused=refusal_of(error) if error is not None else None,
    )
