"""The pages of registers: the list, what one says now, and what an entry has said before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.bootstrap import Application
from services.cases.start import StartCase, start_case
from services.identity.actor import Actor
from services.processes.commands import deploy_folder
from tests.web.conftest import ClientAs
from tests.web.page import Page

HONOURS = Path(__file__).resolve().parents[1] / "fixtures" / "procedures" / "honours"


@pytest.fixture
def roll(app: Application, as_: Callable[[str], Actor]) -> None:
    """Two honours in the register of one branch."""
    deploy_folder(app, HONOURS)
    for name in ("甲奖", "乙奖"):
        data = {"acted_on": "2026-06-01", "honour": name}
        start_case(app, as_("secretary"), StartCase("honours", None, data))


@pytest.mark.usefixtures("roll")
def test_a_register_is_found_in_the_menu_and_read(client_as: ClientAs) -> None:
    client = client_as("committee_secretary")
    menu = Page(client.get("/inbox")).all("//nav//a[normalize-space(.)='台账']")
    page = Page(client.get(str(menu[0].get("href"))))
    assert "表彰台账" in page.text
    page = Page(client.get(page.link("表彰台账")))
    assert "湘江示例律师事务所党支部" in page.text
    assert "第 2 次登记" in page.text
    assert "表彰名称：乙奖；办理日期：2026-06-01" in page.text
    assert "彰〔2026〕2号 记入台账" in page.text
    page = Page(client.get(page.link("历次登记")))
    assert ["第 2 次登记", "第 1 次登记"] == [
        span.text for span in page.all("//span[contains(., '次登记')]")
    ]
    case = Page(client.get(page.link("彰〔2026〕1号")))
    assert "登记“表彰台账”" in case.text


@pytest.mark.usefixtures("roll")
def test_who_may_see_nothing_is_told_so(client_as: ClientAs) -> None:
    client = client_as("applicant")
    assert "没有您可以查看的台账" in Page(client.get("/data-stores")).text
    assert 404 == client.get("/data-stores/honour_roll").status_code
    assert 404 == client.get("/data-stores/entries/1").status_code
