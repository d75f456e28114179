"""Builds the application once; web, worker, command line and tests all call this."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.clock import Clock, ShiftedClock, SystemClock
from services.db import Database, Patience
from services.demo.offset import offset
from services.documents.store import FileStore
from services.encryption.keyring import Keyring
from services.encryption.sources import data_keys, kept_secret
from services.processes.registry import ProcedureRegistry
from services.settings import Settings


@dataclass(frozen=True, slots=True)
class Application:
    """Everything a use case may need, and nothing about the web.

    `clock` is what the procedures count by and the demo moves; `wall` is the machine's, for what
    must not end because the demo travels: sessions and one-time codes.
    """

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    wall: Clock
    procedures: ProcedureRegistry
    files: FileStore


def create_application(settings: Settings, clock: Clock | None = None) -> Application:
    """Wire the application; creates the data folder and its keys, touches no table.

    Raises `SettingError`.
    """
    data = Path(settings.data_dir).resolve()
    data.mkdir(parents=True, exist_ok=True)
    keyring = data_keys(settings)
    patience = Patience(float(settings.lock_seconds), float(settings.statement_seconds))
    database = Database(settings.database, keyring, patience)
    if clock is None:
        clock = ShiftedClock(lambda: offset(database)) if settings.is_demo else SystemClock()
    return Application(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        wall=SystemClock(),
        procedures=ProcedureRegistry(),
        files=FileStore(data / "files"),
    )


def secret_key(settings: Settings) -> str:
    """Return the session key; the first start of an installation makes and keeps one."""
    return settings.secret_key or kept_secret(
        Path(settings.data_dir) / "secret.key", lambda: secrets.token_hex(32)
    )


def configure_logging(settings: Settings) -> None:
    """Send structured lines to standard error."""
    logging.basicConfig(level=settings.log_level, format="%(message)s")
    for chatty in ("alembic", "spiff"):
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            # Without the values of variables: they may be personal data.
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        logger_factory=structlog.PrintLoggerFactory(),
    )
