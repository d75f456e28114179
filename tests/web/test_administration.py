"""The administrators' pages, and that nobody else opens them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import update

from services.api_tokens.commands import MakeToken, make_token
from services.api_tokens.models import TokenScope
from services.bootstrap import Application
from services.identity.actor import Actor
from services.identity.login import log_in
from services.identity.models import Account, SecondFactor
from services.identity.passwords import SAMPLE_PASSWORD
from services.identity.roles import AdministratorRole
from tests.web.conftest import ClientAs, logged_in
from tests.web.page import Page
from tests.web.test_access import address
from web import access
from web.app import create_app
from web.security import TOKEN_BLUEPRINTS

LOGINS = {"xitong": "system", "anquan": "security", "shenji": "audit"}


def reached(flask: Flask, client_by_login: ClientAs, login: str) -> dict[str, int]:
    """Status of every route by endpoint, GET where there is one."""
    found = {}
    for rule in flask.url_map.iter_rules():
        if rule.endpoint in access.PUBLIC_ENDPOINTS | {"auth.logout"}:
            continue
        if rule.endpoint.partition(".")[0] in TOKEN_BLUEPRINTS:
            continue
        method = "GET" if "GET" in (rule.methods or set()) else "POST"
        client = client_by_login(login)  # some routes end the session they are opened with
        answer = client.open(address(flask, rule), method=method, buffered=True)
        found[rule.endpoint] = answer.status_code
    return found


@pytest.mark.parametrize(("login", "role"), LOGINS.items())
def test_an_administrator_opens_the_own_area_and_nothing_else(
    web: Flask, client_by_login: ClientAs, login: str, role: str
) -> None:
    allowed = access.AREAS[AdministratorRole(role)]
    statuses = reached(web, client_by_login, login)
    assert {
        endpoint: status
        for endpoint, status in statuses.items()
        if (status == 403) == (endpoint.split(".")[0] in allowed)
    } == {}


def test_a_person_opens_no_page_of_the_administration(
    web: Flask, client_by_login: ClientAs
) -> None:
    statuses = reached(web, client_by_login, "shengshuji")
    administration = {e: s for e, s in statuses.items() if e.split(".")[0] in access.ADMINISTRATION}
    assert len(administration) > 20
    assert set(administration.values()) == {404}


def test_every_area_is_a_blueprint(web: Flask) -> None:
    assert frozenset().union(*access.AREAS.values()) <= web.blueprints.keys()


@pytest.mark.parametrize("login", LOGINS)
def test_every_entry_of_the_menu_opens(client_by_login: ClientAs, login: str) -> None:
    client = client_by_login(login)
    home = Page(client.get(client.get("/").location))
    links = [str(a.get("href")) for a in home.all("//nav//ul//a")]
    assert len(links) >= 4
    assert dict.fromkeys(links, 200) == {link: client.get(link).status_code for link in links}


def test_no_administrator_sees_a_case(
    client_by_login: ClientAs, client_as: ClientAs, case_id: int
) -> None:
    case = Page(client_as("applicant").get(f"/cases/{case_id}"))
    title = str(case.all("//main//h1")[0].text_content()).strip()
    assert title
    for login in LOGINS:
        client = client_by_login(login)
        assert client.get(f"/cases/{case_id}").status_code == 403
        home = Page(client.get(client.get("/").location))
        for link in {str(a.get("href")) for a in home.all("//nav//ul//a")}:
            text = client.get(link).text
            assert f"/cases/{case_id}" not in text
            assert title not in text


def one_time_password(page: Page) -> str:
    return str(page.one("//code[@class='secret']").text)


def test_a_reset_asked_by_one_and_confirmed_by_another_and_changed_first(
    app: Application, web: Flask, client_by_login: ClientAs
) -> None:
    system, security = client_by_login("xitong"), client_by_login("anquan")
    accounts = Page(system.get("/admin/system/accounts?q=shuji"))
    link = accounts.one("//main//a[normalize-space(.)='shuji']").get("href")
    data = {"kind": "reset_password", "reason": "本人遗忘"}
    assert system.post(link, data=data | {"reason": ""}).status_code == 422
    assert system.post(link, data=data).status_code == 303
    assert "等待确认的申请" in system.get(link).text
    board = Page(security.get("/admin/requests"))
    confirm = board.one("//form[contains(@action, '/confirm')]").get("action")
    assert system.post(confirm).status_code == 403
    page = Page(security.post(confirm))
    password = one_time_password(page)
    assert security.post(confirm).status_code == 409
    assert password not in security.get("/admin/requests").text

    client = web.test_client()
    answer = client.post("/login", data={"login": "shuji", "password": password})
    assert answer.status_code == 303
    assert client.get("/inbox").location == "/login/first-password"
    assert client.post("/logout").status_code == 303
    client.post("/login", data={"login": "shuji", "password": password})
    fresh = {"old": password, "new": "Xin-Mima-2026", "repeat": "Xin-Mima-2026"}
    weak = client.post("/login/first-password", data=fresh | {"new": "weak", "repeat": "weak"})
    assert weak.status_code == 422
    assert client.post("/login/first-password", data=fresh).status_code == 303
    assert client.get("/inbox").status_code == 200


def test_the_second_step_stands_before_every_page(
    app: Application, web: Flask, client_by_login: ClientAs
) -> None:
    client = client_by_login("anquan")
    page = Page(client.get("/account/second-factor"))
    assert page.all("//*[local-name()='svg']/*[local-name()='path']")
    secret = page.one("//code[@class='secret']").text
    code = pyotp.TOTP(secret).now()
    done = client.post("/account/second-factor", data={"code": code})
    assert len(re.findall(r"<li><code>(?:\w{4}-){3}\w{4}</code></li>", done.text)) == 10
    with app.database.write() as session:
        session.execute(update(SecondFactor).values(last_step=0))

    other = web.test_client()
    other.post("/login", data={"login": "anquan", "password": SAMPLE_PASSWORD})
    for path in ("/", "/admin/security", "/account", "/account/second-factor"):
        assert other.get(path).location == "/login/code"
    assert other.post("/login/code", data={"code": "000000"}).status_code == 401
    right = other.post("/login/code", data={"code": pyotp.TOTP(secret).now()})
    assert right.status_code == 303
    assert other.get("/admin/security").status_code == 200


def test_the_books_are_filtered_and_exported_and_the_export_is_recorded(
    app: Application, client_by_login: ClientAs
) -> None:
    log_in(app, "shuji", SAMPLE_PASSWORD)
    with pytest.raises(Exception, match="login-failed"):
        log_in(app, "=nobody", "wrong")
    client = client_by_login("shenji")
    refused = Page(client.get("/admin/audit/books?kind=login_refused")).text
    assert "=nobody" in refused
    assert "账号 shuji" not in refused
    assert "没有符合条件的记录" in client.get("/admin/audit/books?until=2000-01-01").text
    answer = client.post("/admin/audit/books/export", data={"format": "csv", "q": "nobody"})
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [rows[0][2], rows[1][2], rows[1][4]] == ["事项", "登录未成功", "账号 =nobody"]
    sheet = client.post("/admin/audit/books/export", data={"format": "xlsx"}).data
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(sheet)).namelist()
    assert "审计记录" in client.get("/admin/audit/books?kind=exported").text


def test_settings_show_no_secret(app: Application, client_by_login: ClientAs) -> None:
    text = client_by_login("xitong").get("/admin/system/settings").text
    assert "DANGWU_SECRET_KEY" in text
    assert "会话签名密钥" in text
    assert app.settings.data_dir in text


def test_tokens_are_listed_and_revoked_without_their_secrets(
    app: Application, client_by_login: ClientAs, as_: Callable[[str], Actor]
) -> None:
    made = make_token(app, as_("secretary"), MakeToken("统计", TokenScope.READ, 30))
    client = client_by_login("anquan")
    page = client.get("/admin/security/tokens").text
    assert "陈启明" in page
    assert made.secret not in page
    assert made.secret[:11] in page
    assert client.post(f"/admin/security/tokens/{made.id}/revoke").status_code == 303
    assert "已撤销" in client.get("/admin/security/tokens?all=1").text


def test_where_it_is_forced_an_administrator_sets_the_second_factor_up_first(
    app: Application,
) -> None:
    forced = replace(app, settings=replace(app.settings, admin_second_factor="1"))
    flask = create_app(forced)
    flask.config["WTF_CSRF_ENABLED"] = False
    client = logged_in(flask, forced, Account.login == "anquan")
    for path in ("/", "/admin/security", "/admin/requests", "/account"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/account/second-factor"), path
    assert client.post("/admin/security/sessions/1/end").location == "/account/second-factor"
    page = client.get("/account/second-factor").text
    assert "管理员须启用两步验证" in page
    assert 'href="/admin/security"' not in page
    secret = Page(client.get("/account/second-factor")).one("//code[@class='secret']").text
    wrong = client.post("/account/second-factor", data={"code": "abc"})
    assert wrong.status_code == 422
    client.post("/account/second-factor", data={"code": pyotp.TOTP(secret).now()})
    assert client.get("/admin/security").status_code == 200
    person = logged_in(flask, forced, Account.login == "shengshuji")
    assert person.get("/inbox").status_code == 200


def test_a_root_body_is_proposed_by_one_and_confirmed_by_another(
    client_by_login: ClientAs,
) -> None:
    system = client_by_login("xitong")
    form = {
        "code": "SF-ZZ",
        "name": "中共株洲市司法局党组（示例）",
        "short_name": "株洲市司法局党组（示例）",
        "kind": "party_group",
        "level": "city",
        "acted_on": "2026-05-01",
        "document_number": "示例组〔2026〕2号",
        "reason": "上级机关尚未接入。",
    }
    refused = system.post("/admin/roots", data=form | {"level": "firm"})
    assert refused.status_code == 422
    assert "层级应为" in refused.text
    assert system.post("/admin/roots", data=form).status_code == 303
    assert "确认设立" not in system.get("/admin/roots").text
    security = client_by_login("anquan")
    page = security.get("/admin/roots").text
    assert "申请设立" not in page
    proposal = page.split('action="/admin/roots/')[1].split("/")[0]
    assert security.post(f"/admin/roots/{proposal}/confirm").status_code == 303
    assert "已确认" in system.get("/admin/roots").text
    assert client_by_login("shenji").get("/admin/roots").status_code == 403
