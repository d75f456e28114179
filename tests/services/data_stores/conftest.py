"""Cases that write to registers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.cases.start import StartCase, start_case
from services.identity.actor import Actor
from services.processes.commands import deploy_folder

PROCEDURES = Path(__file__).resolve().parents[2] / "fixtures" / "procedures"
Honour = Callable[..., int]


@pytest.fixture
def honour(app: Application, as_: Callable[[str], Actor]) -> Honour:
    """Start a case in which somebody records an honour; returns its id."""
    deploy_folder(app, PROCEDURES / "honours")

    def record(by: str, name: str, about: int | None = None) -> int:
        data = {"acted_on": "2026-06-01", "honour": name}
        return start_case(app, as_(by), StartCase("honours", about, data)).case_id

    return record


def deploy_changed(app: Application, folder: Path, path: str, *changes: tuple[str, str]) -> None:
    """Deploy the procedure with other words in one of its files."""
    shutil.copytree(PROCEDURES / "honours", folder)
    file = folder / path
    text = file.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    deploy_folder(app, folder)
