"""站内信, and 抄送传阅 to oneself."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.circulation import queries as circulation_queries
from services.circulation.read import mark_read as mark_circulation_read
from services.circulation.views import CirculationView
from services.notifications import commands, queries
from services.notifications.queries import NotificationView
from web.api.acting import KEY_PARAMETER, perform
from web.api.blueprint import ApiBlueprint
from web.api.derive import Strict, view_schema
from web.api.fields import Flag, Text
from web.api.pagination import CursorQuery, Part, page_of, part_of, part_schema
from web.context import acting, application

notices = ApiBlueprint("notices", "站内信", "/notices")
circulations = ApiBlueprint("circulations", "抄送传阅", "/circulations")


@notices.operation(
    "",
    "list_notices",
    "列出站内信，新的在前",
    query=CursorQuery,
    gives=part_schema(NotificationView),
)
def list_notices(query: dict[str, Any]) -> Part:
    """List the notices."""
    return part_of(queries.listing(application(), acting(), page_of(query["cursor"])))


@notices.operation(
    "/<int:notice_id>/read",
    "read_notice",
    "将站内信标为已读",
    method="POST",
    status=204,
    headers=[KEY_PARAMETER],
)
def read_notice(notice_id: int) -> Response:
    """Mark a notice as read."""
    return perform(lambda app: commands.mark_read(app, acting(), notice_id))


class CirculationQuery(CursorQuery):
    """Which to list."""

    read = Flag(load_default=False, metadata={"description": "已阅的，否则待阅的"})


class Opinion(Strict):
    """What one thinks of it."""

    opinion = Text(load_default="", metadata={"description": "阅办意见；要求反馈意见的必填"})


@circulations.operation(
    "",
    "list_circulations",
    "列出待阅或者已阅",
    query=CirculationQuery,
    gives=part_schema(CirculationView),
)
def list_circulations(query: dict[str, Any]) -> Part:
    """List what was sent to be read."""
    listing = circulation_queries.listing(
        application(), acting(), is_read=query["read"], page=page_of(query["cursor"])
    )
    return part_of(listing)


@circulations.operation(
    "/<int:circulation_id>",
    "get_circulation",
    "读取一件待阅或者已阅",
    gives=view_schema(CirculationView),
)
def get_circulation(circulation_id: int) -> CirculationView:
    """Show what was sent."""
    return circulation_queries.circulation(application(), acting(), circulation_id)


@circulations.operation(
    "/<int:circulation_id>/read",
    "read_circulation",
    "阅毕",
    method="POST",
    body=Opinion,
    status=204,
    headers=[KEY_PARAMETER],
)
def read_circulation(sent: dict[str, Any], circulation_id: int) -> Response:
    """Mark as read."""
    return perform(
        lambda app: mark_circulation_read(app, acting(), circulation_id, sent["opinion"].strip())
    )
