"""Errors of the use cases; the HTTP status of each stands in `web/errors.py`."""

from __future__ import annotations

from engine.errors import DangwuError


class ServiceError(DangwuError):
    """Anything a use case refuses."""

    code = "service"


class NotFound(ServiceError):  # noqa: N818 - the state is the name of the error
    """The record does not exist or the actor may not know that it does."""

    code = "not-found"
    message = "没有找到您要的内容，或者您没有查看权限。"
    remedy = "请从工作台重新进入；确需查看的，请联系本单位组织委员。"


class Forbidden(ServiceError):  # noqa: N818
    """The actor sees the record but may not do this."""

    code = "forbidden"
    message = "您没有办理此事项的权限。"
    remedy = "请由列明的办理人办理。"


class Recused(Forbidden):
    """The actor is kept out of the case (回避)."""

    code = "recused"
    message = "您须在本事项中回避，不能办理。"
    remedy = "请由其他办理人办理；认为不应回避的，请向本单位书记或者纪检委员反映。"


class Conflict(ServiceError):  # noqa: N818
    """Somebody else was faster; nothing of this command was saved."""

    code = "conflict"
    message = "该事项刚刚已由他人办理，您的操作没有生效。"
    remedy = "您填写的内容已保留，请刷新页面核对后再决定是否需要继续。"


class Invalid(ServiceError):  # noqa: N818
    """The input is refused; `errors` maps a field key to its Chinese message."""

    code = "invalid"
    message = "填写的内容有误。"
    remedy = "请按提示修改后重新提交。"

    def __init__(
        self,
        message: str | None = None,
        remedy: str | None = None,
        *,
        errors: dict[str, str] | None = None,
    ) -> None:
        self.errors = errors or {}
        super().__init__(message, remedy)


class Busy(ServiceError):  # noqa: N818
    """The database did not answer in time; the command may be repeated."""

    code = "busy"
    message = "系统繁忙，操作没有生效。"
    remedy = "请稍候片刻再试，已填写的内容不会丢失。"
