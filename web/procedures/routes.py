"""Views of procedures (流程)."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from services.cases import pages
from services.processes.queries import DecisionAddress, decision_page, try_decision
from web.context import acting, application
from web.errors import UNPROCESSABLE

procedures = Blueprint("procedures", __name__, url_prefix="/procedures")


@procedures.get("")
def index() -> ResponseReturnValue:
    """Show all procedures."""
    return render_template("procedures/index.html", cards=pages.procedures(application(), acting()))


@procedures.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """Show diagram, deadlines with their articles and the legal timeline of one procedure."""
    view = pages.procedure_page(application(), acting(), key)
    return render_template("procedures/procedure.html", view=view)


@procedures.get("/<key>/diagram.bpmn")
def diagram(key: str) -> ResponseReturnValue:
    """Give the diagram to the viewer."""
    view = pages.procedure_page(application(), acting(), key)
    return Response(view.diagram.xml, mimetype="application/xml")


@procedures.get("/<key>/decisions/<path:decision_id>")
def decision(key: str, decision_id: str) -> ResponseReturnValue:
    """Show a decision as a table or as boxes, and a form to try it."""
    view = decision_page(application(), _address(key, decision_id))
    return render_template("procedures/decision.html", view=view)


@procedures.post("/<key>/decisions/<path:decision_id>")
def attempt(key: str, decision_id: str) -> ResponseReturnValue:
    """Show what the decision comes to for what was typed; saves nothing."""
    view = try_decision(application(), _address(key, decision_id), request.form)
    page = render_template("procedures/decision.html", view=view)
    return page, UNPROCESSABLE if view.errors else 200


def _address(key: str, decision_id: str) -> DecisionAddress:
    """Return the decision meant; `version` and `file` in the address narrow it down."""
    version = request.args.get("version", 0, type=int)
    return DecisionAddress(key, decision_id, version, request.args.get("file", ""))
