from __future__ import annotations

import pytest

from services.disclosure.masks import HIDDEN, mask_address, mask_number


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("11010119900307002X", "110***********002X"),
        ("13800000001", "138****0001"),
        ("1234567", HIDDEN),
        ("12345678", "123*5678"),
        ("", ""),
        (None, ""),
    ],
)
def test_numbers_keep_three_and_four(number: str | None, shown: str) -> None:
    assert shown == mask_number(number)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("湖南省长沙市岳麓区示例路1号2栋", "湖南省长沙市岳麓区***"),
        ("湖南省 长沙市 浏阳市示例路1号", "湖南省长沙市浏阳市***"),
        ("湖南省湘西土家族苗族自治州凤凰县示例镇", "湖南省湘西土家族苗族自治州凤凰县***"),
        ("北京市东城区示例街1号", "北京市东城区***"),
        ("内蒙古自治区呼和浩特市新城区示例街", "内蒙古自治区呼和浩特市新城区***"),
        ("长沙市幸福小区3栋", "长沙市***"),
        ("示例路1号", HIDDEN),
        ("", ""),
        (None, ""),
    ],
)
def test_addresses_end_with_the_district(address: str | None, shown: str) -> None:
    assert shown == mask_address(address)
