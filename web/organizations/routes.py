"""Views of party bodies."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.organizations import queries
from web.context import acting, application

organizations = Blueprint("organizations", __name__, url_prefix="/organizations")


@organizations.get("")
def index() -> ResponseReturnValue:
    """Show the tree."""
    return render_template("organizations/index.html", roots=queries.tree(application()))


@organizations.get("/<int:organization_id>")
def show(organization_id: int) -> ResponseReturnValue:
    """Show one body."""
    view = queries.organization(application(), acting(), organization_id)
    return render_template("organizations/organization.html", view=view)
