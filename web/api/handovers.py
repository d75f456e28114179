"""交接: what would go over, doing it, and what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from services.basis import Basis
from services.handover import queries
from services.handover.commands import HandOver, hand_over
from services.handover.views import HandoverRow, HandoverView, Preview
from web.api.acting import KEY_PARAMETER, perform
from web.api.blueprint import ApiBlueprint
from web.api.derive import command_schema, view_schema
from web.context import acting, application

handovers = ApiBlueprint("handovers", "交接", "")

OF_BODY = "/organizations/<int:organization_id>/handovers"
IN_ADDRESS = frozenset({"organization_id"})


@handovers.operation(
    OF_BODY,
    "list_handovers",
    "列出一个党组织的交接（有权查看的）",
    gives=view_schema(HandoverRow)(many=True),
)
def list_handovers(organization_id: int) -> Any:
    """List the hand-overs of a body."""
    return list(queries.hand_overs(application(), acting(), organization_id))


@handovers.operation(
    f"{OF_BODY}/preview",
    "preview_handover",
    "预览一次交接：什么移交，什么不移交和原因",
    method="POST",
    body=command_schema(HandOver, IN_ADDRESS),
    gives=view_schema(Preview),
)
def preview_handover(sent: dict[str, Any], organization_id: int) -> Preview:
    """Show what a hand-over would do; nothing is done."""
    return queries.preview(application(), acting(), _command(sent, organization_id))


@handovers.operation(
    OF_BODY,
    "hand_over",
    "办理交接；seen 为预览答复的 digest，预览以后有变化的不办理",
    method="POST",
    body=command_schema(HandOver, IN_ADDRESS),
    status=201,
    gives=view_schema(HandoverView),
    headers=[KEY_PARAMETER],
)
def do_hand_over(sent: dict[str, Any], organization_id: int) -> Response:
    """Hand over."""
    command = _command(sent, organization_id)
    return perform(
        lambda app: queries.hand_over_page(app, acting(), hand_over(app, acting(), command)),
        view_schema(HandoverView)(),
        status=201,
    )


@handovers.operation(
    "/handovers/<int:handover_id>",
    "get_handover",
    "读取一次交接的清单",
    gives=view_schema(HandoverView),
)
def get_handover(handover_id: int) -> HandoverView:
    """Show a hand-over."""
    return queries.hand_over_page(application(), acting(), handover_id)


def _command(sent: dict[str, Any], organization_id: int) -> HandOver:
    basis = Basis(**sent.pop("basis"))
    command = HandOver(organization_id, basis=basis, **sent)
    return replace(command, posts=tuple(command.posts))
