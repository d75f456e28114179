"""Views of procedures (流程)."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from services.cases import pages
from web.context import acting, application

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
