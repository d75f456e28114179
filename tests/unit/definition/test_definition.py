"""Loading a procedure folder, and every reason to refuse one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

import pytest

from engine.citations import SourceStatus
from engine.decisions import UnknownDecision
from engine.definition import lint_procedure, load_procedure
from engine.errors import DefinitionError, Severity
from engine.procedure import Candidate, CaseOperation, LaneRule, Post, Retention, Scope, Subject
from tests.unit.definition.folder import (
    CHECKS,
    DEADLINES,
    RULE_VERSION,
    checks,
    date_field,
    deadlines,
    dmn,
    form,
    sample_folder,
)

Files = dict[str, bytes]
Break = Callable[[Files], None]


def edit(path: str, old: str, new: str) -> Break:
    def change(files: Files) -> None:
        text = files[path].decode()
        assert old in text
        files[path] = text.replace(old, new).encode()

    return change


def toml(old: str, new: str) -> Break:
    return edit("procedure.toml", old, new)


def bpmn(old: str, new: str) -> Break:
    return edit("process.bpmn", old, new)


def remove(path: str) -> Break:
    return lambda files: files.__delitem__(path)


def put(path: str, content: bytes) -> Break:
    return lambda files: files.__setitem__(path, content)


def first_deadline(old: str, new: str) -> Break:
    element, version, line = DEADLINES[0]
    assert old in line
    rows = ((element, version, line.replace(old, new)), *DEADLINES[1:])
    return put("decisions/deadlines.dmn", dmn(deadlines(rows), RULE_VERSION))


def found(files: Files) -> list[tuple[str, str, str | None]]:
    return [(f.code, f.path, f.element_id) for f in lint_procedure(files)]


def test_the_sample_has_no_findings() -> None:
    assert found(sample_folder()) == []


def test_what_a_folder_says() -> None:
    procedure = load_procedure(sample_folder())
    assert (
        procedure.key,
        procedure.title,
        procedure.version,
    ) == ("listing", "列为发展对象", "2026.1")
    assert date(2026, 5, 18) == procedure.in_force_from
    assert (procedure.subject, procedure.retention) == (Subject.PERSON, Retention.PERMANENT)
    assert procedure.needs == ("入党申请书",)
    assert SourceStatus.UNVERIFIED is procedure.sources["custom"].status
    assert (
        LaneRule(
            Candidate.POST,
            (Post.SECRETARY, Post.DEPUTY_SECRETARY),
            Scope.OWN,
            fallback="applicant",
        )
        == procedure.lanes["secretary"]
    )
    assert procedure.start.lanes == ("applicant",)
    assert procedure.messages["objection_received"].title == "登记异议"
    assert procedure.withdraw is not None
    assert procedure.withdraw.outcome == "withdrawn"
    assert procedure.operations == {CaseOperation.JUMP: ("secretary",)}
    assert procedure.outcomes["listed"] == "列为发展对象"
    assert procedure.form_of("list").id == "listed"
    assert procedure.stage_name(2) == "确定发展对象"
    assert {"deadlines", "rule_version", "checks", "listing_result"} == {
        decision.id for decision in procedure.decisions
    }
    assert procedure.decisions.evaluate("listing_result", {"hours": 24}).value == "enough"


def test_the_hash_covers_every_file() -> None:
    digest = load_procedure(sample_folder()).sha256
    assert digest == load_procedure(dict(reversed(sample_folder().items()))).sha256
    changed = sample_folder()
    changed["README.md"] += b"\n"
    assert digest != load_procedure(changed).sha256


MANIFEST = "procedure.toml"
APPLICANT = (MANIFEST, "lanes.applicant")
PROCESS = "process.bpmn"
TABLE = "decisions/deadlines.dmn"
FAULTS: Iterable[tuple[Break, str, str, str | None]] = [
    (remove("README.md"), "procedure-file-missing", "README.md", None),
    (remove("scenarios/S1.yaml"), "procedure-file-missing", "scenarios", None),
    (remove("process.bpmn"), "procedure-file-missing", PROCESS, None),
    (remove("procedure.toml"), "procedure-file-missing", MANIFEST, None),
    (put("procedure.toml", b"[procedure"), "procedure-toml", MANIFEST, None),
    (put("procedure.toml", b"\xff"), "procedure-toml", MANIFEST, None),
    (toml('title = "列为发展对象"', ""), "procedure-entry", MANIFEST, "procedure.title"),
    (toml('title = "列', 'titel = 1\ntitle = "列'), "procedure-entry", MANIFEST, "procedure.titel"),
    (toml("2026-05-18", "2026"), "procedure-entry", MANIFEST, "procedure.in_force_from"),
    (toml('"permanent"', '"ever"'), "procedure-entry", MANIFEST, "procedure.retention"),
    (toml('"verified"', '"sure"'), "procedure-entry", MANIFEST, "sources.0.status"),
    (toml('"own"', '"moon"'), "procedure-entry", MANIFEST, "lanes.secretary.scope"),
    (toml('"deputy_secretary"', '"king"'), "procedure-entry", MANIFEST, "lanes.secretary.posts.1"),
    (toml('= "subject"', '= "chance"'), "procedure-entry", MANIFEST, "lanes.applicant.candidate"),
    (
        toml('lanes = ["applicant"]\nform', "lanes = []\nform"),
        "procedure-entry",
        MANIFEST,
        "start.lanes",
    ),
    (toml('id = "custom"', 'id = "dev-2026"'), "procedure-source-repeated", MANIFEST, "dev-2026"),
    (toml('key = "listing"', 'key = "other"'), "procedure-key", MANIFEST, "key"),
    (toml('"subject"', '"post"'), "procedure-lane-candidate", MANIFEST, "lanes.applicant"),
    (toml('"subject"', '"variable"'), "procedure-lane-candidate", MANIFEST, "lanes.applicant"),
    (toml('fallback = "applicant"\n', ""), "procedure-lane-fallback", MANIFEST, "lanes.secretary"),
    (toml('"subject"', '"handler"'), "procedure-lane-candidate", MANIFEST, "lanes.applicant"),
    (toml('"own"', '"named"'), "procedure-lane-candidate", MANIFEST, "lanes.secretary"),
    (toml('"own"', '"common_superior"'), "procedure-lane-candidate", MANIFEST, "lanes.secretary"),
    (toml('"own"', '"level"'), "procedure-lane-candidate", MANIFEST, "lanes.secretary"),
    (toml('"own"', '"own"\nlevel = "city"'), "procedure-lane-entry", MANIFEST, "lanes.secretary"),
    (toml('"subject"', '"members"\nposts = ["organizer"]'), "procedure-lane-entry", *APPLICANT),
    (toml('"subject"', '"starter"\nscope = "parent"'), "procedure-lane-entry", *APPLICANT),
    (toml('subject = "person"', 'subject = "none"'), "procedure-lane-subject", *APPLICANT),
    (
        toml('"own"', '"named"\nbody = "no_such_body"'),
        "procedure-lane-variable",
        MANIFEST,
        "lanes.secretary",
    ),
    (
        toml('"subject"', '"handler"\ntasks = ["nowhere"]'),
        "procedure-task-unknown",
        *APPLICANT,
    ),
    (
        toml("[withdraw]", "[tasks.nowhere]\nin_person = true\n[withdraw]"),
        "procedure-task-unknown",
        MANIFEST,
        "tasks.nowhere",
    ),
    (
        toml("[withdraw]", '[tasks.list]\nseparate_from = ["list"]\n[withdraw]'),
        "procedure-task-separate",
        MANIFEST,
        "tasks.list",
    ),
    (
        toml('"subject"', '"subject"\nfallback = "secretary"'),
        "procedure-fallback-cycle",
        MANIFEST,
        "lanes.applicant",
    ),
    (
        toml('fallback = "applicant"', 'fallback = "x"'),
        "procedure-lane-unknown",
        MANIFEST,
        "lanes.secretary.fallback",
    ),
    (
        toml('lanes = ["applicant"]\nform', 'lanes = ["x"]\nform'),
        "procedure-lane-unknown",
        MANIFEST,
        "start.lanes",
    ),
    (
        toml('lanes = ["secretary"]', 'lanes = ["x"]'),
        "procedure-lane-unknown",
        MANIFEST,
        "messages.objection_received.lanes",
    ),
    (
        toml('["applicant"]\noutcome', '["x"]\noutcome'),
        "procedure-lane-unknown",
        MANIFEST,
        "withdraw.lanes",
    ),
    (
        toml('jump = ["secretary"]', 'jump = ["x"]'),
        "procedure-lane-unknown",
        MANIFEST,
        "operations.jump",
    ),
    (toml("jump =", "leap ="), "procedure-entry", MANIFEST, "operations.leap"),
    (toml("[lanes.secretary]", "[lanes.x]"), "procedure-lane-rule", PROCESS, "secretary"),
    (toml('form = "start"', 'form = "begin"'), "procedure-form-missing", MANIFEST, "start.form"),
    (
        toml('form = "start"', 'form = "start"\ntask = "talk"'),
        "procedure-start-task",
        MANIFEST,
        "start.task",
    ),
    (remove("forms/talk.form"), "procedure-form-missing", PROCESS, "talk"),
    (
        remove("forms/objection.form"),
        "procedure-form-missing",
        MANIFEST,
        "messages.objection_received.form",
    ),
    (put("forms/old.form", form(date_field())), "procedure-form-unused", "forms/old.form", None),
    (
        put("forms/talk.form", form(date_field(key="day"))),
        "procedure-form-act-date",
        "forms/talk.form",
        None,
    ),
    (
        put("forms/talk.form", form(date_field(validate={}))),
        "procedure-form-act-date",
        "forms/talk.form",
        None,
    ),
    (
        put("forms/talk.form", form(date_field(readonly=True))),
        "procedure-form-act-date",
        "forms/talk.form",
        None,
    ),
    (
        put("forms/talk.form", form(date_field(type="textfield", label="x"))),
        "procedure-form-act-date",
        "forms/talk.form",
        None,
    ),
    (
        put(
            "forms/notice.form",
            form(date_field(), {"id": "h", "type": "checkbox", "key": "hours", "label": "x"}),
        ),
        "procedure-key-kind",
        "forms",
        "hours",
    ),
    (
        put(
            "forms/notice.form",
            form(date_field(), {"id": "h", "type": "textfield", "key": "talk_on", "label": "x"}),
        ),
        "procedure-key-reserved",
        "forms/notice.form",
        "h",
    ),
    (put("forms/talk.form", b"{"), "form-json", "forms/talk.form", None),
    (
        toml('name = "objection_received"', 'name = "praise"'),
        "procedure-message-unknown",
        MANIFEST,
        "messages.praise",
    ),
    (
        toml('name = "objection_received"', 'name = "praise"'),
        "procedure-message-rule",
        PROCESS,
        "objection",
    ),
    (bpmn('"case.outcome"', '"case.forget"'), "procedure-operation", PROCESS, "close"),
    (bpmn('ref="listing_result"', 'ref="lost"'), "procedure-decision-missing", PROCESS, "judge"),
    (
        put("decisions/again.dmn", dmn(checks())),
        "procedure-decision-repeated",
        "decisions/checks.dmn",
        "checks",
    ),
    (bpmn('step="2" stage="2"', 'step="2" stage="3"'), "procedure-stage", PROCESS, "notice"),
    (bpmn('step="2"', 'step="1"'), "procedure-step", PROCESS, "notice"),
    (toml("{subject}·{step}", "{subject}·{stage}"), "procedure-case-title", MANIFEST, "case_title"),
    (toml("{subject}·{step}", "{subject"), "procedure-case-title", MANIFEST, "case_title"),
    (toml('listed = "列为发展对象"', ""), "procedure-outcome", PROCESS, "close"),
    (toml('withdrawn = "撤回申请"', ""), "procedure-outcome", MANIFEST, "withdraw"),
    (bpmn('talk_outcome = "agreed"', 'mood = "good"'), "procedure-variable", PROCESS, "f3"),
    (first_deadline("due", "soon"), "procedure-table-cell", TABLE, "deadlines_r1"),
    (first_deadline("P1M", "1M"), "procedure-table-cell", TABLE, "deadlines_r1"),
    (first_deadline("natural", "lunar"), "procedure-table-cell", TABLE, "deadlines_r1"),
    (first_deadline("block", "stop"), "procedure-table-cell", TABLE, "deadlines_r1"),
    (first_deadline("dev-2026", "dev-1999"), "procedure-table-cell", TABLE, "deadlines_r1"),
    (first_deadline("第七条", "第七条 1+"), "procedure-table-cell", TABLE, "deadlines_r1"),
    (first_deadline("start_on", "birth_on"), "procedure-variable", TABLE, "deadlines_r1"),
    (edit(TABLE, '"talk"', '"walk"'), "procedure-table-cell", TABLE, "deadlines_r1"),
    (edit(TABLE, 'name="article"', 'name="clause"'), "procedure-table-columns", TABLE, "deadlines"),
    (
        edit(TABLE, "<text>element</text>", "<text>task</text>"),
        "procedure-table-columns",
        TABLE,
        "deadlines",
    ),
    (
        edit(TABLE, 'hitPolicy="COLLECT"', 'hitPolicy="FIRST"'),
        "procedure-table-policy",
        TABLE,
        "deadlines",
    ),
    (put("decisions/checks.dmn", b"<"), "xml-malformed", "decisions/checks.dmn", None),
    (put("process.bpmn", b"<"), "xml-malformed", PROCESS, None),
]


@pytest.mark.parametrize(("change", "code", "path", "element"), FAULTS)
def test_each_fault_is_found(change: Break, code: str, path: str, element: str | None) -> None:
    files = sample_folder()
    change(files)
    assert (code, path, element) in found(files)


def test_all_faults_are_listed_together() -> None:
    files = sample_folder()
    for change in (
        toml('fallback = "applicant"', 'fallback = "x"'),
        put("forms/talk.form", b"{"),
        first_deadline("P1M", "1M"),
        remove("README.md"),
    ):
        change(files)
    with pytest.raises(DefinitionError) as caught:
        load_procedure(files)
    assert {
        "form-json",
        "procedure-file-missing",
        "procedure-lane-unknown",
        "procedure-table-cell",
    } == {finding.code for finding in caught.value.findings}


def test_faults_are_found_even_without_manifest() -> None:
    files = sample_folder()
    remove("procedure.toml")(files)
    put("forms/talk.form", b"{")(files)
    assert [code for code, _, _ in found(files)] == ["procedure-file-missing", "form-json"]


def test_warnings_do_not_refuse() -> None:
    files = sample_folder()
    put("forms/old.form", form(date_field()))(files)
    (warning,) = load_procedure(files).warnings
    assert (warning.severity, warning.code) == (Severity.WARNING, "procedure-form-unused")


def test_too_many_files_are_refused_unread() -> None:
    files = sample_folder() | {f"documents/{n}.docx": b"" for n in range(1000)}
    assert [code for code, _, _ in found(files)] == ["procedure-too-large"]


def test_findings_are_readable_in_both_languages() -> None:
    files = sample_folder()
    toml('"permanent"', '"ever"')(files)
    (finding,) = lint_procedure(files)
    assert "只能取：permanent, 30_years, 10_years." in finding.reason
    assert finding.reason_en == "Must be one of: permanent, 30_years, 10_years."


def test_checks_need_their_columns() -> None:
    files = sample_folder()
    rows = (*CHECKS, ('"talk"', "true", "MD-60 block 说明。 dev-2026 第一条"))
    files["decisions/checks.dmn"] = dmn(checks(rows)).replace(
        b"<text>true</text>", b"<text>1</text>", 1
    )
    assert ("procedure-table-columns", "decisions/checks.dmn", "checks") in found(files)


def test_an_unknown_decision_is_named() -> None:
    with pytest.raises(UnknownDecision):
        load_procedure(sample_folder()).decisions.evaluate("lost", {})
