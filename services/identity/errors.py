"""Refusals of logging in and of keeping accounts."""

from __future__ import annotations

import math
from datetime import timedelta

from services.errors import ServiceError


class LoginFailed(ServiceError):  # noqa: N818 - the state is the name of the error
    """Login and password do not belong together; which of the two is wrong is not said."""

    code = "login-failed"
    message = "登录名或密码不正确。"
    remedy = "请核对后重新输入；忘记密码的，请联系系统管理员重置。"


class SignOnFailed(ServiceError):  # noqa: N818
    """The single sign-on provider did not answer as it should, or its answer does not hold."""

    code = "sign-on-failed"
    message = "统一身份认证没有成功。"
    remedy = "请重新登录；仍不成功的，请用登录名和密码登录，并联系系统管理员。"


class CodeRefused(ServiceError):  # noqa: N818
    """Neither a fresh code of the second factor nor an unused recovery code."""

    code = "code-refused"
    message = "动态验证码不正确或者已经用过。"
    remedy = "请输入验证器上最新的六位数字，或者一个未用过的恢复码；手机时间不准的，请先校准。"


class LockedOut(ServiceError):  # noqa: N818
    """Too many failures in a row; `wait` is how long until the next attempt."""

    code = "locked-out"
    message = "连续输错次数过多，登录已暂停。"

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        minutes = max(1, math.ceil(wait.total_seconds() / 60))
        super().__init__(remedy=f"请在{minutes}分钟后再试；忘记密码的，请联系系统管理员重置。")


class RoleTaken(ServiceError):  # noqa: N818
    """The person already is an administrator; nobody holds two roles."""

    code = "role-taken"
    message = "该同志已是管理员，一人只能担任一类管理员。"
    remedy = "请另行指定人选；确需更换的，先申请撤销原来的管理员身份。"


class LastAdministrator(ServiceError):  # noqa: N818
    """Without this administrator nobody of the kind would be left."""

    code = "last-administrator"
    message = "这是该类管理员中的最后一名，不能撤销。"
    remedy = "请先设立另一名同类管理员。"
