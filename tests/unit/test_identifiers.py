from __future__ import annotations

from datetime import date

import pytest

from services.errors import Invalid
from services.people.identifiers import IdentityNumber, parse_identity_number, parse_phone


def test_the_example_of_the_standard() -> None:
    expected = IdentityNumber("11010519491231002X", date(1949, 12, 31), "女", is_area_known=True)
    assert expected == parse_identity_number(" 110105 19491231 002x ")


def test_an_unknown_area_is_only_a_hint() -> None:
    number = parse_identity_number("990105194912310023")
    assert not number.is_area_known


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("11010519491231002", "18位"),
        ("11010519491231002Y", "校验码"),
        ("110105194912310021", "校验码"),
        ("110105194912310O2X", "18位"),
        ("１１０１０５１９４９１２３１００２Ｘ", "18位"),
        ("110105194902300023", "出生日期"),
        ("", "18位"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_identity_number(text)
    assert reason in refused.value.errors["identity_number"]


def test_one_wrong_digit_never_passes() -> None:
    good = "11010519491231002X"
    for place in range(17):
        for digit in set("0123456789") - {good[place]}:
            with pytest.raises(Invalid):
                parse_identity_number(good[:place] + digit + good[place + 1 :])


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("（0731）8888 0000", "073188880000"),
    ],
)
def test_phones_are_stored_as_digits(text: str, digits: str) -> None:
    assert digits == parse_phone(text)


@pytest.mark.parametrize("text", ["", "12345", "23800000000", "138000000001", "无"])
def test_what_is_no_phone_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_phone(text)
    assert ["phone"] == list(refused.value.errors)
