from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.errors import DefinitionError
from services.errors import Invalid, NotFound
from services.processes.commands import EXPLORED_STATES, deploy_folder
from services.processes.explored import explored_text
from services.processes.folder import MAX_FILE_BYTES, MAX_FILES, procedure_folders, read_folder
from services.processes.models import DeployedFile, Deployment
from services.processes.registry import ProcedureRegistry, files_of
from tests.world import World

KEY = "member_development"
TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """A copy of the procedure folder, to be changed."""
    copy = tmp_path / KEY
    shutil.copytree(world.app.settings.procedures / KEY, copy)
    return copy


def _rename_talk(folder: Path) -> None:
    path = folder / "process.bpmn"
    path.write_text(
        path.read_text(encoding="utf-8").replace('name="派人谈话"', 'name="组织谈话"'),
        encoding="utf-8",
    )


def _deployments(world: World) -> list[Deployment]:
    with world.app.database.read() as session:
        return list(session.scalars(select(Deployment).order_by(Deployment.version)))


def test_the_same_bytes_are_the_same_version(world: World, folder: Path) -> None:
    before = world.census()
    deployed = deploy_folder(world.app, folder)
    assert (deployed.deployment.version, deployed.is_new) == (1, False)
    assert before == world.census()


def test_other_bytes_are_a_new_version(world: World, folder: Path) -> None:
    _rename_talk(folder)
    deployed = deploy_folder(world.app, folder)
    assert (deployed.deployment.version, deployed.is_new) == (2, True)
    first, second = _deployments(world)
    assert first.sha256 != second.sha256
    again = deploy_folder(world.app, folder)
    assert (again.deployment.id, again.is_new) == (second.id, False)


def test_running_cases_stay_on_their_version(world: World, folder: Path) -> None:
    world.start()
    _rename_talk(folder)
    deploy_folder(world.app, folder)
    first, second = _deployments(world)
    assert world.instance().deployment_id == first.id
    assert world.task("talk").name == "派人谈话"
    world.complete("talk", by="secretary", data=TALK).waiting_at("recommend_activist")
    assert world.instance().deployment_id == first.id
    world.withdraw().start()
    assert world.instance().deployment_id == second.id
    assert world.task("talk").name == "组织谈话"


def test_a_refused_folder_leaves_nothing_and_names_everything(world: World, folder: Path) -> None:
    before = world.census()
    (folder / "forms" / "talk.form").unlink()
    (folder / "decisions" / "listing.dmn").write_text("<not dmn>", encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        deploy_folder(world.app, folder)
    paths = {finding.path for finding in refused.value.findings}
    assert any("listing.dmn" in path for path in paths)
    assert any("talk" in str(finding) for finding in refused.value.findings)
    assert before == world.census()


def test_the_deployed_files_are_the_folder_byte_for_byte(world: World, folder: Path) -> None:
    with world.app.database.read() as session:
        deployment, procedure = world.app.procedures.latest(session, KEY)
        files = files_of(session, deployment.id)
    assert read_folder(folder) == files
    assert procedure.sha256 == deployment.sha256
    assert len(deployment.sha256) == len(hashlib.sha256().hexdigest())


@pytest.mark.parametrize("change", ["rename", "empty", "move a byte"])
def test_the_digest_covers_names_and_bytes(world: World, folder: Path, change: str) -> None:
    path = folder / "README.md"
    story = folder / "scenarios" / "MD-S1.yaml"
    match change:
        case "rename":
            story.rename(story.with_name("MD-S1b.yaml"))
        case "empty":
            (folder / "EMPTY.md").write_bytes(b"")
        case _:
            path.write_bytes(path.read_bytes() + b"\n")
    deployed = deploy_folder(world.app, folder)
    assert deployed.is_new
    assert deployed.deployment.sha256 != _deployments(world)[0].sha256


def test_a_case_is_read_from_the_database_and_not_from_the_folder(world: World) -> None:
    world.start()
    registry = ProcedureRegistry()
    with world.app.database.read() as session:
        procedure = registry.get(session, world.instance().deployment_id)
        assert registry.get(session, world.instance().deployment_id) is procedure
        assert session.scalar(select(DeployedFile.id).limit(1)) is not None
    assert procedure.key == KEY


def test_an_unknown_procedure_is_not_found(world: World) -> None:
    with world.app.database.read() as session, pytest.raises(NotFound):
        world.app.procedures.latest(session, "no_such")


def test_hidden_files_and_links_are_not_read(folder: Path, tmp_path: Path) -> None:
    before = read_folder(folder)
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    (folder / "link.md").symlink_to(tmp_path / "secret")
    (folder / ".hidden").write_text("x", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x", encoding="utf-8")
    assert before == read_folder(folder)


def test_a_linked_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    before = read_folder(folder)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("x", encoding="utf-8")
    (folder / "linked").symlink_to(outside)
    assert before == read_folder(folder)


def test_unusable_folders_are_refused_in_words(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有找到流程文件夹"):
        read_folder(tmp_path / "missing")
    with pytest.raises(Invalid, match="没有找到流程文件夹"):
        read_folder(folder / "procedure.toml")
    (folder / "large.md").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    with pytest.raises(Invalid, match="超过 5 MB"):
        read_folder(folder)
    (folder / "large.md").unlink()
    for number in range(MAX_FILES):
        (folder / f"{number}.md").touch()
    with pytest.raises(Invalid, match="超过 500 个"):
        read_folder(folder)


def test_procedure_folders_leave_out_shared_parts(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "_shared").mkdir()
    (tmp_path / "_shared" / "procedure.toml").touch()
    (tmp_path / "empty").mkdir()
    assert procedure_folders(tmp_path) == (folder,)


def test_a_diagram_that_would_stop_is_refused_with_the_steps_that_lead_there(
    world: World, folder: Path
) -> None:
    before = world.census()
    path = folder / "process.bpmn"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(
            r'exclusiveGateway( id="join_recommend".*?)</bpmn:exclusiveGateway',
            r"parallelGateway\1</bpmn:parallelGateway",
            text,
            flags=re.DOTALL,
        ),
        encoding="utf-8",
    )
    with pytest.raises(DefinitionError) as refused:
        deploy_folder(world.app, folder)
    found = next(f for f in refused.value.findings if f.code == "bpmn-deadlock")
    assert found.element_id == "join_recommend"
    assert "talk" in found.remedy + found.reason
    assert before == world.census()


def test_a_deployment_says_how_far_it_was_explored(world: World, folder: Path) -> None:
    _rename_talk(folder)
    deployment = deploy_folder(world.app, folder).deployment
    assert 0 < deployment.explored_states <= EXPLORED_STATES
    assert not deployment.explored_fully


@pytest.mark.parametrize(
    ("states", "is_complete", "words"),
    [
        (0, False, "部署时未作探查"),
        (71, True, "已探查全部走法（71 个状态）"),
        (500, False, "已探查 500 个状态，未穷尽"),
    ],
)
def test_the_extent_in_words(states: int, is_complete: bool, words: str) -> None:  # noqa: FBT001
    assert words == explored_text(states, is_complete)
