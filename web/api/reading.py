"""An OpenAPI document as chapters to read: what each operation takes and gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

TYPES = {
    "string": "文本",
    "integer": "整数",
    "number": "数",
    "boolean": "是否",
    "array": "列表",
    "object": "对象",
    "null": "空",
}
FORMATS = {"date": "日期", "date-time": "时间", "binary": "文件"}
PLACES = {"path": "地址", "query": "查询", "header": "请求头"}


@dataclass(frozen=True, slots=True)
class Row:
    """One item taken: its name, where it stands, its type in words, whether it is needed."""

    name: str
    place: str
    type: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `answer` names the status and what the answer holds."""

    id: str
    method: str
    path: str
    summary: str
    takes: tuple[Row, ...]
    status: str
    answer: str
    gives: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The operations on one kind of record."""

    title: str
    operations: tuple[Operation, ...]


def chapters(document: Document) -> tuple[Chapter, ...]:
    """Return the operations of the document by tag, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        shared = methods.get("parameters", [])
        for method, operation in methods.items():
            if method == "parameters":
                continue
            read = _operation(document, method, path, operation, shared)
            found.setdefault(operation["tags"][0], []).append(read)
    return tuple(Chapter(title, tuple(operations)) for title, operations in found.items())


def _operation(
    document: Document, method: str, path: str, operation: Document, shared: list[Document]
) -> Operation:
    status, answer = next(
        (code, _resolved(document, response))
        for code, response in operation["responses"].items()
        if code.startswith("2")
    )
    media, schema = next(
        ((kind, content["schema"]) for kind, content in answer.get("content", {}).items()),
        ("", {}),
    )
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        takes=(
            *_parameters(document, [*shared, *operation.get("parameters", [])]),
            *_body(document, operation.get("requestBody", {})),
        ),
        status=status,
        answer=_type(document, schema) if media == "application/json" else media,
        gives=tuple(_properties(document, _items(document, schema), "答复")),
    )


def _parameters(document: Document, parameters: list[Document]) -> Iterator[Row]:
    for reference in parameters:
        parameter = _resolved(document, reference)
        yield Row(
            parameter["name"],
            PLACES[parameter["in"]],
            _type(document, parameter["schema"]),
            parameter.get("required", False),
            parameter.get("description", ""),
        )


def _body(document: Document, body: Document) -> Iterator[Row]:
    for content in body.get("content", {}).values():
        yield from _properties(document, _resolved(document, content["schema"]), "正文")


def _items(document: Document, schema: Document) -> Document:
    schema = _resolved(document, schema)
    return _items(document, schema["items"]) if "items" in schema else schema


def _properties(document: Document, schema: Document, place: str) -> Iterator[Row]:
    needed = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        yield Row(name, place, _type(document, inner), name in needed, inner.get("description", ""))


def _type(document: Document, schema: Document) -> str:
    """Return the type in words, e.g. “列表（CaseHeader）”."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name:
        return name
    choices = schema.get("enum")
    if choices:
        return "、".join(str(choice) for choice in choices if choice is not None)
    for part in schema.get("anyOf", schema.get("allOf", [])):
        if part.get("type") != "null":
            return _type(document, part)
    kinds = schema.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = FORMATS.get(schema.get("format", ""), TYPES[kinds[0]])
    return f"{words}（{_type(document, schema['items'])}）" if "items" in schema else words


def _resolved(document: Document, schema: Document) -> Document:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(document, found)
