"""Views of versions and of migrations of running cases (版本迁移)."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import DangwuError
from services.process_migration import queries
from services.process_migration.commands import StartMigration, retry_migration, start_migration
from services.process_migration.models import ItemState
from services.process_migration.views import PreviewView
from services.processes.explored import explored_text
from web.context import acting, application
from web.errors import status_of
from web.refusals import Refusal, refusal_of

process_migration = Blueprint("process_migration", __name__, url_prefix="/procedures")

MAPPED = "map."
"""Prefix of the inputs that say which element takes the place of another."""

ITEM_STATE = {
    ItemState.PENDING: "待迁移",
    ItemState.MOVED: "已迁移",
    ItemState.FAILED: "未能迁移",
    ItemState.SKIPPED: "无需迁移",
}


@process_migration.get("/<key>/versions")
def versions(key: str) -> ResponseReturnValue:
    """Show the versions of a procedure with the number of their running cases."""
    view = queries.versions(application(), acting(), key)
    return render_template(
        "process_migration/versions.html", view=view, words=explored_text, states=ItemState
    )


@process_migration.get("/<key>/migration")
def preview(key: str) -> ResponseReturnValue:
    """Show what moving all running cases of a version would mean."""
    return render_template("process_migration/preview.html", view=_preview(key), reason="")


@process_migration.post("/<key>/migration")
def start(key: str) -> ResponseReturnValue:
    """Order the migration."""
    app, actor = application(), acting()
    view = _preview(key)
    reason = request.form.get("reason", "")
    try:
        number = start_migration(
            app,
            actor,
            StartMigration(key, view.from_version, view.to_version, reason, view.mapping),
        )
    except DangwuError as error:
        return _refused(view, reason, refusal_of(error)), status_of(error)
    flash("迁移已开始，各办件逐件进行。", "success")
    return redirect(url_for("process_migration.show", migration_id=number), 303)


@process_migration.get("/<key>/versions/<int:version>/diagram.bpmn")
def diagram(key: str, version: int) -> ResponseReturnValue:
    """Give the diagram of a version to the viewer."""
    xml = queries.diagram(application(), key, version)
    return Response(xml, mimetype="application/xml")


@process_migration.get("/migrations/<int:migration_id>")
def show(migration_id: int) -> ResponseReturnValue:
    """Show how far a migration is; htmx asks again while it runs."""
    view = queries.migration(application(), acting(), migration_id)
    part = "_progress.html" if request.headers.get("HX-Request") else "migration.html"
    return render_template(
        f"process_migration/{part}", view=view, states=ItemState, names=ITEM_STATE
    )


@process_migration.post("/migrations/<int:migration_id>/retry")
def retry(migration_id: int) -> ResponseReturnValue:
    """Try the cases again that could not be moved."""
    retry_migration(application(), acting(), migration_id)
    flash("已重新开始迁移未成功的办件。", "success")
    return redirect(url_for("process_migration.show", migration_id=migration_id), 303)


def _preview(key: str) -> PreviewView:
    values = request.values
    mapping = {
        name.removeprefix(MAPPED): target
        for name, target in values.items()
        if name.startswith(MAPPED) and target
    }
    source, target = (values.get(name, 0, type=int) for name in ("from", "to"))
    return queries.preview(application(), acting(), key, source, target, mapping)


def _refused(view: PreviewView, reason: str, refused: Refusal) -> str:
    return render_template(
        "process_migration/preview.html", view=view, reason=reason, refused=refused
    )
