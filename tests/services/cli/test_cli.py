from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.bootstrap import Application
from tests.unit.engine.builder import chain, document, end, node, start, user
from tests.world import World
from web.cli import main

PROCEDURES = Path(__file__).resolve().parents[3] / "bpmn"
MEMBER = PROCEDURES / "member_development"
KEY = MEMBER.name
Dangwu = Callable[..., Result]


@pytest.fixture
def dangwu(app: Application) -> Dangwu:
    """Run the command line on the data of the test, or on another folder with a file of its own."""

    def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Result:
        settings = {
            "DANGWU_DATA_DIR": app.settings.data_dir,
            "DANGWU_DATABASE_URL": app.settings.database_url,
        }
        if "DANGWU_DATA_DIR" in environment:
            del settings["DANGWU_DATABASE_URL"]
        settings |= environment
        result = CliRunner().invoke(main, [str(a) for a in arguments], stdin, settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            f"traceback: {result.exception!r}"
        )
        return result

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the procedure folder, to be changed."""
    copy = tmp_path / MEMBER.name
    shutil.copytree(MEMBER, copy)
    return copy


def _diagram(tmp_path: Path, *parts: str) -> Path:
    path = tmp_path / "process.bpmn"
    path.write_bytes(document("".join(parts)))
    return path


def test_db_upgrade_makes_a_database_and_is_idempotent(dangwu: Dangwu, tmp_path: Path) -> None:
    data = str(tmp_path / "new")
    for _ in range(2):
        result = dangwu("db", "upgrade", DANGWU_DATA_DIR=data)
        assert (0, "数据库已是当前版本。\n") == (result.exit_code, result.stdout)
    with sqlite3.connect(Path(data) / "dangwu.db") as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert {"process_instance", "journal_entry", "journal_entry_no_update"} <= tables


def test_deploy_says_version_and_whether_it_is_new(dangwu: Dangwu, folder: Path) -> None:
    same = dangwu("deploy", folder)
    assert same.stdout.strip() == "发展党员（member_development）内容未变，仍为第 1 版。"
    (folder / "README.md").write_text("# 发展党员\n\n改过。\n", encoding="utf-8")
    new = dangwu("deploy", folder)
    assert new.stdout.startswith("发展党员（member_development）已部署第 2 版。\n已探查 ")
    assert (0, 0) == (same.exit_code, new.exit_code)


def test_deploy_refuses_with_every_finding(dangwu: Dangwu, folder: Path) -> None:
    (folder / "forms" / "talk.form").write_text("{", encoding="utf-8")
    (folder / "decisions" / "listing.dmn").unlink()
    result = dangwu("deploy", folder)
    assert result.exit_code == 2
    assert "definition-refused" in result.stderr
    assert "forms/talk.form" in result.stderr
    assert "listing" in result.stderr


def test_lint_accepts_ours(dangwu: Dangwu) -> None:
    result = dangwu("lint", MEMBER)
    assert result.exit_code == 0
    assert "0 个错误" in result.stdout


def test_lint_names_findings_and_refuses(dangwu: Dangwu, folder: Path) -> None:
    (folder / "forms" / "talk.form").unlink()
    result = dangwu("lint", MEMBER, folder)
    assert result.exit_code == 2
    assert f"{MEMBER}：0 个错误" in result.stdout
    assert "talk" in result.stdout
    assert f"{folder}：0 个错误" not in result.stdout


@pytest.mark.parametrize("command", ["lint", "deploy"])
def test_a_missing_folder_is_refused_in_words(dangwu: Dangwu, tmp_path: Path, command: str) -> None:
    result = dangwu(command, tmp_path / "missing")
    assert result.exit_code == 2
    assert "没有找到流程文件夹" in result.stderr


def test_trace_prints_one_line_per_event(dangwu: Dangwu, tmp_path: Path) -> None:
    path = _diagram(tmp_path, start(), user("a"), end(), chain("s", "a", "e"))
    result = dangwu("trace", path, "--data", '{"n": 1}', "--tasks", '{"a": {"done": true}}')
    assert result.exit_code == 0
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {("seq", "type", "element_id", "name", "instance", "data")} == {
        tuple(event) for event in events
    }
    assert "a" in {event["element_id"] for event in events}
    assert {"n": 1, "done": True} == events[-1]["data"]["variables"]


def test_trace_ends_with_three_when_stuck(dangwu: Dangwu, tmp_path: Path) -> None:
    waiting = (
        '<bpmn:intermediateCatchEvent id="w" name="等"><bpmn:messageEventDefinition '
        'messageRef="m1"/></bpmn:intermediateCatchEvent>'
    )
    path = _diagram(tmp_path, start(), waiting, end(), chain("s", "w", "e"))
    result = dangwu("trace", path)
    assert result.exit_code == 3
    assert json.loads(result.stdout.splitlines()[-1])["data"]["status"] == "waiting"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<bpmn",
        b"\xff\xfe\x00",
        b"<html/>",
        document(start() + node("scriptTask", "g", scriptFormat="x") + chain("s", "g")),
    ],
    ids=["empty", "cut off", "binary", "html", "another language"],
)
def test_trace_ends_with_two_when_refused(dangwu: Dangwu, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.bpmn"
    path.write_bytes(content)
    result = dangwu("trace", path)
    assert result.exit_code == 2
    assert "definition-refused" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [("--data", "{"), ("--data", "[]"), ("--tasks", "1"), ("--tasks", '{"a": 1}')],
)
def test_trace_refuses_data_that_is_no_object(
    dangwu: Dangwu, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    path = _diagram(tmp_path, start(), user("a"), end(), chain("s", "a", "e"))
    result = dangwu("trace", path, *arguments)
    assert result.exit_code == 2
    assert "对象" in result.stderr


def test_simulate_prints_the_legal_timeline(dangwu: Dangwu) -> None:
    result = dangwu("simulate", "member_development", "--from", "2026-06-01")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "发展党员：自 2026-06-01 起的法定时间表"
    (talk,) = [line for line in lines if line.startswith(" 2 派人谈话（")]
    assert "最早 2026-06-01  最迟 2026-07-01" in talk
    assert "第七条" in result.stdout
    assert "MD-28" in result.stdout


@pytest.mark.parametrize(
    "arguments", [("no_such", "--from", "2026-06-01"), ("member_development", "--from", "soon")]
)
def test_simulate_refuses_in_words(dangwu: Dangwu, arguments: tuple[str, ...]) -> None:
    result = dangwu("simulate", *arguments)
    assert result.exit_code == 2
    assert result.stderr


def test_verify_accepts_and_names_what_was_altered(dangwu: Dangwu, world: World) -> None:
    world.start()
    intact = dangwu("verify")
    assert (0, "流转记录和各登记簿完整，未发现改动。\n") == (intact.exit_code, intact.stdout)
    with world.app.database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "DROP TRIGGER journal_entry_no_update"
            if connection.dialect.name == "sqlite"
            else "SET LOCAL session_replication_role = replica"
        )
        connection.exec_driver_sql("UPDATE journal_entry SET capacity = 'x'")
    altered = dangwu("verify")
    assert (1, "发〔2026〕1号：第 1 条记录内容被改动。\n") == (altered.exit_code, altered.stdout)


def test_verify_without_a_database_answers_in_words(dangwu: Dangwu, tmp_path: Path) -> None:
    result = dangwu("verify", DANGWU_DATA_DIR=str(tmp_path / "empty"))
    assert result.exit_code == 2
    assert "dangwu db upgrade" in result.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("DANGWU_PORT", "http"), ("DANGWU_SWEEP_SECONDS", "often")]
)
def test_a_faulty_setting_is_named(dangwu: Dangwu, name: str, value: str) -> None:
    result = dangwu("verify", **{name: value})
    assert result.exit_code == 2
    assert name in result.stderr


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_a_separate_worker_needs_a_broker(dangwu: Dangwu, command: str) -> None:
    result = dangwu(command)
    assert result.exit_code == 1
    assert "DANGWU_BROKER_URL" in result.stderr


def test_a_database_that_cannot_be_opened_answers_in_words(dangwu: Dangwu, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = dangwu("verify", DANGWU_DATABASE_URL=f"sqlite:///{tmp_path / 'file' / 'db'}")
    assert result.exit_code == 2
    assert result.stderr


@pytest.mark.parametrize("command", ["run", "web"])
def test_a_port_in_use_is_named_before_any_work(
    dangwu: Dangwu, tmp_path: Path, command: str
) -> None:
    data = tmp_path / "new"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = dangwu(command, DANGWU_PORT=port, DANGWU_DATA_DIR=str(data))
    assert result.exit_code == 2
    assert f"不能监听 127.0.0.1:{port}" in result.stderr
    assert not (data / "dangwu.db").exists()


@pytest.fixture
def second_version(dangwu: Dangwu, folder: Path, world: World) -> Path:
    """Version 2, where the first step is another one, and a case on version 1."""
    world.start()
    for name in ("process.bpmn", "decisions/deadlines.dmn"):
        path = folder / name
        text = path.read_text(encoding="utf-8").replace('"talk"', '"first_talk"')
        text = text.replace('form="first_talk"', 'form="talk"').replace(">talk<", ">first_talk<")
        path.write_text(text, encoding="utf-8")
    assert "未穷尽" in dangwu("deploy", folder).stdout
    return folder


@pytest.mark.usefixtures("second_version")
def test_migrate_previews_and_says_what_cannot_move(dangwu: Dangwu, world: World) -> None:
    before = world.census()
    result = dangwu("migrate", KEY, "--from", "1", "--to", "2", "--preview")
    assert 1 == result.exit_code
    assert "在办 1 件，可迁移 0 件（其中 0 件有变化），不能迁移 1 件。" in result.stdout
    assert "不能  派人谈话（talk）1 处" in result.stdout
    mapped = dangwu(
        "migrate", KEY, "--from", "1", "--to", "2", "--map", "talk=first_talk", "--preview"
    )
    assert (0, True) == (mapped.exit_code, "talk → first_talk" in mapped.stdout)
    assert before == world.census()


@pytest.mark.usefixtures("second_version")
def test_migrate_moves_the_cases(dangwu: Dangwu, world: World) -> None:
    arguments = ("migrate", KEY, "--from", "1", "--to", "2")
    assert 2 == dangwu(*arguments).exit_code  # no reason
    failed = dangwu(*arguments, "--reason", "细则修订。")
    assert (1, True) == (failed.exit_code, "未迁移 1 件" in failed.stdout)
    assert "新版本中没有“派人谈话”" in failed.stdout
    moved = dangwu(*arguments, "--reason", "细则修订。", "--map", "talk=first_talk")
    assert (0, "共 1 件，已迁移 1 件，未迁移 0 件。\n") == (moved.exit_code, moved.stdout)
    world.waiting_at("first_talk")
    assert world.journal()[-1].actor_id is None


@pytest.mark.parametrize("pair", ["talk", "=talk", "talk="])
def test_migrate_refuses_a_pair_that_is_none(dangwu: Dangwu, pair: str) -> None:
    result = dangwu("migrate", KEY, "--from", "1", "--to", "2", "--map", pair, "--preview")
    assert (2, True) == (result.exit_code, "原编号=新编号" in result.output)


def _document(path: Path, **fields: object) -> bytes:
    files = [{"name": path.name, "content": path.read_text(encoding="utf-8")}]
    return json.dumps({"files": files, **fields}).encode()


def test_trace_reads_and_writes_one_document(dangwu: Dangwu, tmp_path: Path) -> None:
    path = _diagram(tmp_path, start(), user("a"), end(), chain("s", "a", "e"))
    given = _document(path, start=[{"process": "p", "variables": {"n": 1}}])
    result = dangwu("trace", "-", stdin=given)
    answer = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (answer["status"], answer["completed"]) == ("completed", ["s", "a", "e"])


@pytest.mark.parametrize(
    "given",
    [b"", b"{", b"\xff", b'{"files": [{"name": "a", "content": "<a"}]}', b"[" * 50_000],
    ids=["empty", "cut off", "binary", "bad file", "deep"],
)
def test_trace_answers_whatever_it_reads(dangwu: Dangwu, given: bytes) -> None:
    result = dangwu("trace", "-", stdin=given)
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["status"], answer["deployed"]) == (2, "refused", False)
    assert answer["error"]["message"]


def test_trace_refuses_a_start_that_is_none(dangwu: Dangwu, tmp_path: Path) -> None:
    path = _diagram(tmp_path, start(), user("a"), end(), chain("s", "a", "e"))
    result = dangwu("trace", "-", stdin=_document(path, start=[{"process": "nobody"}]))
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["status"], answer["deployed"]) == (2, "refused", True)
    assert dangwu("trace", path, "--process", "nobody").exit_code == 2


def test_trace_stops_in_time(dangwu: Dangwu, tmp_path: Path) -> None:
    again = '<bpmn:sequenceFlow id="again" sourceRef="a" targetRef="m"/>'
    merge = node("exclusiveGateway", "m")
    path = _diagram(tmp_path, start(), merge, user("a"), chain("s", "m", "a"), again)
    result = dangwu("trace", "-", stdin=_document(path, max_seconds=0.2))
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["status"]) == (3, "limit")
    assert "a" in answer["completed"]
    assert "0.2 秒" in answer["error"]["message"]
    result = dangwu("trace", path, "--max-seconds", "0.2")
    assert (result.exit_code, "0.2 秒" in result.stderr) == (3, True)


def test_trace_runs_several_files_and_begins_by_a_message(dangwu: Dangwu, tmp_path: Path) -> None:
    definition = '<bpmn:messageEventDefinition messageRef="m1"/>'
    begin = f'<bpmn:startEvent id="t" name="t">{definition}</bpmn:startEvent>'
    told = tmp_path / "told.bpmn"
    told.write_bytes(document(begin + user("b") + chain("t", "b")).replace(b'id="p"', b'id="q"'))
    path = _diagram(tmp_path, start(), user("a"), end(), chain("s", "a", "e"))
    result = dangwu("trace", path, told, "--message", "hello", "--data", '{"n": 1}')
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, events[-1]["data"]["variables"]) == (0, {"n": 1})
    assert "b" in {event["element_id"] for event in events}
    for wrong in (("--message", "m", "--signal", "s"), ("no-such-file.bpmn",)):
        refused = dangwu("trace", path, *wrong)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr
