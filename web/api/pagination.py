"""Lists part by part: an opaque cursor says where to go on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import Schema
from marshmallow import fields as ma

from services.cases.views import Listing
from services.errors import Invalid
from web.api.derive import Strict, view_schema
from web.api.fields import Items, Text, Whole

LAST_PAGE = 10_000


class CursorQuery(Schema):
    """Where to go on: `next` of the part before."""

    cursor = Text(load_default="", metadata={"description": "上一部分的 next；空则从头开始"})


class SearchQuery(CursorQuery):
    """Where to go on, and what to look for."""

    q = Text(load_default="", metadata={"description": "姓名、拼音或者编号"})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list; `next` is None at its end."""

    items: tuple[Any, ...]
    total: int
    next: str | None


def page_of(cursor: str) -> int:
    """Return the page a cursor stands for; raises `Invalid` under `cursor`."""
    if not cursor:
        return 1
    try:
        page = int(base64.urlsafe_b64decode(cursor.encode()).decode("ascii"))
    except (ValueError, binascii.Error):
        page = 0
    if not 1 <= page <= LAST_PAGE:
        raise Invalid(errors={"cursor": "游标无效，请从头读取。"})
    return page


def part_of(listing: Listing[Any]) -> Part:
    """Return a page of a list with the cursor of the next one."""
    reached = listing.page * listing.page_size
    more = reached < listing.total and listing.page < LAST_PAGE
    following = base64.urlsafe_b64encode(str(listing.page + 1).encode()).decode()
    return Part(listing.items, listing.total, following if more else None)


@cache
def part_schema(item: type[Any]) -> type[Schema]:
    """Return the schema of a part of a list of such read models, one for each."""
    name = f"{item.__name__}Part"
    return type(
        name,
        (Strict,),
        {
            "items": Items(ma.Nested(view_schema(item)), required=True),
            "total": Whole(required=True),
            "next": Text(required=True, allow_none=True),
        },
    )
