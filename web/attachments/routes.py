"""Views that give out stored files."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from services.documents.queries import open_attachment
from web.context import acting, application

attachments = Blueprint("attachments", __name__, url_prefix="/attachments")


@attachments.get("/<int:attachment_id>")
def download(attachment_id: int) -> ResponseReturnValue:
    """Send a file as a download, never to be shown inside our pages."""
    stored, media_type, path = open_attachment(application(), acting(), attachment_id)
    return send_file(
        path, mimetype=media_type, as_attachment=True, download_name=stored.file_name, max_age=0
    )
