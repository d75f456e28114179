"""The one place where an error of the product becomes an HTTP status and a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import structlog
from flask import Flask, Response, json, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.compliance import Breach
from engine.errors import DangwuError
from engine.forms import FormInvalid
from services.cases.errors import LateReasonMissing, RuleBroken
from services.errors import Busy, Invalid, ServiceError

API = "/api/"
"""Below this path errors are problem details, elsewhere pages."""

UNPROCESSABLE = 422
CONFLICT = 409
UNAUTHORIZED = 401

STATUS: dict[str, int] = {
    "login-failed": 401,
    "token-invalid": UNAUTHORIZED,
    "token-scope": 403,
    "code-refused": 401,
    "sign-on-failed": 502,
    "forbidden": 403,
    "recused": 403,
    "not-found": 404,
    "conflict": CONFLICT,
    "task-not-open": CONFLICT,
    "task-ended": CONFLICT,
    "invalid-state": CONFLICT,
    "instance-suspended": CONFLICT,
    "no-matching-event": CONFLICT,
    "migration-refused": CONFLICT,
    "last-instance": CONFLICT,
    "idempotency-key-reused": CONFLICT,
    "revision-outdated": 412,
    "organization-in-use": CONFLICT,
    "person-in-use": CONFLICT,
    "role-taken": CONFLICT,
    "last-administrator": CONFLICT,
    "form-invalid": UNPROCESSABLE,
    "migration-mapping": UNPROCESSABLE,
    "target-not-allowed": UNPROCESSABLE,
    "date-out-of-range": UNPROCESSABLE,
    "value-type": UNPROCESSABLE,
    "locked-out": 429,
    "store-changed": CONFLICT,
    "file-damaged": 500,
    "scanner-unavailable": 503,
    "undecipherable": 500,
    "busy": 503,
}
"""Of the codes not named here, a refusal by a use case is 422, an error of the kernel 500."""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What happened, what is safe, what to do."""

    status: int
    code: str
    message: str
    remedy: str
    errors: Mapping[str, str] = field(default_factory=dict)
    breaches: tuple[Breach, ...] = ()


_HTTP: dict[int, tuple[str, str]] = {
    400: ("请求的内容不完整，没有处理。", "请返回上一页刷新后重试。"),
    401: ("登录已过期。", "请重新登录；已自动保存的草稿不会丢失。"),
    403: ("您没有权限打开这个页面。", "请从工作台重新进入。"),
    404: ("没有找到这个页面。", "请检查网址，或者从工作台重新进入。"),
    405: ("这个地址不能这样打开。", "请从工作台重新进入；没有任何内容被改动。"),
    413: ("提交的内容或者附件过大，没有保存。", "请压缩附件，或者分次上传后再提交。"),
    415: ("提交内容的格式不受支持。", "请以 application/json 格式提交。"),
    429: ("尝试过于频繁，请求没有处理。", "请稍候一分钟再试。"),
    500: (
        "系统出现意外错误，本次操作没有生效。",
        "已保存的内容不受影响。请稍后重试；仍不成功的，请联系系统管理员。",
    ),
    503: ("系统繁忙，操作没有生效。", "请稍候片刻再试。"),
}
_SERVER_ERROR = 500
_UNAVAILABLE = 503


def status_of(error: DangwuError) -> int:
    """Return the HTTP status of an error of the product."""
    default = UNPROCESSABLE if isinstance(error, ServiceError) else _SERVER_ERROR
    return STATUS.get(error.code, default)


def register(app: Flask) -> None:
    """Handle every error with a page in Chinese."""
    app.register_error_handler(DangwuError, _refused)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_ask_again)


def _answer(page: ErrorPage) -> tuple[Response | str, int]:
    if request.path.startswith(API):
        return _problem(page), page.status
    if request.headers.get("HX-Request"):
        return render_template("errors/fragment.html", error=page), page.status
    if request.accept_mimetypes.best == "application/json":
        return jsonify(asdict(page)), page.status
    return render_template("errors/page.html", error=page), page.status


def _problem(page: ErrorPage) -> Response:
    """Return problem details (RFC 9457); `code` is stable, `title` and `detail` are for people."""
    body = {
        "type": f"urn:dangwu:error:{page.code}",
        "title": page.message,
        "status": page.status,
        "detail": page.remedy,
        "instance": request.path,
        "code": page.code,
        "errors": dict(page.errors),
        "breaches": [
            {
                "rule": breach.rule,
                "severity": breach.severity,
                "message": breach.message,
                "citation": str(breach.citation or ""),
            }
            for breach in page.breaches
        ],
    }
    return Response(json.dumps(body), page.status, mimetype="application/problem+json")


def _refused(error: DangwuError) -> ResponseReturnValue:
    status = status_of(error)
    if isinstance(error, Busy):
        structlog.get_logger().warning(
            "database_busy", path=request.path, cause=str(error.__cause__)
        )
    elif status >= _SERVER_ERROR:
        structlog.get_logger().error("request_failed", path=request.path, exc_info=error)
    errors = error.errors if isinstance(error, Invalid | FormInvalid) else {}
    breaches = error.breaches if isinstance(error, RuleBroken | LateReasonMissing) else ()
    body, _ = _answer(ErrorPage(status, error.code, error.message, error.remedy, errors, breaches))
    headers = {"WWW-Authenticate": "Bearer"} if status == UNAUTHORIZED else {}
    return body, status, headers


def _ask_again(response: Response) -> Response:
    """Say when to try again, also where a form is shown anew with the reason."""
    if response.status_code == _UNAVAILABLE:
        response.headers.setdefault("Retry-After", "3")
    return response


def _expired(error: CSRFError) -> ResponseReturnValue:
    del error
    return _answer(
        ErrorPage(
            400,
            "csrf",
            "页面已过期，提交没有生效。",
            "请返回上一页，刷新后重新提交；已自动保存的草稿不会丢失。",
        )
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or _SERVER_ERROR
    if status < 400:  # noqa: PLR2004 - redirects are answers, not errors
        return error.get_response()
    message, remedy = _HTTP.get(status, _HTTP[_SERVER_ERROR])
    body, _ = _answer(ErrorPage(status, f"http-{status}", message, remedy))
    return body, status, [(k, v) for k, v in error.get_headers() if k in {"Allow", "Retry-After"}]


def _unexpected(error: Exception) -> ResponseReturnValue:
    structlog.get_logger().error("unexpected_error", path=request.path, exc_info=error)
    message, remedy = _HTTP[_SERVER_ERROR]
    return _answer(ErrorPage(_SERVER_ERROR, "unexpected", message, remedy))
