"""`dangwu keys`: adding a data key and moving everything to it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from click.testing import CliRunner, Result

from services.bootstrap import Application
from services.encryption.sources import data_keys
from tests.world import World
from web.cli import main


def call(app: Application, *arguments: str, **changes: str) -> Result:
    settings = {
        f"DANGWU_{f.name.upper()}": getattr(app.settings, f.name) for f in fields(app.settings)
    }
    return CliRunner().invoke(main, ["keys", *arguments], env={**settings, **changes})


def test_a_key_is_added_everything_moves_to_it_and_the_old_one_falls_out_of_use(
    app: Application, world: World
) -> None:
    world.start()
    old = data_keys(app.settings).current
    file = Path(app.settings.data_dir) / "data.key"

    added = call(app, "add")
    assert 0 == added.exit_code, added.output
    assert "请重新启动全部进程" in added.output
    new = data_keys(app.settings).current
    assert new != old
    assert 0o600 == file.stat().st_mode & 0o777
    assert file.read_text(encoding="utf-8").split()[-1].partition(":")[2] not in added.output

    rotated = call(app, "rotate")
    assert 0 == rotated.exit_code, rotated.output
    assert "已全部换用当前数据密钥。" in rotated.output
    status = call(app, "status").output
    assert f"数据密钥“{old}”：共 0 项" in status
    assert f"数据密钥“{new}”（当前）：共 " in status


def test_keys_in_the_environment_are_not_added_to(app: Application) -> None:
    refused = call(app, "add", DANGWU_DATA_KEY="one:" + "1" * 64)
    assert 2 == refused.exit_code
    assert "DANGWU_DATA_KEY" in refused.output
    assert "Traceback" not in refused.output
