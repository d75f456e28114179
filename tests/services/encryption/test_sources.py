from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.encryption.keyring import new_key
from services.encryption.sources import data_keys, kept_secret
from services.settings import SettingError, Settings

OLD = "old:" + "11" * 32
NEW = "new:" + "22" * 32
SERVER = "postgresql+psycopg://nobody@127.0.0.1/nothing"


def test_a_local_installation_makes_and_keeps_its_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path / "new"))
    made = data_keys(settings).prefix
    assert made == data_keys(settings).prefix
    (path,) = (tmp_path / "new").iterdir()
    assert ("data.key", 0o600) == (path.name, path.stat().st_mode & 0o777)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{OLD}\n{NEW}\n")
    settings = Settings(data_dir=str(tmp_path), data_key_file=str(file))
    assert "sm4$new$" == data_keys(settings).prefix
    settings = Settings(data_dir=str(tmp_path), data_key_file=str(file), data_key=OLD)
    assert "sm4$old$" == data_keys(settings).prefix
    assert [file] == list(tmp_path.iterdir())


def test_a_database_server_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="数据密钥"):
        data_keys(Settings(data_dir=str(tmp_path), database_url=SERVER))
    assert [] == list(tmp_path.iterdir())
    data_keys(Settings(data_dir=str(tmp_path), database_url=SERVER, demo="1"))


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="nowhere"):
        data_keys(Settings(data_dir=str(tmp_path), data_key_file=str(tmp_path / "nowhere")))


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: kept_secret(tmp_path / "data.key", new_key), range(40)))
    assert 1 == len(made)
