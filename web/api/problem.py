"""Problem details (RFC 9457) as the specification describes them; `web.errors` writes them."""

from __future__ import annotations

from marshmallow import fields as ma

from web.api.derive import Strict
from web.api.fields import Items, Record, Text, Whole

MEDIA_TYPE = "application/problem+json"


class BrokenRule(Strict):
    """A rule the act breaks, with its article."""

    rule = Text(required=True)
    severity = Text(required=True)
    message = Text(required=True)
    citation = Text(required=True)


class Problem(Strict):
    """What was refused, why, and what to do."""

    type = Text(required=True, metadata={"description": "问题种类（urn:dangwu:error:编号）"})
    title = Text(required=True, metadata={"description": "发生了什么"})
    status = Whole(required=True)
    detail = Text(required=True, metadata={"description": "如何处理"})
    instance = Text(required=True)
    code = Text(required=True, metadata={"description": "错误编号，不变；见错误编号一览"})
    errors = Record(
        keys=Text(), values=Text(), required=True, metadata={"description": "各项的问题"}
    )
    breaches = Items(ma.Nested(BrokenRule), required=True, metadata={"description": "不符合的规定"})
