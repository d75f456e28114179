"""Several processes in one file, several files deployed together."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionError
from engine.library import parse_library, parse_process
from tests.unit.engine.builder import HEAD, chain, document, end, start, user


def one(process_id: str, executable: str | None = "true", body: str | None = None) -> str:
    marked = "" if executable is None else f' isExecutable="{executable}"'
    body = body or start() + user("a") + end() + chain("s", "a", "e")
    return f'<bpmn:process id="{process_id}"{marked}>{body}</bpmn:process>'


def unlike(process_id: str, executable: str | None = "true") -> str:
    """A process whose ids differ from those of `one`."""
    body = start("s2") + end("e2") + chain("s2", "e2")
    return one(process_id, executable, body)


def file(*processes: str) -> bytes:
    return f"{HEAD}{''.join(processes)}</bpmn:definitions>".encode()


def refusal(files: dict[str, bytes], *, foreign: bool = True) -> set[tuple[str, str, str | None]]:
    with pytest.raises(DefinitionError) as refused:
        parse_library(files, foreign=foreign)
    return {(f.code, f.path, f.element_id) for f in refused.value.findings}


def test_all_processes_of_all_files_share_one_library() -> None:
    library = parse_library(
        {"x.bpmn": file(one("p"), unlike("q")), "y.bpmn": file(one("r"))}, foreign=True
    )
    assert list(library.processes) == ["p", "q", "r"]
    assert dict(library.paths) == {"p": "x.bpmn", "q": "x.bpmn", "r": "y.bpmn"}
    assert all(process.library is library.processes for process in library.processes.values())
    assert library.processes["q"].nodes.keys() == {"s2", "e2"}
    assert [process.id for process in library.uncalled] == ["p", "q", "r"]


def test_all_obstacles_of_all_files_are_listed_once() -> None:
    broken = file(one("p", body=start()), one("q", body=start()))
    found = refusal({"x.bpmn": broken, "y.bpmn": b"<", "z.bpmn": b"<a/>"})
    assert ("xml-malformed", "y.bpmn", None) in found
    assert ("bpmn-not-bpmn", "z.bpmn", None) in found
    assert ("bpmn-duplicate-id", "x.bpmn", "s") in found


def test_a_process_id_is_used_once() -> None:
    files = {"x.bpmn": file(one("p")), "y.bpmn": file(one("p"))}
    assert refusal(files) == {("bpmn-repeated-process", "y.bpmn", "p")}


def test_one_of_several_processes_may_be_named() -> None:
    xml = file(one("p"), unlike("q"))
    assert parse_process(xml, "x.bpmn", foreign=True).id == "p"
    assert parse_process(xml, "x.bpmn", foreign=True, process_id="q").id == "q"


def test_what_runs_in_files_of_other_tools() -> None:
    def running(*processes: str) -> list[str]:
        return list(parse_library({"x.bpmn": file(*processes)}, foreign=True).processes)

    assert running(one("p", None), unlike("q", None)) == ["p", "q"]
    assert running(one("p", None), unlike("q", "true")) == ["q"]
    assert running(one("p", "false"), unlike("q", None)) == ["q"]
    assert running(one("p", "false")) == ["p"]


def test_a_file_without_processes_may_accompany_others() -> None:
    library = parse_library({"x.bpmn": file(one("p")), "y.bpmn": file()}, foreign=True)
    assert list(library.processes) == ["p"]
    assert refusal({"x.bpmn": file(), "y.bpmn": file()}) == {
        ("bpmn-no-process", "x.bpmn", None),
        ("bpmn-no-process", "y.bpmn", None),
    }


def test_what_the_library_underneath_cannot_read_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.library.obstacle", lambda process: f"{process.id}?")
    with pytest.raises(DefinitionError) as refusal:
        parse_process(document(start() + end() + chain("s", "e")), "x.bpmn", foreign=True)
    assert [("bpmn-unreadable", "p")] == [
        (finding.code, finding.element_id) for finding in refusal.value.findings
    ]
