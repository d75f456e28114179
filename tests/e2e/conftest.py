"""Fixtures of the browser tests: a running server, a browser, a folder for screenshots."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from services.bootstrap import create_application
from services.clock import SHANGHAI
from services.demo.models import DemoClock
from services.migrations.commands import upgrade
from tests.e2e.office import Office
from tests.e2e.server import Server
from tests.e2e.visitor import PATIENCE_MS, Visitor
from tests.stores import new_store

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _cannot(reason: str) -> NoReturn:
    """Skip where a browser cannot be expected, fail where it must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the browser's path; a browser without Chinese glyphs would only show boxes."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        _cannot("Chromium is not installed")
    lister = shutil.which("fc-list")
    if lister is None:
        _cannot("fontconfig is not installed")
    fonts = subprocess.run(  # noqa: S603 - found by its name on the path
        [lister, ":lang=zh-cn", "family"], capture_output=True, check=True
    )
    if not fonts.stdout.strip():
        _cannot("no font with Chinese glyphs is installed")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return a browser without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium,
            args=CHROMIUM_ARGUMENTS,
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server of the sample world at a given moment."""
    with ExitStack() as running:

        def start(*, at: datetime) -> Server:
            store = running.enter_context(new_store(tmp_path_factory.mktemp("served") / "data"))
            server = Server(store)
            _set_demo_clock(server, at)
            running.callback(server.stop)
            server.start()
            return server

        yield start


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """Return a server whose demo clock starts where the sample stories start."""
    return start_server(at=datetime(2026, 6, 1, 9, 0, tzinfo=SHANGHAI))


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for screenshots: DANGWU_SCREENSHOTS, or a temporary one."""
    named = os.environ.get("DANGWU_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Office]:
    """Return who prepares cases on the server."""
    application = create_application(server.settings)
    yield Office(application)
    application.database.dispose()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[[str], Visitor]]:
    """Return a function that lets somebody log in."""
    visitors: list[Visitor] = []

    def log_in(login: str) -> Visitor:
        visitors.append(Visitor(browser, server, login))
        return visitors[-1]

    yield log_in
    for visitor in visitors:
        assert visitor.script_errors == []
        visitor.close()


def _set_demo_clock(server: Server, moment: datetime) -> None:
    """Let the sample world begin at `moment`, whatever day the test runs on.

    The pages only move the clock forward; a fresh installation may begin anywhere.
    """
    application = create_application(server.settings)
    upgrade(server.settings.database)
    offset = int((moment - datetime.now(SHANGHAI)).total_seconds())
    with application.database.write() as session:
        session.add(DemoClock(id=1, offset_seconds=offset))
    application.database.dispose()
