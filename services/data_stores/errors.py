"""What data stores refuse."""

from __future__ import annotations

from services.errors import Busy


class StoreChanged(Busy):
    """Another case has written the same entry meanwhile; the command may be repeated."""

    code = "store-changed"
    message = "另一办件刚刚登记了同一本台账，您的操作没有生效。"
    remedy = "请再次提交，已填写的内容不会丢失。"
