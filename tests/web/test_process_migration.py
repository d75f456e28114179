from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.bootstrap import Application
from services.processes.commands import deploy_folder
from services.worker.run import run_due
from tests.web.conftest import ClientAs
from tests.web.page import Page

KEY = "member_development"
VERSIONS = f"/procedures/{KEY}/versions"
PREVIEW = f"/procedures/{KEY}/migration?from=1&to=2"
Deploy = Callable[..., None]

REPLACED = (
    ("process.bpmn", '"talk"', '"first_talk"'),
    ("process.bpmn", 'form="first_talk"', 'form="talk"'),
    ("process.bpmn", ">talk<", ">first_talk<"),
    ("decisions/deadlines.dmn", '"talk"', '"first_talk"'),
)


@pytest.fixture
def deploy(app: Application, tmp_path: Path) -> Deploy:
    """Deploy the procedure again with (file, text, replacement) changed."""

    def run(*changes: tuple[str, str, str]) -> None:
        copy = tmp_path / KEY
        shutil.copytree(app.settings.procedures / KEY, copy)
        for name, text, replacement in changes:
            path = copy / name
            content = path.read_text(encoding="utf-8")
            path.write_text(content.replace(text, replacement), encoding="utf-8")
        deploy_folder(app, copy)

    return run


@pytest.fixture
def head(client_by_login: ClientAs) -> FlaskClient:
    """The secretary of the topmost committee, logged in."""
    return client_by_login("shengshuji")


@pytest.mark.usefixtures("case_id")
def test_versions_with_their_running_cases(
    head: FlaskClient, client_as: ClientAs, deploy: Deploy
) -> None:
    deploy(*REPLACED)
    page = Page(head.get(VERSIONS))
    assert "1 件" in page.text
    assert "未穷尽" in page.text
    assert page.all("//a[contains(., '迁移到第2版')]")
    other = Page(client_as("secretary").get(VERSIONS))
    assert "1 件" in other.text
    assert not other.all("//a[contains(., '迁移到')]")
    assert re.search(r"已探查 \d+ 个状态，未穷尽", Page(head.get(f"/procedures/{KEY}")).text)


@pytest.mark.usefixtures("case_id")
def test_only_the_topmost_body_sees_and_starts_a_migration(
    client_as: ClientAs, deploy: Deploy
) -> None:
    deploy(*REPLACED)
    client = client_as("committee_secretary")
    assert 403 == client.get(PREVIEW).status_code
    assert 403 == client.post(PREVIEW, data={"reason": "细则修订。"}).status_code
    assert 404 == client.get("/procedures/migrations/1").status_code


@pytest.mark.usefixtures("case_id")
def test_a_removed_step_is_mapped_and_the_case_moved(
    app: Application, head: FlaskClient, client_as: ClientAs, deploy: Deploy
) -> None:
    deploy(*REPLACED)
    page = Page(head.get(PREVIEW))
    assert "不能迁移 1 件" in page.text
    assert "新版本中没有“派人谈话”" in page.text
    assert page.all("//select[@name='map.talk']/option[@value='first_talk']")
    mapped = Page(head.get(f"{PREVIEW}&map.talk=first_talk"))
    assert "可以迁移 1 件" in mapped.text
    assert ["first_talk"] == mapped.all("//*[@data-movable]/@data-movable")
    diagram = head.get(page.all("//*[@data-diagram]/@data-diagram")[0])
    assert 'id="first_talk"' in diagram.text

    data = {"map.talk": "first_talk", "reason": ""}
    refused = Page(head.post(PREVIEW, data=data))
    assert 422 == refused.status
    assert "请填写迁移原因" in refused.text
    answer = head.post(PREVIEW, data={**data, "reason": "细则修订。"})
    assert 303 == answer.status_code
    running = Page(head.get(answer.location))
    assert "正在迁移" in running.text
    run_due(app)
    done = head.get(answer.location, headers={"HX-Request": "true"}).text
    assert "迁移结束" in done
    assert "已迁移 1 件" in done
    assert 403 == client_as("secretary").get(answer.location).status_code
    assert "迁移记录" in Page(head.get(VERSIONS)).text


def test_what_could_not_be_moved_is_tried_again(
    app: Application, head: FlaskClient, case_id: int, deploy: Deploy
) -> None:
    deploy(*REPLACED)
    address = head.post(PREVIEW, data={"reason": "细则修订。"}).location
    run_due(app)
    page = Page(head.get(address))
    assert "未能迁移 1 件" in page.text
    assert page.all(f"//a[@href='/cases/{case_id}']")
    retry = page.one("//form[contains(@action, 'retry')]").get("action")
    assert 303 == head.post(retry).status_code
    assert "正在迁移" in Page(head.get(address)).text


@pytest.mark.parametrize("query", ["from=1&to=9", "from=x&to=2", ""])
def test_versions_that_do_not_exist_are_not_found(head: FlaskClient, query: str) -> None:
    assert 404 == head.get(f"/procedures/{KEY}/migration?{query}").status_code


def test_a_version_without_cases_has_nothing_to_start(head: FlaskClient, deploy: Deploy) -> None:
    deploy(*REPLACED)
    page = Page(head.get(PREVIEW))
    assert "没有您可以迁移的在办办件" in page.text
    assert not page.all("//form[@method='post'][contains(@action, 'migration')]")
