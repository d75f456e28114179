"""How much may be sent in."""

from __future__ import annotations

from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.documents.models import Attachment
from services.errors import Invalid

MEBIBYTE = 1024 * 1024
MAX_FILES = 30
"""How many files one field of a form takes."""


def require_room(session: Session, case_id: int, size: int, limit_mb: int) -> None:
    """Raise `Invalid` under `file` when a case would hold more than so much in all."""
    held = session.scalar(
        select(func.sum(Attachment.size)).where(Attachment.instance_id == case_id)
    )
    if (held or 0) + size > limit_mb * MEBIBYTE:
        message = f"本办件的附件合计将超过{limit_mb}MB，请压缩后上传，或者只传必要的材料。"
        raise Invalid(errors={"file": message})


def read_limited(stream: BinaryIO, limit_mb: int) -> bytes:
    """Return what a stream holds; raises `Invalid` under `file` for nothing and for too much."""
    content = stream.read(limit_mb * MEBIBYTE + 1)
    if len(content) > limit_mb * MEBIBYTE:
        raise Invalid(errors={"file": f"文件超过{limit_mb}MB，请压缩或拆分后上传。"})
    if not content:
        raise Invalid(errors={"file": "文件是空的，请重新选择文件。"})
    return content
