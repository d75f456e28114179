"""Every route × every role × every foreign record (peers.md 2.12): 403 or 404 each time.

The routes come from the url map; one without a rule in `rules.py` fails.  Who may see what is
written down in `records.py`, not asked of the code under test.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from werkzeug.routing import Rule as Route
from werkzeug.test import TestResponse

from services.api_tokens.commands import MakeToken, make_token
from services.api_tokens.models import TokenScope
from services.bootstrap import create_application
from services.clock import FixedClock
from services.spreadsheets.writing import MEDIA_TYPE
from tests.conftest import START
from tests.stores import Store, copy_store
from tests.web.access.records import PDF, ROLES, Place, Records, Role, furnish
from tests.web.access.rules import API, KEY, RULES, Kind, Rule
from tests.web.conftest import client_of
from web.access import PUBLIC_ENDPOINTS
from web.app import create_app

UPLOADS = frozenset(
    {"cases.attach", "tasks.attach", "start.attach", "api_attachments.store_attachment"}
)


@dataclass(frozen=True)
class Call:
    """One way into one route."""

    route: Route
    method: str
    rule: Rule

    @property
    def endpoint(self) -> str:
        return str(self.route.endpoint)

    @property
    def is_api(self) -> bool:
        return self.endpoint in API


def calls(flask: Flask) -> Iterator[Call]:
    """Every route with every method and each of its rules."""
    for route in flask.url_map.iter_rules():
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            for rule in RULES[str(route.endpoint)]:
                yield Call(route, method, rule)


@pytest.fixture(scope="module")
def place(seeded: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with copy_store(seeded, tmp_path_factory.mktemp("access") / "data") as store:
        app = create_application(store.settings, FixedClock(START))
        yield furnish(app, tmp_path_factory.mktemp("second"))
        app.database.dispose()


@pytest.fixture(scope="module")
def flask(place: Place) -> Flask:
    flask = create_app(place.app)
    flask.config.update(WTF_CSRF_ENABLED=False, API_PER_MINUTE=1_000_000)
    return flask


class Visitor:
    """A role at work: with a session on the pages, with a token on the API."""

    def __init__(self, flask: Flask, place: Place, name: str = "") -> None:
        self.flask, self.name = flask, name
        self.client = flask.test_client()
        self.headers: dict[str, str] = {}
        if not name:
            return
        actor = place.actor(name)
        self.client = client_of(flask, place.app, actor.person_id)
        secret = make_token(place.app, actor, MakeToken("矩阵", TokenScope.ACT, 30)).secret
        self.headers = {"Authorization": f"Bearer {secret}"}

    def __call__(self, call: Call, known: Mapping[str, Any], query: str = "") -> TestResponse:
        values = _filled(call.rule.values, known)
        needed = {name: values.get(name, known.get(name)) for name in call.route.arguments}
        rest = {name: value for name, value in values.items() if name not in needed}
        with self.flask.test_request_context():
            url = self.flask.url_for(call.endpoint, **needed, **rest, _method=call.method)
        sent = _filled(call.rule.sent, known)
        options: dict[str, Any] = {}
        if call.method == "GET":
            options["query_string"] = {**rest, **sent, **({"q": query} if query else {})}
            url = url.partition("?")[0]
        elif call.endpoint in UPLOADS:
            options["data"] = {"file": (io.BytesIO(PDF), "示例.pdf")}
        elif call.is_api:
            options["json"] = sent
        else:
            options["data"] = sent
        headers = self.headers if call.is_api else {}
        return self.client.open(url, method=call.method, headers=headers, buffered=True, **options)


def _filled(texts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with “{name}” replaced by the number of that name."""
    return {
        key: known[text[1:-1]] if isinstance(text, str) and text[:1] == "{" else text
        for key, text in texts.items()
    }


def _foreign(role: Role, place: Place, kind: Kind) -> Iterator[tuple[Records, dict[str, Any]]]:
    """The records of a kind that are foreign to a role, with the numbers to address them."""
    for records in place.records:
        match kind:
            case Kind.CASE if records.branch not in role.cases:
                yield records, dict(records.of_case)
            case Kind.PERSON if records.branch not in role.people:
                yield records, {**KEY, "person_id": records.person_id}
            case Kind.BODY if records.branch not in role.people:
                yield records, {"organization_id": records.organization_id}
            case Kind.PERSONAL if role.name not in records.owners:
                yield records, dict(records.personal)


def _by_number(visitor: Visitor, role: Role, place: Place, call: Call) -> Iterator[tuple[str, int]]:
    """Answers to a foreign record in the address, or to what is for others only."""
    if call.rule.kind is Kind.RULED:
        if role.name != "韩致远":
            answer = visitor(call, {"migration_id": place.migration_id})
            yield "", answer.status_code
        return
    if call.rule.kind is Kind.ADMINISTRATION:
        yield "", visitor(call, {}).status_code
        return
    for records, known in _foreign(role, place, call.rule.kind):
        yield records.branch, visitor(call, known).status_code


def _words(answer: TestResponse) -> str:
    """Return what a page or a workbook says."""
    if answer.mimetype != MEDIA_TYPE:
        return answer.text
    book = CalamineWorkbook.from_object(io.BytesIO(answer.data))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    return "\n".join(str(cell) for sheet in sheets for row in sheet for cell in row)


def _shown(visitor: Visitor, role: Role, place: Place, call: Call) -> Iterator[tuple[str, bool]]:
    """Whether a page that names no record shows a foreign one, whatever is searched for."""
    foreign = [
        records
        for records in place.records
        if records.branch not in role.cases and role.name not in records.owners
    ]
    queries = [""]
    if call.rule.is_searched:
        queries += [text for records in foreign for text in (records.pinyin, records.number)]
    for query in queries:
        text = _words(visitor(call, {}, query))
        if query:
            text = text.replace(query, "")
        for records in foreign:
            marks = [mark for mark in records.marks if mark != query]
            if records.branch not in role.people:
                marks.append(records.subject)
            yield f"{records.branch} ?q={query}", any(mark in text for mark in marks)


def test_every_route_has_a_rule_and_every_rule_a_route(flask: Flask) -> None:
    assert {str(route.endpoint) for route in flask.url_map.iter_rules()} == RULES.keys()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.id)
def test_a_foreign_record_is_refused_to(
    role: Role, flask: Flask, place: Place, record_property: Callable[[str, object], None]
) -> None:
    visitor = Visitor(flask, place, role.name)
    wrong: dict[str, object] = {}
    tried = 0
    for call in calls(flask):
        where = f"{call.method} {call.route.rule}"
        for record, status in _by_number(visitor, role, place, call):
            tried += 1
            if status not in call.rule.expected:
                wrong[f"{where} {record}"] = status
        if call.rule.kind in {Kind.OWN, Kind.SHARED} and call.endpoint not in {
            "auth.logout",
            "demo.move",
        }:
            for record, is_shown in _shown(visitor, role, place, call):
                tried += 1
                if is_shown:
                    wrong[f"{where} {record}"] = "shown"
    record_property("tried", tried)
    print(f"access matrix: {role.id}: {tried} requests")
    assert wrong == {}


def test_without_login_nothing_is_told(flask: Flask, place: Place) -> None:
    visitor = Visitor(flask, place)
    records = place.records[0]
    known = {**records.personal, **records.of_case, **KEY, "person_id": records.person_id}
    known |= {"organization_id": records.organization_id}
    known |= {"migration_id": place.migration_id, "filename": "x"}
    wrong = {}
    for call in calls(flask):
        if call.rule.kind is Kind.PUBLIC:
            continue
        answer = visitor(call, known)
        refused = answer.status_code == 401 or (
            answer.status_code == 303 and answer.location.startswith("/login")
        )
        if not refused or records.number in answer.text or records.subject in answer.text:
            wrong[f"{call.method} {call.route.rule}"] = answer.status_code
    assert wrong == {}


def test_the_public_routes_are_the_public_rules() -> None:
    public = {name for name, rules in RULES.items() if rules[0].kind is Kind.PUBLIC}
    assert public == PUBLIC_ENDPOINTS


NOT_THERE = frozenset(
    {
        "cases.message",
        "cases.decision",
        "api_instances.get_instance_decision",
        "people.end_post",
        "roster.report",
    }
)
"""What is not there just now: no such event, no decision, no post, no refused row."""


def test_the_addresses_are_right_where_the_record_is_not_foreign(
    flask: Flask, place: Place
) -> None:
    """The same calls by who may see the record: were one misspelt, its 404 would prove nothing."""
    records = place.records[0]
    subject, delegate = (Visitor(flask, place, name) for name in ("李一鸣", "周文静"))
    hidden = set()
    for call in calls(flask):
        if call.method != "GET" or call.rule.kind not in {Kind.CASE, Kind.PERSON, Kind.PERSONAL}:
            continue
        known = dict(
            records.personal if call.rule.kind is Kind.PERSONAL else records.of_case,
            person_id=records.person_id,
        )
        visitor = subject if "attachment_id" in call.route.arguments else delegate
        if visitor(call, known).status_code in {404, 422}:
            hidden.add(call.endpoint)
    assert hidden == NOT_THERE


def test_every_route_is_walked(flask: Flask) -> None:
    walked = {(call.endpoint, call.method) for call in calls(flask)}
    routes = {
        (str(route.endpoint), method)
        for route in flask.url_map.iter_rules()
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    }
    of_api = sum(endpoint in API for endpoint, _ in walked)
    print(f"access matrix: {len(walked)} of {len(routes)} routes, {of_api} of them of the API")
    print(f"access matrix: {len(ROLES) + 1} roles")
    assert routes == walked
