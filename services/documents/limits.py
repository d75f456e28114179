"""How much may be sent in."""

from __future__ import annotations

from typing import BinaryIO

from services.errors import Invalid

MEBIBYTE = 1024 * 1024


def read_limited(stream: BinaryIO, limit_mb: int) -> bytes:
    """Return what a stream holds; raises `Invalid` under `file` for nothing and for too much."""
    content = stream.read(limit_mb * MEBIBYTE + 1)
    if len(content) > limit_mb * MEBIBYTE:
        raise Invalid(errors={"file": f"文件超过{limit_mb}MB，请压缩或拆分后上传。"})
    if not content:
        raise Invalid(errors={"file": "文件是空的，请重新选择文件。"})
    return content
