"""Errors of the files: stable code, message for the user, what to do next."""

from __future__ import annotations

from services.errors import ServiceError


class FileDamaged(ServiceError):  # noqa: N818 - the state is the name of the error
    """What lies in the store is not what was taken in."""

    code = "file-damaged"
    message = "附件内容与上传时登记的校验值不一致，不能下载。"
    remedy = "请联系系统管理员从备份中恢复该附件。"


class FileRejected(ServiceError):  # noqa: N818 - the state is the name of the error
    """The scanner has found something in a file; nothing was stored."""

    code = "file-rejected"
    message = "文件没有通过安全检查，没有保存。"
    remedy = "请检查本机是否感染病毒，换用安全的文件后重新上传。"


class ScannerUnavailable(ServiceError):  # noqa: N818 - the state is the name of the error
    """A scanner is set and gives no answer; nothing was stored."""

    code = "scanner-unavailable"
    message = "文件安全检查暂时不能进行，文件没有保存。"
    remedy = "请稍后重试；多次不成功的，请联系系统管理员检查扫描程序。"
