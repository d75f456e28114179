"""The file store: every content once, under its SHA-256, outside anything a web server serves."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from services.documents.errors import FileDamaged
from services.errors import NotFound

log = structlog.get_logger()

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """Files in two levels of folders below `root`: `ab/cd/abcd…`; written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Store the content and return its SHA-256; storing it again does nothing."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self._place(sha256)
        if target.exists():
            os.utime(target)  # wanted again: see `remove_old`
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
        return sha256

    def path(self, sha256: str) -> Path:
        """Return where the content lies; raises `NotFound`."""
        if not _SHA256.fullmatch(sha256) or not self._place(sha256).is_file():
            raise NotFound("附件内容不存在。", "请联系系统管理员从备份中恢复。")
        return self._place(sha256)

    def checked(self, sha256: str) -> Path:
        """Return where the content lies; raises `NotFound`, or `FileDamaged` if it is another."""
        path = self.path(sha256)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            log.error("file damaged", sha256=sha256, found=found)
            raise FileDamaged
        return path

    def remove_old(self, sha256: str, before: datetime) -> None:
        """Delete the content unless it was stored, or stored again, since `before`."""
        place = self._place(sha256)
        if place.exists() and place.stat().st_mtime < before.timestamp():
            place.unlink(missing_ok=True)

    def remove(self, sha256: str) -> None:
        """Delete the content; does nothing when it is not there."""
        if _SHA256.fullmatch(sha256):
            self._place(sha256).unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """Open the content for reading; raises `NotFound`."""
        return self.path(sha256).open("rb")

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows has no way to and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
