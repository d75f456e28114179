"""党组织 and 人员, and who one is oneself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema
from marshmallow import fields as ma

from services.cases.views import InboxItem, StartedItem
from services.identity.actor import Actor
from services.organizations import queries as organization_queries
from services.organizations.queries import OrganizationNode, OrganizationView
from services.own_data.queries import OwnData, own_data
from services.people import listing as people_listing
from services.people import queries as people_queries
from services.people.listing import PersonItem
from services.people.queries import PersonView
from web.api.blueprint import ApiBlueprint
from web.api.derive import extended, view_schema
from web.api.fields import Items, Text
from web.api.pagination import CursorQuery, page_of, part_of, part_schema
from web.context import acting, application

organizations = ApiBlueprint("organizations", "党组织", "/organizations")
people = ApiBlueprint("people", "人员", "/people")
me = ApiBlueprint("me", "本人", "/me")


def _node_schema() -> type[Schema]:
    base = view_schema(OrganizationNode, frozenset({"children"}))
    name = "OrganizationNode"
    nested: Any = ma.Nested(lambda: node(), required=True)  # noqa: PLW0108 - defined below
    node = extended(base, name, children=Items(nested, required=True))
    return node


NodeSchema = _node_schema()


OwnSchema = extended(
    view_schema(OwnData, frozenset({"cases", "handled"})),
    "OwnData",
    cases=ma.Nested(part_schema(StartedItem), required=True),
    handled=ma.Nested(part_schema(InboxItem), required=True),
)


class NameQuery(Schema):
    """Whom to look for."""

    q = Text(required=True, metadata={"description": "姓名、拼音，或者完整的身份证号、电话"})


@me.operation("", "get_me", "读取令牌所属的人员及其现任职务", gives=view_schema(Actor))
def get_me() -> Actor:
    """Show who one is."""
    return acting()


@me.operation(
    "/information",
    "get_own_information",
    "读取系统中关于本人的记录（敏感信息已隐去）",
    query=CursorQuery,
    gives=OwnSchema,
)
def get_own_information(query: dict[str, Any]) -> dict[str, Any]:
    """Show what is held on oneself, and who read it in full; the cursor is of either list."""
    own = own_data(application(), acting(), page=page_of(query["cursor"]))
    return {
        "person": own.person,
        "reads": own.reads,
        "cases": part_of(own.cases),
        "handled": part_of(own.handled),
    }


@organizations.operation("", "list_organizations", "读取党组织树", gives=NodeSchema(many=True))
def list_organizations() -> Any:
    """Show the tree."""
    return list(organization_queries.tree(application()))


@organizations.operation(
    "/<int:organization_id>",
    "get_organization",
    "读取一个党组织",
    gives=view_schema(OrganizationView),
)
def get_organization(organization_id: int) -> OrganizationView:
    """Show a body."""
    return organization_queries.organization(application(), acting(), organization_id)


@people.operation(
    "",
    "list_people",
    "查找有权查看的人员（最多20人）",
    query=NameQuery,
    gives=view_schema(PersonItem)(many=True),
)
def list_people(query: dict[str, Any]) -> Any:
    """Find people."""
    return list(people_listing.search(application(), acting(), query["q"]))


@people.operation("/<int:person_id>", "get_person", "读取一名人员", gives=view_schema(PersonView))
def get_person(person_id: int) -> PersonView:
    """Show a person."""
    return people_queries.person_page(application(), acting(), person_id)
