"""Views of rosters: template, import with preview and report, export (名册导入、导出)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from flask import Blueprint, Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.errors import Forbidden, Invalid
from services.roster import queries
from services.roster.access import may_import
from services.roster.commands import cancel_import, confirm_import, order_import, resume_import
from services.roster.models import Effect, ImportPhase
from services.roster.names import EFFECT_NAMES
from services.roster.report import write_report
from services.roster.template import FILE_NAME, write_template
from services.spreadsheets.writing import MEDIA_TYPE
from web.context import acting, application, see_other
from web.errors import status_of
from web.refusals import Refusal, refusal_of

roster = Blueprint("roster", __name__, url_prefix="/roster")


@roster.get("/imports")
def index() -> ResponseReturnValue:
    """Show how a roster is taken in, and the imports one has ordered."""
    return _index(None)


@roster.post("/imports")
def send() -> ResponseReturnValue:
    """Take a workbook to be checked."""
    sent = request.files.get("file")
    try:
        stream = cast("BinaryIO", sent.stream) if sent else BytesIO()
        name = (sent.filename if sent else None) or ""
        number = order_import(application(), acting(), name, stream)
    except Invalid as error:
        return _index(refusal_of(error)), status_of(error)
    return see_other("roster.show", import_id=number)


@roster.get("/template.xlsx")
def template() -> ResponseReturnValue:
    """Give the workbook to fill in."""
    path = temporary()
    write_template(path)
    return send_temporary(path, FILE_NAME)


@roster.get("/imports/<int:import_id>")
def show(import_id: int) -> ResponseReturnValue:
    """Show how far an import is; htmx asks again while it works."""
    view = queries.progress(application(), acting(), import_id)
    part = "_progress.html" if request.headers.get("HX-Request") else "import.html"
    return render_template(
        f"roster/{part}", view=view, phases=ImportPhase, effects=Effect, names=EFFECT_NAMES
    )


@roster.post("/imports/<int:import_id>/confirm")
def confirm(import_id: int) -> ResponseReturnValue:
    """Have the good rows entered."""
    confirm_import(application(), acting(), import_id)
    return see_other("roster.show", import_id=import_id)


@roster.post("/imports/<int:import_id>/cancel")
def cancel(import_id: int) -> ResponseReturnValue:
    """Give the import up."""
    cancel_import(application(), acting(), import_id)
    flash("已放弃导入，名册没有改动。", "success")
    return see_other("roster.index")


@roster.post("/imports/<int:import_id>/resume")
def resume(import_id: int) -> ResponseReturnValue:
    """Go on with an import whose job was given up."""
    resume_import(application(), acting(), import_id)
    return see_other("roster.show", import_id=import_id)


@roster.get("/imports/<int:import_id>/report.xlsx")
def report(import_id: int) -> ResponseReturnValue:
    """Give the rows that were refused, with the reasons."""
    path = temporary()
    try:
        name = write_report(application(), acting(), import_id, path)
    except DangwuError:
        path.unlink()
        raise
    return send_temporary(path, name)


def temporary() -> Path:
    """Return a new empty file."""
    with NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        return Path(file.name)


def send_temporary(path: Path, name: str) -> Response:
    """Send a workbook piece by piece as a download; the file goes when it has been sent."""
    stream = path.open("rb")
    path.unlink()
    return send_file(stream, mimetype=MEDIA_TYPE, as_attachment=True, download_name=name, max_age=0)


def _index(refused: Refusal | None) -> str:
    app, actor = application(), acting()
    if not may_import(actor):
        raise Forbidden("您不能导入名册。", "请由负责名册的人员办理，见“名册权限”。")
    return render_template(
        "roster/index.html",
        imports=queries.imports(app, actor),
        refused=refused,
        limit=app.settings.max_roster_mb,
    )
