"""Views that show sensitive data in full: asked for with a reason, shown once, kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.disclosure.purposes import PURPOSE_NAMES, Reason
from services.errors import Invalid
from services.people.personal import ReadPersonalData, masked_personal_data, read_personal_data
from web.context import acting, application
from web.errors import status_of

disclosure = Blueprint("disclosure", __name__)


@disclosure.get("/people/<int:person_id>/personal")
def ask_person(person_id: int) -> ResponseReturnValue:
    """Ask for the reason."""
    return _ask_person(person_id, Reason(""), {})


@disclosure.post("/people/<int:person_id>/personal")
def show_person(person_id: int) -> ResponseReturnValue:
    """Show the personal data of a person in full."""
    reason = _reason()
    try:
        view = read_personal_data(application(), acting(), ReadPersonalData(person_id, reason))
    except Invalid as error:
        return _ask_person(person_id, reason, error.errors), status_of(error)
    return render_template("disclosure/person.html", view=view, is_full=True)


def _ask_person(person_id: int, reason: Reason, errors: Mapping[str, str]) -> str:
    return render_template(
        "disclosure/person.html",
        view=masked_personal_data(application(), acting(), person_id),
        is_full=False,
        purposes=PURPOSE_NAMES,
        reason=reason,
        errors=errors,
    )


def _reason() -> Reason:
    return Reason(request.form.get("purpose", ""), request.form.get("grounds", ""))
