"""Where the data keys come from, and keeping secrets in files of the data folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from services.encryption.keyring import Keyring, new_key
from services.settings import SettingError, Settings

KEY_FILE = "data.key"


def data_keys(settings: Settings) -> Keyring:
    """Return the keyring: from `DANGWU_DATA_KEY`, else from the key file.

    Where nothing is set, a demo and an installation on a local database file make a key of their
    own and keep it in the data folder.  A database server may be shared by machines that do not
    share that folder, so there a missing key is a `SettingError`.
    """
    if settings.data_key:
        return Keyring.parse(settings.data_key)
    if settings.data_key_file:
        return Keyring.parse(_read(Path(settings.data_key_file)))
    path = Path(settings.data_dir) / KEY_FILE
    if path.exists() or settings.is_demo or settings.is_local:
        return Keyring.parse(kept_secret(path, new_key))
    raise SettingError(
        "没有设置数据密钥，不能启动：身份证号等个人信息须加密保存。",
        "请设置 DANGWU_DATA_KEY 或 DANGWU_DATA_KEY_FILE，各进程使用同一密钥，并与数据库分开备份。",
    )


def add_key(settings: Settings) -> tuple[Path, str]:
    """Append a fresh key to the key file; returns the file and the name of the key.

    Everything is written under it by the processes that are started from then on.  Raises
    `SettingError` when the keys are not in a file.
    """
    if settings.data_key:
        raise SettingError(
            "数据密钥写在环境变量 DANGWU_DATA_KEY 中，不能由命令增加。",
            "请在其末尾加上新的一项（用 openssl rand -hex 32 生成），再重新启动全部进程。",
        )
    path = Path(settings.data_key_file or Path(settings.data_dir) / KEY_FILE).resolve()
    data_keys(settings)  # makes the first one, or refuses what cannot be read
    fresh = new_key()
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{_read(path).rstrip()}\n{fresh}\n", encoding="ascii")
    draft.replace(path)
    return path, fresh.partition(":")[0]


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the content of a file only this user may read; made by whoever comes first."""
    path = path.resolve()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="ascii")
        with suppress(FileExistsError):  # a link appears whole or not at all
            path.hardlink_to(draft)
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"不能读取密钥文件 {path}。", "请核对文件是否存在、本用户是否有读取权限。"
        ) from error
