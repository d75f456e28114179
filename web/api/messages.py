"""登记事项: what may be reported on a case now, and reporting it."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema

from services.cases import pages
from services.cases.report import ReportMessage, report_message
from services.cases.views import Completed, MessageOption
from web.api.acting import KEY_PARAMETER, MATCH_PARAMETER, perform
from web.api.blueprint import ApiBlueprint
from web.api.derive import command_schema, extended, view_schema
from web.api.fields import QueryNumber, Values
from web.api.forms import FormInputs
from web.context import acting, application

messages = ApiBlueprint("messages", "登记事项", "/messages")

MessageSchema = extended(
    view_schema(MessageOption, frozenset({"form", "values", "options"})),
    "Message",
    form=FormInputs(required=True),
    values=Values(required=True),
)


class MessageQuery(Schema):
    """On which case."""

    case_id = QueryNumber(required=True, metadata={"description": "办件"})


@messages.operation(
    "",
    "list_messages",
    "列出办件当前可以登记的事项",
    query=MessageQuery,
    gives=MessageSchema(many=True),
)
def list_messages(query: dict[str, Any]) -> Any:
    """List what may be reported."""
    return list(pages.case(application(), acting(), query["case_id"]).messages)


@messages.operation(
    "",
    "report_message",
    "登记一个事项",
    method="POST",
    body=command_schema(ReportMessage),
    gives=view_schema(Completed),
    headers=[KEY_PARAMETER, MATCH_PARAMETER],
)
def report(sent: dict[str, Any]) -> Response:
    """Report an event."""
    command = ReportMessage(**sent)
    return perform(
        lambda app: report_message(app, acting(), command),
        view_schema(Completed)(),
        case_of=lambda _: command.case_id,
    )
