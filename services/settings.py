"""All settings, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.errors import ServiceError


class SettingError(ServiceError):
    """A setting has a value the program cannot start with."""

    code = "setting"


def _setting(default: str, description: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"help": description})


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can set; every field is the variable `DANGWU_<FIELD>`."""

    data_dir: str = _setting("var", "数据目录：数据库文件与附件")
    database_url: str = _setting("", "数据库地址；空则使用数据目录下的 SQLite")
    broker_url: str = _setting("memory://localhost/", "消息中间件地址；默认在进程内，无需服务器")
    secret_key: str = _setting("", "会话签名密钥；空则在数据目录生成并保存", secret=True)
    data_key: str = _setting("", "数据密钥，当前密钥写在最后；空则读取密钥文件", secret=True)
    data_key_file: str = _setting("", "数据密钥文件；空则使用数据目录下的 data.key")
    demo: str = _setting("", "设为 1 时启用示例数据与演示时钟")
    host: str = _setting("127.0.0.1", "监听地址")
    port: str = _setting("8000", "监听端口")
    procedures_dir: str = _setting("", "流程文件夹所在目录；空则使用随产品安装的 bpmn")
    sweep_seconds: str = _setting("1", "扫描到期作业的间隔（秒）")
    lock_seconds: str = _setting("15", "等待数据库中他人的修改的上限（秒）")
    statement_seconds: str = _setting("60", "PostgreSQL 一条语句的时间上限（秒），0 为不限")
    max_upload_mb: str = _setting("20", "单个附件的大小上限（MB）")
    max_case_mb: str = _setting("500", "一个办件全部附件的大小上限（MB）")
    keep_uploads_days: str = _setting("7", "上传后没有随表单提交的附件保留多少天")
    keep_notices_days: str = _setting("365", "已阅的通知保管多少天后可以提出销毁")
    keep_sessions_days: str = _setting("183", "登录会话保管多少天后可以提出销毁")
    scan_command: str = _setting("", "附件安全检查命令，见“维护”；空则不检查")
    api_per_minute: str = _setting("600", "每个接口令牌每分钟的请求上限")
    session_idle_minutes: str = _setting("60", "会话空闲多少分钟后须重新登录")
    session_hours: str = _setting("12", "会话最长多少小时")
    password_days: str = _setting("0", "密码多少天后须更换；0 为不限")
    admin_second_factor: str = _setting("", "设为 1 时管理员须启用两步验证，启用前不能办理任何事项")
    sign_on_issuer: str = _setting("", "单点登录（OIDC）服务地址；空则不启用")
    sign_on_client_id: str = _setting("", "在单点登录服务中登记的客户端编号")
    sign_on_client_secret: str = _setting("", "在单点登录服务中登记的客户端密钥", secret=True)
    sign_on_claim: str = _setting("sub", "按哪一项声明匹配账号的单点登录标识")
    max_roster_mb: str = _setting("60", "导入的名册的大小上限（MB）")
    secure_cookies: str = _setting("", "设为 1 时会话 Cookie 仅经 HTTPS 发送")
    log_level: str = _setting("INFO", "日志级别")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{Path(self.data_dir).resolve() / 'dangwu.db'}"

    @property
    def procedures(self) -> Path:
        """The folder that holds one folder per procedure."""
        if self.procedures_dir:
            return Path(self.procedures_dir)
        return Path(__file__).resolve().parent.parent / "bpmn"

    @property
    def is_local(self) -> bool:
        """Whether the database is a file of this machine, as it is by default."""
        return self.database.startswith("sqlite")

    @property
    def is_demo(self) -> bool:
        """Whether sample data and the demo clock are switched on."""
        return self.demo == "1"

    @property
    def forces_second_factor(self) -> bool:
        """Whether administrators have to log in with a second factor."""
        return self.admin_second_factor == "1"

    @property
    def has_sign_on(self) -> bool:
        """Whether logging in by single sign-on is switched on."""
        return bool(self.sign_on_issuer)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read `DANGWU_*`; raise `SettingError` naming every unusable value."""
        environ = os.environ if environ is None else environ
        values = {
            f.name: environ[f"DANGWU_{f.name.upper()}"]
            for f in fields(cls)
            if f"DANGWU_{f.name.upper()}" in environ
        }
        settings = cls(**values)
        for name in (
            "port",
            "lock_seconds",
            "statement_seconds",
            "max_upload_mb",
            "max_case_mb",
            "keep_uploads_days",
            "keep_notices_days",
            "keep_sessions_days",
            "api_per_minute",
            "session_idle_minutes",
            "session_hours",
            "password_days",
            "max_roster_mb",
        ):
            if not getattr(settings, name).isdigit():
                raise SettingError(
                    f"设置 DANGWU_{name.upper()} 应为正整数，现为“{getattr(settings, name)}”。",
                    "请改正该环境变量后重新启动。",
                )
        _check_sign_in(settings)
        try:
            float(settings.sweep_seconds)
        except ValueError:
            raise SettingError(
                f"设置 DANGWU_SWEEP_SECONDS 应为秒数，现为“{settings.sweep_seconds}”。",
                "请改正该环境变量后重新启动。",
            ) from None
        return settings


def _check_sign_in(settings: Settings) -> None:
    """Raise `SettingError` for times nobody could log in with, and half a single sign-on."""
    for name in ("session_idle_minutes", "session_hours"):
        if not int(getattr(settings, name)):
            raise SettingError(
                f"设置 DANGWU_{name.upper()} 应大于零。", "请改正该环境变量后重新启动。"
            )
    if not settings.has_sign_on:
        return
    issuer = urlsplit(settings.sign_on_issuer)
    is_local = issuer.hostname in {"127.0.0.1", "localhost", "::1"}
    if issuer.scheme != "https" and not (issuer.scheme == "http" and is_local):
        raise SettingError(
            "设置 DANGWU_SIGN_ON_ISSUER 应以 https:// 开头。",
            "请填写单点登录服务的发行者地址（issuer）。",
        )
    if not settings.sign_on_client_id or not settings.sign_on_claim:
        raise SettingError(
            "启用单点登录须同时设置 DANGWU_SIGN_ON_CLIENT_ID 和 DANGWU_SIGN_ON_CLAIM。",
            "请填写在单点登录服务中登记的客户端编号和用于匹配账号的声明。",
        )
