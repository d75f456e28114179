"""Sending workbooks that are written for one download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import Response, send_file

from services.spreadsheets.writing import MEDIA_TYPE


def send_written(write: Callable[[Path], str]) -> Response:
    """Have a workbook written to a file and send it piece by piece; the file goes with it.

    `write` returns the name the download gets.  What it raises is raised; nothing is left either.
    """
    with NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    try:
        name = write(path)
        stream = path.open("rb")
    finally:
        path.unlink()
    response = send_file(stream, mimetype=MEDIA_TYPE, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"  # in no cache of a shared browser either
    return response
