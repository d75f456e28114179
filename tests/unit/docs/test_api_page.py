"""The page of the API lists exactly the operations of the specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.bootstrap import create_application
from services.settings import Settings
from tests.unit.docs.documents import REFERENCE, read, rows, sections
from web.api.blueprint import PREFIX
from web.api.docs import specification
from web.app import create_app


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    folder: Path = tmp_path_factory.mktemp("data")
    application = create_application(Settings(data_dir=str(folder), demo="1"))
    with create_app(application).app_context():
        paths = specification()["paths"]
    application.database.dispose()
    found: dict[str, dict[str, list[str]]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            if method != "parameters":
                (chapter,) = operation["tags"]
                row = [f"`{operation['operationId']}`", operation["summary"]]
                key = f"{method.upper()} {path.removeprefix(PREFIX)}"
                found.setdefault(chapter, {})[key] = row
    return found


def test_page_lists_every_operation(operations: dict[str, dict[str, list[str]]]) -> None:
    page = sections(read(REFERENCE / "api.md"))
    page.pop("约定")
    assert operations == {chapter: rows(text) for chapter, text in page.items()}
