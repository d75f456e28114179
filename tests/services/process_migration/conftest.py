"""Fixtures: a world whose procedure gets a second version, and who may migrate."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.world import World

KEY = "member_development"
Edit = Callable[[Path], None]


@pytest.fixture
def world(app: Application) -> World:
    """Nobody has started anything yet."""
    return World(app)


@pytest.fixture
def head(by_login: Callable[[str], Actor]) -> Actor:
    """The secretary of the topmost committee."""
    return by_login("shengshuji")


@pytest.fixture
def deploy(app: Application, tmp_path: Path) -> Callable[..., int]:
    """Deploy the procedure again, changed; returns the number of the version."""

    def run(*changes: tuple[str, str, str]) -> int:
        """`changes` are (file, text, replacement)."""
        copy = tmp_path / KEY
        shutil.copytree(app.settings.procedures / KEY, copy, dirs_exist_ok=True)
        for name, text, replacement in changes:
            path = copy / name
            content = path.read_text(encoding="utf-8")
            assert text in content
            path.write_text(content.replace(text, replacement), encoding="utf-8")
        return deploy_folder(app, copy).deployment.version

    return run
