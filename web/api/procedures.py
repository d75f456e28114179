"""流程: what there is, how it starts, its versions, and moving cases between them."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema

from services.cases import pages
from services.cases.views import ProcedureCard, ProcedurePage, StartView
from services.process_migration import queries
from services.process_migration.commands import StartMigration, retry_migration, start_migration
from services.process_migration.views import MigrationView, PreviewView, VersionsView
from web.api.acting import KEY_PARAMETER, perform
from web.api.blueprint import ApiBlueprint
from web.api.derive import Strict, command_schema, extended, view_schema
from web.api.diagrams import XML_RESPONSE, diagram_response
from web.api.fields import Record, Text, Values, Whole
from web.api.forms import FormInputs
from web.context import acting, application

procedures = ApiBlueprint("procedures", "流程", "/procedures")
migrations = ApiBlueprint("migrations", "版本迁移", "/migrations")

StartSchema = extended(
    view_schema(StartView, frozenset({"form", "values", "options"})),
    "Start",
    form=FormInputs(required=True),
    values=Values(required=True),
)


@procedures.operation(
    "", "list_procedures", "列出流程", gives=view_schema(ProcedureCard)(many=True)
)
def list_procedures() -> Any:
    """List all procedures."""
    return list(pages.procedures(application(), acting()))


@procedures.operation(
    "/<key>",
    "get_procedure",
    "读取一项流程：依据、时限和规则",
    gives=view_schema(ProcedurePage, frozenset({"diagram"})),
)
def get_procedure(key: str) -> ProcedurePage:
    """Show a procedure."""
    return pages.procedure_page(application(), acting(), key)


@procedures.operation(
    "/<key>/diagram",
    "get_procedure_diagram",
    "读取流程图（BPMN 2.0）",
    gives=XML_RESPONSE,
    media="application/xml",
)
def get_procedure_diagram(key: str) -> Response:
    """Give the diagram."""
    return diagram_response(pages.procedure_page(application(), acting(), key).diagram.xml)


@procedures.operation(
    "/<key>/start-form", "get_start_form", "读取发起表单和可以选择的办理对象", gives=StartSchema
)
def get_start_form(key: str) -> StartView:
    """Show the form that starts a case."""
    return pages.start_form(application(), acting(), key)


@procedures.operation(
    "/<key>/versions", "list_versions", "列出流程的版本和迁移", gives=view_schema(VersionsView)
)
def list_versions(key: str) -> VersionsView:
    """List the versions."""
    return queries.versions(application(), acting(), key)


@procedures.operation(
    "/<key>/versions/<int:version>/diagram",
    "get_version_diagram",
    "读取流程某一版本的流程图（BPMN 2.0）",
    gives=XML_RESPONSE,
    media="application/xml",
)
def get_version_diagram(key: str, version: int) -> Response:
    """Give the diagram of a version."""
    return diagram_response(queries.diagram(application(), key, version))


class MigrationPlan(Strict):
    """Between which versions, and which element takes the place of which."""

    from_version = Whole(required=True)
    to_version = Whole(required=True)
    mapping = Record(keys=Text(), values=Text(), load_default=dict)


@procedures.operation(
    "/<key>/migration-preview",
    "preview_migration",
    "预览版本迁移，不做任何改动",
    method="POST",
    body=MigrationPlan,
    gives=view_schema(PreviewView),
)
def preview_migration(sent: dict[str, Any], key: str) -> PreviewView:
    """Say what a migration would mean."""
    return queries.preview(
        application(), acting(), key, sent["from_version"], sent["to_version"], sent["mapping"]
    )


class Ordered(Schema):
    """The migration that was ordered."""

    id = Whole(required=True)


@procedures.operation(
    "/<key>/migrations",
    "start_migration",
    "开始版本迁移",
    method="POST",
    body=command_schema(StartMigration, frozenset({"key"})),
    status=202,
    gives=Ordered,
    headers=[KEY_PARAMETER],
)
def order_migration(sent: dict[str, Any], key: str) -> Response:
    """Order a migration."""
    command = StartMigration(key=key, **sent)
    return perform(
        lambda app: {"id": start_migration(app, acting(), command)}, Ordered(), status=202
    )


@migrations.operation(
    "/<int:migration_id>", "get_migration", "读取版本迁移的进度", gives=view_schema(MigrationView)
)
def get_migration(migration_id: int) -> MigrationView:
    """Show how far a migration is."""
    return queries.migration(application(), acting(), migration_id)


@migrations.operation(
    "/<int:migration_id>/retry",
    "retry_migration",
    "重新迁移未成功的办件",
    method="POST",
    status=204,
    headers=[KEY_PARAMETER],
)
def retry(migration_id: int) -> Response:
    """Try again what could not be moved."""
    return perform(lambda app: retry_migration(app, acting(), migration_id))
