"""The page 我的个人信息."""

from __future__ import annotations

from services.spreadsheets.writing import MEDIA_TYPE
from tests.web.conftest import ClientAs
from tests.web.page import Page


def test_it_is_found_from_every_page_and_asks_for_corrections(client_as: ClientAs) -> None:
    client = client_as("applicant")
    address = (
        Page(client.get("/", follow_redirects=True))
        .one("//nav//a[normalize-space(.)='我的个人信息']")
        .get("href")
    )
    page = Page(client.get(address))
    assert "名册中的记录" in page.text
    assert "有没有这类内容，本页都这样写。" in page.text
    refused = Page(client.post(f"{address}/correction", data={"words": ""}))
    assert 422 == refused.status
    assert "请填写更正的内容。" in refused.text
    answer = client.post(f"{address}/correction", data={"words": "职业有误。"})
    assert 303 == answer.status_code
    assert "更正申请已发给" in Page(client.get(address)).text


def test_a_copy_is_sent_and_kept_nowhere(client_as: ClientAs) -> None:
    client = client_as("applicant")
    assert "下载副本" in Page(client.get("/me/information")).text
    answer = client.post("/me/information/copy")
    answer.close()
    assert (200, MEDIA_TYPE) == (answer.status_code, answer.mimetype)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" == answer.headers["Cache-Control"]
