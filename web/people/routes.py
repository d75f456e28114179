"""Views of people."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from services.people import queries
from web.context import acting, application

people = Blueprint("people", __name__, url_prefix="/people")


@people.get("/<int:person_id>")
def show(person_id: int) -> ResponseReturnValue:
    """Show one person."""
    view = queries.person_page(application(), acting(), person_id)
    return render_template("people/person.html", view=view)
