"""Fixtures: sending in rosters and working them off, as people and as the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.identity.actor import Actor
from services.roster.commands import confirm_import, order_import
from services.roster.models import Sheet
from services.roster.queries import progress
from services.roster.views import ImportView
from services.worker.run import run_due
from tests.rosters import Line, write

Import = Callable[..., ImportView]


def work_off(app: Application) -> None:
    while run_due(app):
        pass


@pytest.fixture
def check(app: Application, tmp_path: Path) -> Import:
    """Send in a roster and have it checked."""

    def run(
        sheets: Mapping[Sheet, Sequence[Line]] | Path, actor: Actor | None = None
    ) -> ImportView:
        path = sheets if isinstance(sheets, Path) else write(tmp_path / "名册.xlsx", sheets)
        number = order_import(app, actor, path.name, BytesIO(path.read_bytes()))
        work_off(app)
        return progress(app, actor, number)

    return run


@pytest.fixture
def enter(app: Application, check: Import) -> Import:
    """Send in a roster, have it checked and entered."""

    def run(
        sheets: Mapping[Sheet, Sequence[Line]] | Path, actor: Actor | None = None
    ) -> ImportView:
        view = check(sheets, actor)
        confirm_import(app, actor, view.id)
        work_off(app)
        return progress(app, actor, view.id)

    return run
