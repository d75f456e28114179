"""What taking in a roster costs (time, memory, how long others wait), and finding people after it.

Two small rosters, the larger of four times the size: the cost of a row should stay the same.  With
`--full`, a whole country: 17,101 bodies, 306,000 people.  On SQLite, and on PostgreSQL too where
DANGWU_DATABASE_URL names a database in which databases may be created.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from sqlalchemy import create_engine, select, text

from services.bootstrap import Application, create_application
from services.identity.queries import load_actor
from services.migrations.commands import upgrade
from services.notifications.models import Notification
from services.organizations.models import Organization
from services.people.commands import appoint
from services.people.listing import PersonFilter, people, search
from services.people.models import Person, Post
from services.roster.commands import confirm_import, order_import
from services.roster.models import ImportPhase
from services.roster.queries import progress
from services.settings import Settings
from services.worker.run import run_due
from tests.rosters import Country

FULL = ((100, 170, 18),)
"""Cities, branches of each, people of each: 17,101 bodies, 306,000 people."""
SMALL = ((1, 170, 18), (4, 170, 18))
SEARCHED = ("单", "王", "明", "w", "zhang", "swy", "wangjianguo", "没有")

DATA_KEY = "bench:" + "0" * 64


def measure(url: str, shape: tuple[int, int, int]) -> None:
    """Import a roster into an empty database and print the figures."""
    country = Country(*shape)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=folder, database_url=url, data_key=DATA_KEY, max_roster_mb="200"
        )
        app = create_application(settings)
        upgrade(settings.database)
        path = country.write(Path(folder) / "示例名册.xlsx")
        print(
            f"roster of {country.bodies:,} bodies and {country.people_count:,} people,"
            f" {path.stat().st_size / 2**20:.0f} MiB, {app.database.engine.dialect.name}"
        )
        number = order_import(app, None, path.name, BytesIO(path.read_bytes()))
        path.unlink()
        _phase(app, number, ImportPhase.READING, "read")
        _phase(app, number, ImportPhase.CHECKING, "checked")
        confirm_import(app, None, number)
        writer = Rival(app)
        writer.start()
        _phase(app, number, ImportPhase.IMPORTING, "entered")
        writer.stop()
        view = progress(app, None, number)
        print(f"  {view.phase.value}: " + ", ".join(f"{s.name} {s.counts}" for s in view.sheets))
        _search(app)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory {peak:.0f} MiB")
        app.database.dispose()


def _phase(app: Application, number: int, phase: ImportPhase, word: str) -> None:
    begin, cpu = time.perf_counter(), time.process_time()
    while progress(app, None, number).phase is phase:
        run_due(app)
    spent = time.process_time() - cpu
    print(f"  {word} in {time.perf_counter() - begin:.1f} s, {spent:.1f} s of it computing")


def _search(app: Application) -> None:
    """Print what it takes to find people for somebody who may see everybody."""
    with app.database.write() as session:
        top = session.scalars(select(Organization.id).order_by(Organization.id)).first() or 0
        person = session.scalars(select(Person.id).order_by(Person.id)).first() or 0
        number = session.get_one(Person, person).identity_number or ""
        appoint(session, person, top, Post.SECRETARY, app.clock.now().date())
    actor = load_actor(app, person)
    for words in (*SEARCHED, number):
        begin = time.perf_counter()
        found = len(search(app, actor, words))
        spent = (time.perf_counter() - begin) * 1000
        name = "an identity number" if words == number else words
        print(f"  search {name}: {spent:.0f} ms, {found} shown")
    begin = time.perf_counter()
    total = people(app, actor, PersonFilter(text="w")).total
    print(f"  page of the register, w: {(time.perf_counter() - begin) * 1000:.0f} ms of {total:,}")


class Rival(threading.Thread):
    """Somebody whose small writes compete with the import."""

    def __init__(self, app: Application) -> None:
        super().__init__(daemon=True)
        self._app = app
        self._stopping = threading.Event()
        self._waits: list[float] = []

    def run(self) -> None:
        while not self._stopping.wait(0.2):
            begin = time.perf_counter()
            with self._app.database.write() as session:
                person = session.scalar(select(Person.id).limit(1))
                if person is not None:
                    session.add(
                        Notification(
                            person_id=person, subject="示例", body="", created_at=self._now()
                        )
                    )
            self._waits.append(time.perf_counter() - begin)

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        waits = sorted(wait * 1000 for wait in self._waits)
        print(
            f"  {len(waits)} small writes meanwhile: median {statistics.median(waits):.0f} ms,"
            f" 99 % {waits[int(len(waits) * 0.99)]:.0f} ms, longest {waits[-1]:.0f} ms"
        )

    def _now(self) -> object:
        return self._app.clock.now()


def main(*, full: bool = False) -> None:
    """Measure each size and database in a process of its own, so that peaks do not add up."""
    server = os.environ.get("DANGWU_DATABASE_URL", "")
    for shape in FULL if full else SMALL:
        _measure_apart("", shape)
        if server:
            with _scratch(server) as url:
                _measure_apart(url, shape)


def _measure_apart(url: str, shape: tuple[int, int, int]) -> None:
    subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "tests.perf.roster_bench", *map(str, shape)],
        check=True,
        env={**os.environ, "DANGWU_BENCH_URL": url},
    )


@contextmanager
def _scratch(server: str) -> Iterator[str]:
    """Give the address of an empty database beside the one of an address."""
    name = f"dangwu_bench_{os.getpid()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


if __name__ == "__main__":
    if "DANGWU_BENCH_URL" in os.environ:
        cities, branches, inhabitants = map(int, sys.argv[1:4])
        measure(os.environ["DANGWU_BENCH_URL"], (cities, branches, inhabitants))
    else:
        main(full="--full" in sys.argv)
