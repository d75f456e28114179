"""Views of rosters: template, import with preview and report, export (名册导入、导出)."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import BinaryIO, cast

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from services.errors import Forbidden, Invalid
from services.roster import queries
from services.roster.access import may_import
from services.roster.commands import cancel_import, confirm_import, order_import, resume_import
from services.roster.models import Effect, ImportPhase
from services.roster.names import EFFECT_NAMES
from services.roster.report import write_report
from services.roster.template import write_template
from web.context import acting, application, see_other
from web.downloads import send_written
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
    return send_written(write_template)


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
    return send_written(partial(write_report, application(), acting(), import_id))


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
