"""A `dangwu run` of its own: process group, data folder and port, to be stopped or killed."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field, fields, replace
from http import HTTPStatus
from pathlib import Path

from services.settings import Settings
from tests.stores import Store

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class ServerError(AssertionError):
    """The server ended by itself or never answered; the message holds its output."""


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Server:
    """The whole product in a process group of its own."""

    store: Store
    procedures: Path | None = None
    port: int = field(default_factory=free_port)
    command: tuple[str, ...] = ("run",)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """The settings the server runs with; a test opens the same database by them."""
        return replace(
            self.store.settings,
            procedures_dir=str(self.procedures or ""),
            port=str(self.port),
            log_level="WARNING",
        )

    def start(self) -> None:
        """Start the server and wait until it answers; raises `ServerError`."""
        settings = self.settings
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DANGWU_")}
        for setting in fields(settings):
            environment[f"DANGWU_{setting.name.upper()}"] = getattr(settings, setting.name)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-m", "web.cli", *self.command],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._await_answer(self._process)

    def stop(self) -> None:
        """Stop the server as Ctrl+C does, and make sure nothing of it is left."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Kill the whole process group at once, as a power cut does."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_SECONDS)
            self._process = None

    @property
    def output(self) -> str:
        """Everything the server has printed since its first start."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.store.folder.with_name(f"{self.store.folder.name}.log")

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerError(f"server ended with {process.returncode}:\n{self.output}")
            if self._answers():
                return
            time.sleep(0.1)
        self.kill()
        raise ServerError(f"no answer within {START_SECONDS} s:\n{self.output}")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
