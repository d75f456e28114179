"""`dangwu trace -`: one JSON document says what to run, one says what came of it.

The request is `{"files": [{"name", "content"}], "start": [{"process", "variables", "message",
"signal"}], "tasks": {...}, "max_seconds": n}`; everything but `files` may be missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.collaboration import Participant, Start
from engine.errors import DangwuError, DefinitionError, EngineError
from engine.model import EventType
from engine.trace import Trace, TraceStatus

DEFAULT_SECONDS: Final = 30.0
MAX_SECONDS: Final = 600.0
REFUSED: Final = "refused"
_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]*\?>")
_STRINGS: Final = ("process", "message", "signal")


class RequestError(EngineError):
    """A request for a run is not what is expected."""

    code = "trace-request"
    message = "试运行的请求不正确。"
    remedy = "请按命令参考中的格式改正后重试。"


@dataclass(frozen=True, slots=True)
class Request:
    """What to run, for at most `max_seconds`."""

    files: Mapping[str, bytes]
    starts: tuple[Start, ...]
    task_data: Mapping[str, Any]
    max_seconds: float


def read_request(text: bytes) -> Request:
    """Return the request in a JSON document; raises RequestError for everything else."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError("请求不是 JSON 文档。") from error
    fields = _object(document, "请求")
    unknown = fields.keys() - {"files", "start", "tasks", "max_seconds"}
    if unknown:
        raise RequestError(f"请求中有不认识的内容：{'、'.join(sorted(unknown))}。")
    files: dict[str, bytes] = {}
    for item in _list(fields.get("files"), "files"):
        file = _object(item, "files 的每一项")
        name, content = file.get("name"), file.get("content")
        if not isinstance(name, str) or not isinstance(content, str) or name in files:
            raise RequestError("每个文件应当有不重复的名称（name）和文字内容（content）。")
        files[name] = _encoded(content)
    if not files:
        raise RequestError("请求中没有文件（files）。")
    return Request(
        files=files,
        starts=tuple(_start(item) for item in _list(fields.get("start", []), "start")),
        task_data=_object(fields.get("tasks", {}), "tasks"),
        max_seconds=_seconds(fields.get("max_seconds", DEFAULT_SECONDS)),
    )


def answer(trace: Trace) -> dict[str, Any]:
    """Return the answer for a run as far as it has come."""
    error = trace.failure
    thrown = [e for e in trace.uncaught if e.type is EventType.ERROR_THROWN]
    if error is None and thrown:
        error = {
            "code": "uncaught-error",
            "message": f"“{thrown[0].element_id}”抛出的错误没有环节接收。",
            "element_id": thrown[0].element_id,
            "error_code": thrown[0].data.get("code"),
        }
    first = trace.participants[0].variables if trace.participants else {}
    return {
        "deployed": True,
        "status": trace.status.value,
        "completed": trace.completed,
        "variables": first,
        "stores": dict(trace.stores),
        "instances": [_instance(participant) for participant in trace.participants],
        "waiting": trace.waiting,
        "undelivered": trace.undelivered,
        "uncaught": [
            {"type": e.type.value, "element_id": e.element_id, "code": e.data.get("code")}
            for e in trace.uncaught
        ],
        "error": error,
    }


def refusal(error: DangwuError, *, deployed: bool = False) -> dict[str, Any]:
    """Return the answer when nothing was run."""
    return {
        "deployed": deployed,
        "status": REFUSED,
        "completed": [],
        "variables": {},
        "stores": {},
        "instances": [],
        "waiting": [],
        "undelivered": [],
        "uncaught": [],
        "error": _error(error),
    }


def out_of_time(seconds: float) -> str:
    """Return the words for a run that has taken too long."""
    return f"超过 {seconds:g} 秒，已停止。"


def broken_off(trace: Trace | None, reason: str) -> dict[str, Any]:
    """Return the answer for a run that was broken off, perhaps while the files were read."""
    error = RequestError(reason, "请检查流程是否没有尽头。")
    if trace is None:
        return {**refusal(error), "status": TraceStatus.LIMIT.value}
    return {**answer(trace), "status": TraceStatus.LIMIT.value, "error": _error(error)}


def _instance(participant: Participant) -> dict[str, Any]:
    advance = participant.advance
    return {
        "number": participant.number,
        "process": participant.process.id,
        "status": advance.status.value if advance is not None else TraceStatus.FAILED.value,
        "variables": participant.variables,
    }


def _error(error: DangwuError) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
    }
    if isinstance(error, DefinitionError):
        found["findings"] = [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "path": finding.path,
                "element_id": finding.element_id,
                "reason": finding.reason,
                "remedy": finding.remedy,
                "reason_en": finding.reason_en,
            }
            for finding in error.findings
        ]
    return found


def _start(item: object) -> Start:
    fields = _object(item, "start 的每一项")
    unknown = fields.keys() - {*_STRINGS, "variables"}
    texts = {name: fields.get(name) for name in _STRINGS}
    if unknown or not all(text is None or isinstance(text, str) for text in texts.values()):
        raise RequestError(
            "start 的每一项只能有 process、message、signal（文字）和 variables（对象）。"
        )
    if texts["message"] is not None and texts["signal"] is not None:
        raise RequestError("start 的一项不能既有 message 又有 signal。")
    variables = fields.get("variables")
    return Start(
        process=texts["process"],
        variables={} if variables is None else _object(variables, "variables"),
        message=texts["message"],
        signal=texts["signal"],
    )


def _encoded(content: str) -> bytes:
    """Return the bytes of a file whose characters are already decoded."""
    try:
        return _DECLARATION.sub("", content.removeprefix("\ufeff"), count=1).encode()
    except UnicodeEncodeError as error:
        raise RequestError("文件内容含有不成对的代理字符。") from error


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RequestError(f"{what}应为 JSON 对象。")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise RequestError(f"{what} 应为 JSON 列表。")
    return value


def _seconds(value: object) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= MAX_SECONDS:  # type: ignore[operator] # a number by now
        raise RequestError(f"max_seconds 应为 0 至 {MAX_SECONDS:g} 之间的数。")
    return float(value)  # type: ignore[arg-type] # a number by now


def _no_constant(text: str) -> object:
    raise ValueError(text)
