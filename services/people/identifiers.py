"""Identity numbers (公民身份号码, GB 11643-1999) and phone numbers as they are stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import mul

from services.errors import Invalid

LENGTH = 18
CHECK = "10X98765432"
WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_REGIONS = (
    range(11, 16),
    range(21, 24),
    range(31, 38),
    range(41, 47),
    range(50, 55),
    range(61, 66),
)
PROVINCES = frozenset({*chain.from_iterable(_REGIONS), 71, 81, 82, 83})
"""First two digits in use (GB/T 2260); codes change, so one not listed is only a hint."""

_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{9,11}")


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number whose check digit and birth date are right."""

    text: str
    born_on: date
    sex: str
    is_area_known: bool


def parse_identity_number(text: str) -> IdentityNumber:
    """Read a number, spaces and a small x allowed; raises `Invalid` under `identity_number`.

    The check digit is ISO 7064 MOD 11-2; the 17th digit is odd for men.
    """
    number = "".join(text.split()).upper()
    if len(number) != LENGTH or not (number[:-1].isascii() and number[:-1].isdigit()):
        raise _refused("身份证号应为18位，前17位是数字。")
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _refused("身份证号第7至14位不是有效的出生日期。") from None
    if check_digit(number[:-1]) != number[-1]:
        raise _refused("身份证号的校验码不符，请核对是否有误。")
    sex = "男" if int(number[16]) % 2 else "女"
    return IdentityNumber(number, born_on, sex, int(number[:2]) in PROVINCES)


def check_digit(digits: str) -> str:
    """Return the last character that belongs to the first seventeen of an identity number."""
    return CHECK[sum(map(mul, map(int, digits), WEIGHTS)) % 11]


def parse_phone(text: str) -> str:
    """Read a mobile or landline number, return its digits; raises `Invalid` under `phone`."""
    digits = re.sub(r"[\s()（）-]", "", text).removeprefix("+86")
    if _PHONE.fullmatch(digits) is None:
        raise Invalid(errors={"phone": "电话应为11位手机号码，或者带区号的固定电话号码。"})
    return digits


def _refused(reason: str) -> Invalid:
    return Invalid(errors={"identity_number": reason})
