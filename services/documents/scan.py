"""Having a file looked at by a scanner of the operator's choice before it is stored.

The scanner is a command that reads the file from standard input, as `clamdscan -` does: exit
status 0 says clean, 1 that something was found, anything else that it could not tell.
"""

from __future__ import annotations

import shlex
import subprocess
from typing import Final

import structlog

from services.documents.errors import FileRejected, ScannerUnavailable

CLEAN: Final = 0
FOUND: Final = 1
SECONDS: Final = 60.0

log = structlog.get_logger()


def scan(command: str, content: bytes) -> None:
    """Let the command look at the content; nothing happens when there is no command.

    Raises `FileRejected` when it has found something, `ScannerUnavailable` when it gives no answer.
    """
    if not command:
        return
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, and no shell
            shlex.split(command), input=content, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        log.exception("file scanner failed")
        raise ScannerUnavailable from error
    if done.returncode == FOUND:
        log.warning("file rejected by scanner", answer=done.stdout[:500].decode(errors="replace"))
        raise FileRejected
    if done.returncode != CLEAN:
        log.error("file scanner failed", status=done.returncode)
        raise ScannerUnavailable
