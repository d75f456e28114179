"""Office documents as archives: what may be inside, and how much.

Every part is unpacked once, to nowhere, so that neither a size written into the archive nor a
checksum is taken on trust.
"""

from __future__ import annotations

import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CHUNK = 1024 * 1024
MAX_PARTS = 5000
MAX_RATIO = 200
SMALL = 10 * 1024 * 1024
"""Parts below this size may be packed as tightly as they like: blank pictures are."""

MAX_ROWS, MAX_COLUMNS = 500_000, 52
_FAR_CELL = re.compile(
    rb"""\sr\s*=\s*["'](?:[A-Z]{3,}|[B-Z][A-Z]|[A-Z]*(?:[5-9][0-9]{5}|[0-9]{7,})["']|[^A-Z0-9])"""
)
"""A reference beyond AZ499999, or one written in a way that hides where it points to."""

_OVERLAP = 64
_UNSAFE_PARTS = ("vbaproject.bin", "vbadata.xml")
_UNSAFE_FOLDERS = ("/macrosheets/", "/activex/")
_READING = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError)
"""What unpacking a broken, encrypted or exotic archive raises."""


class PackageRefused(Exception):  # noqa: N818 - the state is the name of the error
    """An archive that is not opened; `reason` says why, in a Chinese sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def require_harmless(source: Path | BinaryIO, max_unpacked: int) -> frozenset[str]:
    """Return the names of the parts; raises `PackageRefused`.

    Refused are broken and encrypted archives, macros and controls, too many parts, and what unpacks
    to more than `max_unpacked` bytes or out of proportion to its size (archive bombs).
    """
    try:
        with zipfile.ZipFile(source) as package:
            parts = package.infolist()
            _require_plain(parts)
            total = 0
            for part in parts:
                total += sum(len(chunk) for chunk in _unpack(package, part, max_unpacked - total))
    except _READING as error:
        raise PackageRefused("文件已损坏或者已加密，不能读取。") from error
    return frozenset(part.filename for part in parts)


def require_modest_sheets(source: Path | BinaryIO) -> None:
    """Refuse a workbook with cells beyond 500,000 rows or 52 columns; raises `PackageRefused`.

    A reader keeps a sheet as a rectangle, so that one far cell would cost gigabytes.
    """
    with zipfile.ZipFile(source) as package:
        for part in package.infolist():
            if not part.filename.lower().startswith("xl/worksheets/"):
                continue
            tail = b""
            for chunk in _unpack(package, part):
                if _FAR_CELL.search(tail + chunk):
                    raise PackageRefused(
                        f"工作表过大，最多{MAX_ROWS // 10_000}万行、{MAX_COLUMNS}列。"
                    )
                tail = chunk[-_OVERLAP:]


def _require_plain(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS:
        raise PackageRefused("文件内部的部件过多。")
    for part in parts:
        name = f"/{part.filename.lower()}"
        if name.endswith(_UNSAFE_PARTS) or any(folder in name for folder in _UNSAFE_FOLDERS):
            raise PackageRefused("文件含有宏或者控件，不能接收。")
        if part.file_size > SMALL and part.file_size > MAX_RATIO * max(1, part.compress_size):
            raise PackageRefused("文件的压缩比异常，不能接收。")


def _unpack(
    package: zipfile.ZipFile, part: zipfile.ZipInfo, room: int = sys.maxsize
) -> Iterator[bytes]:
    """Yield a part in pieces; raises `PackageRefused` when it takes more than `room` bytes."""
    with package.open(part) as file:
        while chunk := file.read(CHUNK):
            room -= len(chunk)
            if room < 0:
                raise PackageRefused("文件解压后过大。")
            yield chunk
