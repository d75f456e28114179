"""`dangwu admin create`: the first administrators of an office."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from web.cli import main


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return tmp_path / "office"


def create(office: Path, role: str, login: str, number: str) -> Result:
    arguments = ["admin", "create", role, "--login", login, "--name", "某人", "--number", number]
    return CliRunner().invoke(main, arguments, env={"DANGWU_DATA_DIR": str(office)})


def test_three_kinds_each_once_with_a_password_of_their_own(office: Path) -> None:
    passwords = set()
    for number, role in enumerate(("system", "security", "audit")):
        result = create(office, role, f"a{number}", str(number))
        assert result.exit_code == 0, result.output
        found = re.search(r"一次性密码：(\w{16})\n", result.output)
        assert found is not None
        passwords.add(found[1])
    assert len(passwords) == 3
    again = create(office, "system", "a9", "9")
    assert again.exit_code == 2
    assert "已有系统管理员" in again.output


def test_one_person_is_refused_a_second_role(office: Path) -> None:
    assert create(office, "system", "a1", "1").exit_code == 0
    refused = create(office, "audit", "a2", "1")
    assert refused.exit_code == 2
    assert "一人只能担任一类管理员" in refused.output
