"""What everybody sees of sensitive data: enough to tell two people apart, too little to use it."""

from __future__ import annotations

import re

HIDDEN = "（已隐去）"
_STARS = "*"
_HEAD = 3
_TAIL = 4
_DISTRICT = re.compile(
    r"(?P<region>\w{2,8}?(?:特别行政区|自治区|省|市))"
    r"(?P<city>\w{1,10}?(?:自治州|地区|盟|市))?"
    r"(?P<county>\w{1,10}?(?:(?<![小社园街])区|县|旗|市))?"
)


def mask_number(number: str | None) -> str:
    """Return an identity or phone number with its first three and last four characters."""
    if not number:
        return ""
    hidden = len(number) - _HEAD - _TAIL
    return number[:_HEAD] + _STARS * hidden + number[-_TAIL:] if hidden > 0 else HIDDEN


def mask_address(address: str | None) -> str:
    """Return an address down to the county or district; nothing of it where that is unclear."""
    if not address:
        return ""
    found = _DISTRICT.match("".join(address.split()))
    return f"{found[0]}{_STARS * _HEAD}" if found is not None else HIDDEN
