"""Read models of the installation; times in Asia/Shanghai, sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.jobs.models import JobState


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A deployed version of a procedure; `running` counts the cases under way on it."""

    key: str
    title: str
    version: int
    label: str
    sha256: str
    deployed_at: datetime
    running: int
    is_newest: bool


@dataclass(frozen=True, slots=True)
class JobItem:
    """A background job without what it carries; `error` is the kind of the last failure."""

    id: int
    kind_name: str
    state: JobState
    run_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class JobBoard:
    """How the queue stands: open, due by now, given up; and the jobs that failed or are late."""

    open: int
    overdue: int
    failed: int
    items: tuple[JobItem, ...]


@dataclass(frozen=True, slots=True)
class IncidentCount:
    """How many cases of a version of a procedure stand still."""

    title: str
    version: int
    cases: int


@dataclass(frozen=True, slots=True)
class SettingItem:
    """A setting as it is in force; secrets show only whether they are set."""

    variable: str
    meaning: str
    value: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of database and data folder."""

    database: str
    installed_version: str
    needed_version: str
    data_dir: str
    attachments: int
    attachments_size: int
    disk_free: int
    disk_size: int
    people: int
    organizations: int
    cases: int

    @property
    def is_schema_current(self) -> bool:
        """Whether the database has the tables this release works with."""
        return self.installed_version == self.needed_version
