"""One call that does something: at most once, and only on what the caller has seen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request
from marshmallow import Schema

from services.bootstrap import Application
from services.cases.revisions import require_revision, revision_of
from services.errors import Invalid, NotFound
from services.idempotency.commands import MAX_KEY_LENGTH, Answer, KeyedRequest, carry_out
from web.context import IDENTITY_HEADER, acting, application

IDEMPOTENCY_KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
NO_CONTENT = 204

_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_LENGTH}}}")
_ETAG = re.compile(r'"(\d{1,18})"')

KEY_PARAMETER = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
    "description": "幂等键：24小时内以同一键重发同一请求，只办理一次，答复相同",
}
MATCH_PARAMETER = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "所见办件版本（读取时的 ETag）；办件已有变化的，答复412，不办理",
}

IDENTITY_PARAMETER = {
    "in": "header",
    "name": IDENTITY_HEADER,
    "schema": {"type": "string"},
    "description": "办理身份：以职务办理的写“组织编号:职务”（如17:secretary），"
    "不以职务办理的写member；省略的，取最适合的身份",
}

Act = Callable[[Application], Any]


def perform(
    act: Act,
    schema: Schema | None = None,
    *,
    status: int = 200,
    case_of: Callable[[Application], int] | None = None,
) -> Response:
    """Do `act` in one transaction with its answer; `case_of` finds the case it is done on.

    `act` gets the application to work on and returns what `schema` writes.  Raises
    `RevisionOutdated` when `If-Match` names another revision, `KeyReused`, and what `act` raises.
    """
    expected = _expected()

    def answered(app: Application) -> Answer:
        case_id = case_of(app) if case_of is not None else None
        if case_id is not None and expected is not None:
            require_revision(app, acting(), case_id, expected)
        result = act(app)
        case_id = case_id if case_id is not None else getattr(result, "case_id", None)
        etag = _etag(app, case_id) if case_id is not None else ""
        if schema is None:
            return Answer(NO_CONTENT, b"", etag)
        return Answer(status, orjson.dumps(schema.dump(result)), etag)

    return _response(carry_out(application(), acting(), _keyed(), answered))


def with_etag(body: Any, case_id: int) -> tuple[Any, int, dict[str, str]]:
    """Return what was read of a case together with its revision."""
    return body, 200, {"ETag": f'"{revision_of(application(), acting(), case_id)}"'}


def _etag(app: Application, case_id: int) -> str:
    """Return the new ETag; none when what was done took the case out of the caller's sight."""
    try:
        return f'"{revision_of(app, acting(), case_id)}"'
    except NotFound:
        return ""


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, mimetype="application/json")
    if not answer.body:
        response.headers.pop("Content-Type")
    if answer.etag:
        response.headers["ETag"] = answer.etag
    if answer.is_replayed:
        response.headers[REPLAYED] = "true"
    return response


def _expected() -> int | None:
    sent = request.headers.get("If-Match", "").strip()
    if sent in {"", "*"}:
        return None
    match = _ETAG.fullmatch(sent)
    if match is None:
        raise Invalid("If-Match 应为读取办件时答复的 ETag。")
    return int(match[1])


def _keyed() -> KeyedRequest | None:
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid(f"幂等键应为1至{MAX_KEY_LENGTH}个可见的ASCII字符。")
    digest = hashlib.sha256()
    headers = (request.headers.get(name, "") for name in ("If-Match", IDENTITY_HEADER))
    for part in (request.method, request.full_path, *headers):
        digest.update(f"{len(part)}:{part}".encode())
    digest.update(request.get_data(cache=True))
    return KeyedRequest(key, digest.hexdigest())
