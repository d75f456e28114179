"""Files a browser sends: one at a time from a script, or together with the form without one."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import jsonify, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from engine.forms import Form
from engine.forms.model import ComponentType
from services.cases.views import AttachmentView
from services.documents.commands import store_attachment
from services.errors import Invalid
from web.context import acting, application
from web.formatting import size
from web.forms import UPLOAD_PREFIX


def _store(sent: FileStorage, case_id: int | None, task_id: str | None) -> AttachmentView:
    stream = cast("BinaryIO", sent.stream)
    return store_attachment(application(), acting(), case_id, task_id, sent.filename or "", stream)


def store_one(case_id: int | None, task_id: str | None) -> Response:
    """Store the file of this request and answer with its number (JSON)."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("没有收到文件。", "请重新选择文件。")
    stored = _store(sent, case_id, task_id)
    return jsonify(id=stored.id, name=stored.file_name, size=size(stored.size))


def carries_files() -> bool:
    """Tell whether this request brings files along with a form."""
    return any(sent.filename for sent in request.files.values())


def store_with_form(
    form: Form, fields: dict[str, list[str]], case_id: int | None, task_id: str | None
) -> None:
    """Store the files sent along with a form and add their numbers to the `fields` sent."""
    for key, component in form.inputs.items():
        if component.type is not ComponentType.FILEPICKER or not component.editable:
            continue
        for sent in request.files.getlist(f"{UPLOAD_PREFIX}{key}"):
            if sent.filename:
                number = str(_store(sent, case_id, task_id).id)
                fields.setdefault(key, []).append(number)
