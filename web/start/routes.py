"""Views of 发起事项."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import groupby

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from engine.forms import ComponentType
from services.cases import pages
from services.cases.start import StartCase, start_case
from services.cases.views import AttachmentView, StartView
from services.documents.queries import open_attachment
from services.errors import Invalid, NotFound
from web.completion import announce
from web.context import IDENTITY, acting, application
from web.errors import status_of
from web.forms import FormPage
from web.refusals import LATE_REASON, Refusal, refusal_of
from web.uploads import store_one, store_with_form

start = Blueprint("start", __name__, url_prefix="/start")

SUBJECT = "dw-subject"


@start.get("")
def index() -> ResponseReturnValue:
    """Show all procedures by category."""
    cards = sorted(pages.procedures(application(), acting()), key=lambda card: card.category)
    groups = [(name, list(group)) for name, group in groupby(cards, lambda card: card.category)]
    return render_template("start/index.html", groups=groups)


@start.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """Show the form that starts a case."""
    view = pages.start_form(application(), acting(), key)
    subject = view.subjects[0].value if len(view.subjects) == 1 else ""
    return _page(view, view.values, subject)


@start.post("/<key>")
def submit(key: str) -> ResponseReturnValue:
    """Start the case."""
    app, actor = application(), acting()
    view = pages.start_form(app, actor, key)
    sent = request.form.to_dict(flat=False)
    subject = request.form.get(SUBJECT, "")
    late_reason = request.form.get(LATE_REASON, "")
    try:
        if view.subjects and subject not in {option.value for option in view.subjects}:
            raise Invalid(errors={SUBJECT: "请选择办理对象。"})
        store_with_form(view.form, sent, None, None)
        subject_id = int(subject) if view.subjects else None
        command = StartCase(key, subject_id, view.form.sent(sent), late_reason)
        completed = start_case(app, actor, command)
    except DangwuError as error:
        return _page(view, view.form.sent(sent), subject, refusal_of(error)), status_of(error)
    return announce(f"“{view.card.title}”已发起", completed)


@start.post("/<key>/preview")
def preview(key: str) -> ResponseReturnValue:
    """Return the fields as they are shown for what is typed now; saves nothing."""
    view = pages.start_form(application(), acting(), key)
    raw = view.form.sent(request.form.to_dict(flat=False))
    if request.headers.get("HX-Request"):
        return render_template("_fields.html", page=_form_page(view, raw))
    return _page(view, raw, request.form.get(SUBJECT, ""))


@start.post("/<key>/attachments")
def attach(key: str) -> ResponseReturnValue:
    """Store one file before the case exists; starting the case adopts it."""
    pages.start_form(application(), acting(), key)
    return store_one(None, None)


def _page(
    view: StartView,
    values: Mapping[str, object],
    subject: str,
    refused: Refusal | None = None,
) -> str:
    errors = refused.errors if refused else {}
    return render_template(
        "start/start.html",
        view=view,
        page=_form_page(view, values, errors),
        subject=subject,
        subject_error=errors.get(SUBJECT, ""),
        refused=refused,
        late=request.form.get(LATE_REASON, ""),
        identity=request.form.get(IDENTITY, ""),
    )


def _form_page(
    view: StartView, values: Mapping[str, object], errors: Mapping[str, str] | None = None
) -> FormPage:
    key = view.card.key
    known = {**view.values, **values}
    return FormPage(
        form=view.form,
        values=known,
        options=view.options,
        visible=pages.visible_at_start(application(), acting(), key, known),
        preview_url=url_for("start.preview", key=key),
        upload_url=url_for("start.attach", key=key),
        errors=errors or {},
        files=_files(view, known),
    )


def _files(view: StartView, values: Mapping[str, object]) -> dict[str, AttachmentView]:
    """Return the files stored for this form so far; there is no case yet that would know them."""
    app, actor = application(), acting()
    found = {}
    for key, component in view.form.inputs.items():
        numbers = values.get(key)
        if component.type is not ComponentType.FILEPICKER or not isinstance(numbers, list):
            continue
        for number in numbers:
            if str(number).isdecimal():
                with suppress(NotFound):
                    found[str(number)] = open_attachment(app, actor, int(number))[0]
    return found
