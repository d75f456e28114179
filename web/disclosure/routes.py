"""Views that show sensitive data in full: asked for with a reason, shown once, kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.cases.sensitive import ReadSensitive, masked_step, read_sensitive
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


@disclosure.get("/cases/<int:case_id>/entries/<int:sequence>/sensitive")
def ask_step(case_id: int, sequence: int) -> ResponseReturnValue:
    """Ask for the reason."""
    return _ask_step(case_id, sequence, Reason(""), {})


@disclosure.post("/cases/<int:case_id>/entries/<int:sequence>/sensitive")
def show_step(case_id: int, sequence: int) -> ResponseReturnValue:
    """Show the sensitive fields of one step of a case in full."""
    reason = _reason()
    command = ReadSensitive(case_id, sequence, reason)
    try:
        step = read_sensitive(application(), acting(), command)
    except Invalid as error:
        return _ask_step(case_id, sequence, reason, error.errors), status_of(error)
    return render_template("disclosure/step.html", step=step, is_full=True)


def _ask_step(case_id: int, sequence: int, reason: Reason, errors: Mapping[str, str]) -> str:
    return render_template(
        "disclosure/step.html",
        step=masked_step(application(), acting(), case_id, sequence),
        is_full=False,
        purposes=PURPOSE_NAMES,
        reason=reason,
        errors=errors,
    )


def _reason() -> Reason:
    return Reason(request.form.get("purpose", ""), request.form.get("grounds", ""))
