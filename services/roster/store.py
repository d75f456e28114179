"""Where workbooks lie from being sent in until they are read; they are deleted then."""

from __future__ import annotations

from pathlib import Path

from services.bootstrap import Application
from services.documents.store import FileStore


def roster_store(app: Application) -> FileStore:
    """Return the store of workbooks: apart from attachments, since its files do not stay."""
    return FileStore(Path(app.settings.data_dir).resolve() / "rosters")
