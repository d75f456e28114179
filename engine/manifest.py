"""Reading procedure.toml: types, closed sets and required entries, all findings at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from engine.citations import Source, SourceStatus
from engine.findings import Findings
from engine.procedure import (
    Candidate,
    CaseOperation,
    DataStoreRule,
    EventStartRule,
    LaneRule,
    Level,
    MessageRule,
    OrganizationKind,
    Post,
    Retention,
    Scope,
    StartRule,
    StoreKey,
    StoreScope,
    Subject,
    TaskRule,
    WithdrawRule,
)

MANIFEST = "procedure.toml"
_ID = validate.Regexp(re.compile(r"[A-Za-z_][\w-]*\Z", re.ASCII), error="Not an ASCII identifier.")
_NOT_EMPTY = validate.Length(min=1, error="Must not be empty.")

_ONE_OF = "Must be one of: "
_WORDS: Mapping[str, str] = {
    "Missing data for required field.": "缺少这一项。",
    "Unknown field.": "没有这一项，可能是拼写错误。",
    "Not a valid string.": "应为文字。",
    "Not a valid date.": "应为日期，如 2026-05-18。",
    "Not a valid list.": "应为列表。",
    "Not a valid boolean.": "应为 true 或者 false。",
    "Not a valid mapping type.": "应为一组键值。",
    "Invalid input type.": "应为一组键值。",
    "Not an ASCII identifier.": "应由英文字母、数字、下划线组成。",
    "Must not be empty.": "不能为空。",
}


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _Ids(fields.List[str]):
    """A list of at least one identifier."""

    def __init__(self) -> None:
        super().__init__(fields.String(validate=_ID), required=True, validate=_NOT_EMPTY)


def _text(**options: Any) -> fields.String:
    return fields.String(required=True, validate=_NOT_EMPTY, **options)


def _identifier() -> fields.String:
    return fields.String(required=True, validate=_ID)


def _table(schema: type[Schema], **options: Any) -> fields.Dict:
    return fields.Dict(keys=fields.String(validate=_ID), values=fields.Nested(schema), **options)


class _Head(_Strict):
    key = _identifier()
    title = _text()
    category = _text()
    version = _text()
    in_force_from = fields.Date(required=True)
    summary = _text()
    needs = fields.List(fields.String(), load_default=list)
    subject = fields.Enum(Subject, by_value=True, required=True)
    case_title = _text()
    number_prefix = _text()
    retention = fields.Enum(Retention, by_value=True, required=True)
    stages = fields.List(fields.String(validate=_NOT_EMPTY), required=True)
    act_date = _identifier()


class _Source(_Strict):
    id = _identifier()
    regulation = _text()
    version = fields.String(load_default="")
    status = fields.Enum(SourceStatus, by_value=True, required=True)
    note = fields.String(load_default="")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Source:
        return Source(**data)


class _Start(_Strict):
    lanes = _Ids()
    form = _identifier()
    task = fields.String(load_default=None, validate=_ID)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> StartRule:
        return StartRule(tuple(data["lanes"]), data["form"], data["task"])


class _EventStart(_Strict):
    event = _identifier()
    organization = fields.String(load_default=None, validate=_NOT_EMPTY)
    subject = fields.String(load_default=None, validate=_NOT_EMPTY)
    bodies = fields.List(fields.Enum(OrganizationKind, by_value=True), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> EventStartRule:
        return EventStartRule(**data | {"bodies": tuple(data["bodies"])})


class _Lane(_Strict):
    candidate = fields.Enum(Candidate, by_value=True, required=True)
    posts = fields.List(fields.Enum(Post, by_value=True), load_default=list)
    scope = fields.Enum(Scope, by_value=True, load_default=Scope.OWN)
    variable = fields.String(load_default=None, validate=_ID)
    body = fields.String(load_default=None, validate=_ID)
    level = fields.Enum(Level, by_value=True, load_default=None)
    tasks = fields.List(fields.String(validate=_ID), load_default=list)
    fallback = fields.String(load_default=None, validate=_ID)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> LaneRule:
        return LaneRule(**data | {key: tuple(data[key]) for key in ("posts", "tasks")})


class _Task(_Strict):
    separate_from = fields.List(fields.String(validate=_ID), load_default=list)
    in_person = fields.Boolean(load_default=False)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> TaskRule:
        return TaskRule(tuple(data["separate_from"]), data["in_person"])


class _Message(_Strict):
    name = _identifier()
    title = _text()
    form = _identifier()
    lanes = _Ids()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> MessageRule:
        return MessageRule(**data | {"lanes": tuple(data["lanes"])})


class _Received(_Strict):
    messages = fields.List(fields.String(validate=_NOT_EMPTY), required=True, validate=_NOT_EMPTY)


class _DataStore(_Strict):
    title = _text()
    register = fields.String(load_default=None, validate=_ID)
    scope = fields.Enum(StoreScope, by_value=True, required=True)
    key = fields.Enum(StoreKey, by_value=True, load_default=StoreKey.NONE)


class _Withdraw(_Strict):
    title = _text()
    lanes = _Ids()
    outcome = _identifier()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> WithdrawRule:
        return WithdrawRule(**data | {"lanes": tuple(data["lanes"])})


class _Manifest(_Strict):
    procedure = fields.Nested(_Head, required=True)
    sources = fields.List(fields.Nested(_Source), required=True)
    start = fields.Nested(_Start, required=True)
    starts = fields.List(fields.Nested(_EventStart), load_default=list)
    lanes = _table(_Lane, required=True)
    tasks = _table(_Task, load_default=dict)
    messages = fields.List(fields.Nested(_Message), load_default=list)
    received = fields.Nested(_Received, load_default=None)
    data_stores = _table(_DataStore, load_default=dict)
    withdraw = fields.Nested(_Withdraw, load_default=None)
    operations = fields.Dict(
        keys=fields.Enum(CaseOperation, by_value=True), values=_Ids(), load_default=dict
    )
    outcomes = fields.Dict(keys=fields.String(validate=_ID), values=_text(), load_default=dict)


def read_manifest(document: bytes, findings: Findings) -> dict[str, Any] | None:
    """Return the fields of `Procedure` that procedure.toml gives, or None after reporting."""
    try:
        raw = tomllib.loads(document.decode("utf-8"))
        loaded: dict[str, Any] = _Manifest().load(raw)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        findings.add("procedure-toml", MANIFEST, error=error)
        return None
    except ValidationError as error:
        for place, message in _flatten(error.messages):
            words = _WORDS.get(message) or message.replace(_ONE_OF, "只能取：")
            findings.add("procedure-entry", MANIFEST, place, words=words, message=message)
        return None
    _repeated("procedure-source-repeated", [s.id for s in loaded["sources"]], findings)
    _repeated("procedure-message-repeated", [m.name for m in loaded["messages"]], findings)
    _repeated("procedure-start-repeated", [s.event for s in loaded["starts"]], findings)
    head: dict[str, Any] = loaded.pop("procedure")
    received: dict[str, Any] = loaded["received"] or {"messages": ()}
    return {
        **head,
        **loaded,
        "needs": tuple(head["needs"]),
        "stages": tuple(head["stages"]),
        "sources": {source.id: source for source in loaded["sources"]},
        "starts": {start.event: start for start in loaded["starts"]},
        "messages": {message.name: message for message in loaded["messages"]},
        "data_stores": {
            key: DataStoreRule(**rule | {"register": rule["register"] or key})
            for key, rule in loaded["data_stores"].items()
        },
        "operations": {key: tuple(lanes) for key, lanes in loaded["operations"].items()},
        "received": tuple(received["messages"]),
    }


def _repeated(code: str, names: list[str], findings: Findings) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        findings.add(code, MANIFEST, name, name=name)


def _flatten(messages: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield (dotted place, message) of marshmallow's nested error structure."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            # marshmallow wraps the errors of dict entries in "key" and "value".
            step = "" if key in {"value", "key", "_schema"} else str(key)
            yield from _flatten(inner, ".".join(part for part in (place, step) if part))
    elif isinstance(messages, list):
        for message in messages:
            yield from _flatten(message, place)
    else:
        yield place or MANIFEST, str(messages)
