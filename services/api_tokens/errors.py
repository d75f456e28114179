"""What keeps a program out."""

from __future__ import annotations

from services.errors import ServiceError


class TokenInvalid(ServiceError):  # noqa: N818 - the state is the name of the error
    """No token, or one that is unknown, expired or revoked; which of them is not said."""

    code = "token-invalid"
    message = "接口令牌无效、已过期或者已撤销。"
    remedy = "请在请求头中提供有效令牌（Authorization: Bearer 令牌）；令牌在“接口令牌”页面办理。"


class ScopeMissing(ServiceError):  # noqa: N818
    """The token may only read."""

    code = "token-scope"
    message = "该接口令牌只能查看，不能办理。"
    remedy = "需要办理的，请另行生成“查看和办理”的令牌。"
