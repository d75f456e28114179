"""办件: finding, reading, starting, and stepping in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask import Response
from marshmallow import fields as ma

from services.bootstrap import Application
from services.cases import pages, queries
from services.cases.ad_hoc.commands import EndWork, StartWork, end_work, start_work
from services.cases.change_status import change_status
from services.cases.decisions import decision_record
from services.cases.intervene import Intervene
from services.cases.intervention import NAMES, Intervention
from services.cases.jump import JumpCase, jump_case
from services.cases.start import StartCase, start_case
from services.cases.views import CaseView, Completed, DecisionRecord, InterventionView, StartedItem
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.circulation.send import Circulate, circulate
from services.circulation.urge import urge_readers
from services.errors import NotFound
from web.api.acting import IDENTITY_PARAMETER, KEY_PARAMETER, perform, with_etag
from web.api.blueprint import ApiBlueprint
from web.api.derive import command_schema, extended, view_schema
from web.api.diagrams import XML_RESPONSE, diagram_response
from web.api.fields import Choice, Items, Values
from web.api.messages import MessageSchema
from web.api.pagination import Part, SearchQuery, page_of, part_of, part_schema
from web.api.verbs import OnCase, Verb, add_verb
from web.context import acting, application

instances = ApiBlueprint("instances", "办件", "/instances")


class Cases(StrEnum):
    """Which cases."""

    VISIBLE = "visible"
    STARTED = "started"


class CaseQuery(SearchQuery):
    """Which cases to list."""

    of = Choice(
        Cases,
        load_default=Cases.VISIBLE,
        metadata={"description": "有权查看的，或者本人发起和办理对象为本人的"},
    )


CaseSchema = extended(
    view_schema(CaseView, frozenset({"diagram", "messages", "interventions"})),
    "Case",
    messages=Items(ma.Nested(MessageSchema), required=True),
    interventions=Items(Choice(Intervention), required=True),
)
DecisionSchema = extended(
    view_schema(DecisionRecord, frozenset({"page", "facts", "value"})),
    "DecisionRecord",
    facts=Items(Items(Values()), required=True),
    value=Values(required=True),
)


@instances.operation(
    "", "list_instances", "列出办件", query=CaseQuery, gives=part_schema(StartedItem)
)
def list_instances(query: dict[str, Any]) -> Part:
    """List cases."""
    app, actor, page = application(), acting(), page_of(query["cursor"])
    if query["of"] is Cases.STARTED:
        return part_of(queries.started(app, actor, page=page))
    return part_of(queries.found(app, actor, text=query["q"], page=page))


@instances.operation(
    "",
    "start_instance",
    "发起一项流程",
    method="POST",
    body=command_schema(StartCase),
    status=201,
    gives=view_schema(Completed),
    headers=[KEY_PARAMETER, IDENTITY_PARAMETER],
)
def start_instance(sent: dict[str, Any]) -> Response:
    """Start a case."""
    command = StartCase(**sent)
    return perform(
        lambda app: start_case(app, acting(), command), view_schema(Completed)(), status=201
    )


@instances.operation(
    "/<int:case_id>",
    "get_instance",
    "读取一个办件：进展、流转记录、附件和可以进行的操作",
    gives=CaseSchema,
)
def get_instance(case_id: int) -> Any:
    """Show a case."""
    return with_etag(pages.case(application(), acting(), case_id), case_id)


@instances.operation(
    "/<int:case_id>/diagram",
    "get_instance_diagram",
    "读取办件的流程图（BPMN 2.0）",
    gives=XML_RESPONSE,
    media="application/xml",
)
def get_instance_diagram(case_id: int) -> Response:
    """Give the diagram."""
    return diagram_response(pages.case(application(), acting(), case_id).diagram.xml)


@instances.operation(
    "/<int:case_id>/decisions/<int:sequence>/<int:number>",
    "get_instance_decision",
    "读取流转记录中一次规则判断的依据和结果",
    gives=DecisionSchema,
)
def get_instance_decision(case_id: int, sequence: int, number: int) -> DecisionRecord:
    """Show how a decision came out."""
    return decision_record(application(), acting(), case_id, sequence, number)


@instances.operation(
    "/<int:case_id>/interventions/<kind>",
    "get_intervention",
    "读取一项干预（自由跳转、挂起等）的影响和可以跳转的环节",
    gives=view_schema(InterventionView, frozenset({"diagram"})),
)
def get_intervention(case_id: int, kind: str) -> InterventionView:
    """Say what an intervention would meet."""
    return pages.intervention(application(), acting(), case_id, intervention_of(kind))


def intervention_of(kind: str) -> Intervention:
    """Return the intervention of that name; raises `NotFound`."""
    if kind not in set(Intervention):
        raise NotFound
    return Intervention(kind)


def _status(kind: Intervention) -> Verb:
    return Verb(
        f"/{kind}",
        f"{kind}_instance",
        NAMES[kind],
        Intervene,
        lambda app, actor, command: change_status(app, actor, kind, command),
        moves=True,
    )


VERBS = (
    Verb("/withdraw", "withdraw_instance", "撤回", WithdrawCase, withdraw_case, moves=True),
    *(_status(kind) for kind in Intervention if kind is not Intervention.JUMP),
    Verb("/jump", "jump_instance", NAMES[Intervention.JUMP], JumpCase, jump_case, moves=True),
    Verb(
        "/ad-hoc/<scope_id>/start/<element_id>",
        "start_work",
        "开始一项可选工作",
        StartWork,
        start_work,
        moves=True,
    ),
    Verb(
        "/ad-hoc/<scope_id>/end",
        "end_work",
        "结束可选工作所在的部分",
        EndWork,
        end_work,
        moves=True,
    ),
    Verb("/circulate", "circulate_instance", "抄送或者传阅", Circulate, circulate),
    Verb(
        "/urge-readers",
        "urge_readers",
        "催阅",
        OnCase,
        lambda app, actor, command: urge_readers(app, actor, command.case_id),
    ),
)


def case_of(app: Application, address: Mapping[str, Any]) -> int:
    """Return the case in an address."""
    del app
    return int(address["case_id"])


for verb in VERBS:
    add_verb(instances, f"/<int:case_id>{verb.path}", verb, case_of)
