"""Twenty people complete one task in the same instant: one does, the others learn it at once.

How long they wait is printed, not asserted: it is twenty times what one refusal costs, shared by
the processes, and `tests/web/test_cost.py` holds what one asks of the database.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import Application, create_application
from services.cases.start import StartCase, start_case
from services.clock import SHANGHAI
from services.demo.world import SAMPLE_PASSWORD, cast, seed
from services.identity.queries import load_actor
from services.migrations.commands import upgrade
from services.processes.commands import deploy_folder
from services.tasks.models import UserTask
from tests.e2e.client import Client
from tests.e2e.server import Server
from tests.stores import new_store

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]

PROCEDURES = Path(__file__).resolve().parents[1] / "fixtures" / "procedures"
LOGINS = ("shuji", "fushuji", "zuzhiweiyuan", "jijianweiyuan")
CLIENTS = 20
ROUNDS = 3
"""The first finds a server that has never done this before."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with new_store(tmp_path / "data") as store:
        server = Server(store, PROCEDURES, command=("web", "--workers", "2"))
        yield server
        server.kill()


@pytest.fixture
def app(server: Server) -> Iterator[Application]:
    application = create_application(server.settings)
    upgrade(server.settings.database)
    deploy_folder(application, PROCEDURES / "probe")
    seed(application)
    yield application
    application.database.dispose()


def new_task(app: Application) -> str:
    """Start a case; return its one open task."""
    with app.database.read() as session:
        secretary = cast(session)["secretary"]
    data = {"acted_on": datetime.now(SHANGHAI).date().isoformat(), "remind_after": "PT9000S"}
    case_id = start_case(app, load_actor(app, secretary), StartCase("probe", None, data)).case_id
    with app.database.read() as session:
        return session.scalars(select(UserTask.id).where(UserTask.instance_id == case_id)).one()


def test_one_completion_of_twenty_holds(server: Server, app: Application) -> None:
    server.start()
    clients = [Client(server.port) for _ in range(CLIENTS)]
    for number, client in enumerate(clients):
        client.log_in(LOGINS[number % len(LOGINS)], SAMPLE_PASSWORD)
    for _ in range(ROUNDS):
        compete(app, clients, new_task(app))


def compete(app: Application, clients: Sequence[Client], task_id: str) -> None:
    """Have all clients complete the task in the same instant; one completion holds."""
    gate = threading.Barrier(CLIENTS)
    today = datetime.now(SHANGHAI).date().isoformat()

    def rival(number: int, client: Client) -> Callable[[], tuple[int, float]]:
        hidden = client.get(f"/tasks/{task_id}").hidden("task-form")
        fields = {**hidden, "acted_on": today, "result": f"第{number}人"}

        def submit() -> tuple[int, float]:
            gate.wait(60)
            began = time.perf_counter()
            status = client.post(f"/tasks/{task_id}", fields).status
            return status, time.perf_counter() - began

        return submit

    rivals = [rival(number, client) for number, client in enumerate(clients)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [future.result(60) for future in [pool.submit(submit) for submit in rivals]]

    waits = sorted(seconds for status, seconds in answers if status == HTTPStatus.CONFLICT)
    print("refused after ms:", [round(seconds * 1000) for seconds in waits])
    assert Counter({HTTPStatus.CONFLICT: CLIENTS - 1, HTTPStatus.SEE_OTHER: 1}) == Counter(
        status for status, _ in answers
    )
    with app.database.read() as session:
        entries = session.scalar(
            select(func.count(JournalEntry.id)).where(
                JournalEntry.task_id == task_id, JournalEntry.kind == EntryKind.TASK_COMPLETED
            )
        )
    assert 1 == entries
