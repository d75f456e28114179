"""People who complete tasks as fast as they can and take note of every answer they get."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from services.clock import SHANGHAI
from tests.e2e.client import Client

RETRY_SECONDS = 0.1
AGAIN = frozenset({HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE})


class Load:
    """Threads that share a list of tasks; broken connections are tried again until they hold.

    `acknowledged` maps a task to the text whose completion the server confirmed; `found_done` are
    tasks that turned out to be completed although no confirmation came; `unsure` are all for which
    a connection broke after the form had been sent.
    """

    def __init__(self, port: int, tasks: Iterable[str]) -> None:
        self.acknowledged: dict[str, str] = {}
        self.found_done: set[str] = set()
        self.unsure: set[str] = set()
        self.failures: list[str] = []
        self._port = port
        self._tasks = list(tasks)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, logins: Iterable[str], password: str) -> None:
        """Let everybody begin."""
        for login in logins:
            thread = threading.Thread(target=self._run, args=(login, password), daemon=True)
            self._threads.append(thread)
            thread.start()

    def await_acknowledged(self, number: int, seconds: float) -> None:
        """Wait until so many completions were confirmed; raises `TimeoutError`."""
        deadline = time.monotonic() + seconds
        while len(self.acknowledged) < number:
            if self.failures:
                raise AssertionError(self.failures)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.acknowledged)} of {number} after {seconds} s")
            time.sleep(0.005)

    def finish(self, seconds: float) -> None:
        """Wait until every task has been dealt with; raises `TimeoutError`."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            raise TimeoutError(f"not finished after {seconds} s")

    def stop(self) -> None:
        """Let everybody give up at once."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(RETRY_SECONDS)

    @property
    def is_busy(self) -> bool:
        """Whether tasks are still to be done."""
        return bool(self._tasks)

    def _run(self, login: str, password: str) -> None:
        client = Client(self._port)
        logged_in = False
        while not self._stopping.is_set() and (task := self._take()) is not None:
            while not self._stopping.is_set():
                try:
                    if not logged_in:
                        client.log_in(login, password)
                        logged_in = True
                    if self._complete(client, task):
                        break
                except OSError:
                    self._stopping.wait(RETRY_SECONDS)
                except Exception as error:  # noqa: BLE001 - the test reports it, whatever it is
                    self.failures.append(f"{login}: {error!r}")
                    return

    def _take(self) -> str | None:
        with self._lock:
            return self._tasks.pop() if self._tasks else None

    def _complete(self, client: Client, task: str) -> bool:
        """Try once; returns whether the task is done."""
        path = f"/tasks/{task}"
        page = client.get(path)
        if page.status in AGAIN:
            return False
        if page.status != HTTPStatus.OK:
            raise AssertionError(f"GET {path}: {page.status} {page.location}")
        hidden = page.hidden("task-form")
        if not hidden:
            self.found_done.add(task)
            return True
        result = f"第{next(self._numbers)}次提交"
        self.unsure.add(task)
        today = datetime.now(SHANGHAI).date().isoformat()
        answer = client.post(path, {**hidden, "acted_on": today, "result": result})
        self.unsure.discard(task)
        if answer.status in AGAIN:
            return False
        if answer.status != HTTPStatus.SEE_OTHER or not answer.location.startswith("/cases/"):
            raise AssertionError(f"POST {path}: {answer.status} {answer.location}")
        self.acknowledged[task] = result
        return True
