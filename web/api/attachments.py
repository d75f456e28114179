"""附件: storing a file before it is named in a form, and reading one."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Response, send_file
from flask_smorest.fields import Upload
from marshmallow import EXCLUDE, Schema

from services.bootstrap import Application
from services.cases.views import AttachmentView
from services.documents.commands import store_attachment
from services.documents.queries import open_attachment
from web.api.acting import KEY_PARAMETER, perform
from web.api.blueprint import ApiBlueprint
from web.api.derive import view_schema
from web.api.fields import QueryNumber, Text
from web.context import acting, application

attachments = ApiBlueprint("attachments", "附件", "/attachments")


class Belonging(Schema):
    """To which case or task the file belongs, if there is one already."""

    case_id = QueryNumber(load_default=None, metadata={"description": "办件"})
    task_id = Text(load_default=None, metadata={"description": "待办"})


class File(Schema):
    """One file."""

    class Meta:
        """The rest of the form is read by itself."""

        unknown = EXCLUDE

    file = Upload(required=True)


@attachments.operation(
    "",
    "store_attachment",
    "上传附件：可以注明办件（case_id）和待办（task_id）；发起以前上传的不注明",
    method="POST",
    query=Belonging,
    files=File,
    status=201,
    gives=view_schema(AttachmentView),
    headers=[KEY_PARAMETER],
)
def store(of: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Store a file."""
    file = sent["file"]

    def act(app: Application) -> AttachmentView:
        stream = cast("BinaryIO", file.stream)
        return store_attachment(
            app, acting(), of["case_id"], of["task_id"], file.filename or "", stream
        )

    return perform(act, view_schema(AttachmentView)(), status=201)


@attachments.operation(
    "/<int:attachment_id>",
    "get_attachment",
    "下载附件",
    gives={"type": "string", "format": "binary"},
    media="application/octet-stream",
)
def get_attachment(attachment_id: int) -> Response:
    """Give a file."""
    stored, _, path = open_attachment(application(), acting(), attachment_id)
    return send_file(
        path,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=stored.file_name,
        max_age=0,
    )
