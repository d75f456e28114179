"""What taking in a whole country's roster costs: time, memory, and how long others wait meanwhile.

`python -m tests.perf.roster_bench [CITIES BRANCHES PEOPLE]`; SQLite, and PostgreSQL as well where
DANGWU_DATABASE_URL names an empty database.
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
from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from services.bootstrap import Application, create_application
from services.migrations.commands import upgrade
from services.notifications.models import Notification
from services.people.models import Person
from services.roster.commands import confirm_import, order_import
from services.roster.models import ImportPhase
from services.roster.queries import progress
from services.settings import Settings
from services.worker.run import run_due
from tests.rosters import Country

COUNTRY = (100, 170, 18)
"""Cities, branches of each, people of each: 17,101 bodies, 306,000 people."""

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
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  peak memory {peak:.0f} MiB")
        app.database.dispose()


def _phase(app: Application, number: int, phase: ImportPhase, word: str) -> None:
    begin, cpu = time.perf_counter(), time.process_time()
    while progress(app, None, number).phase is phase:
        run_due(app)
    spent = time.process_time() - cpu
    print(f"  {word} in {time.perf_counter() - begin:.1f} s, {spent:.1f} s of it computing")


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


def main() -> None:
    """Measure each database in a process of its own, so that peaks do not add up."""
    for url in dict.fromkeys(("", os.environ.get("DANGWU_DATABASE_URL", ""))):
        subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "tests.perf.roster_bench", *sys.argv[1:]],
            check=True,
            env={**os.environ, "DANGWU_BENCH_URL": url},
        )


if __name__ == "__main__":
    if "DANGWU_BENCH_URL" in os.environ:
        sizes = tuple(map(int, sys.argv[1:4])) or COUNTRY
        measure(os.environ["DANGWU_BENCH_URL"], sizes)  # type: ignore[arg-type]
    else:
        main()
