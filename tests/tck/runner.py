"""Runs the DMN Technology Compatibility Kit: `make tck TCK=PATH`.

Writes `tck_results.csv` in the kit's own format (folder, test file, case, SUCCESS or ERROR,
detail) and prints a summary per folder.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lxml import etree

from engine.decisions import DecisionModel, parse_models
from engine.errors import DangwuError
from engine.expressions import clock_functions
from engine.feel import FeelValue
from tests.tck.values import read_value, same

RESULTS: Final = "tck_results.csv"
_KIT: Final = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_DETAIL: Final = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case; an empty `detail` is success."""

    folder: str
    file: str
    case: str
    detail: str

    @property
    def success(self) -> bool:
        """Whether everything the case expects came out."""
        return not self.detail


def run(tree: Path) -> Iterator[Outcome]:
    """Run every test file below `tree`, folder by folder."""
    for tests in sorted(tree.rglob("*-test-*.xml")):
        folder = tests.parent.relative_to(tree).as_posix()
        root = etree.parse(tests).getroot()
        models = _models(tests.parent)
        name = (root.findtext(f"{_KIT}modelName") or "").strip()
        model = models if isinstance(models, str) else models.get(name, f"no model {name}")
        for case in root.findall(f"{_KIT}testCase"):
            detail = model if isinstance(model, str) else _case(model, case)
            yield Outcome(folder, tests.stem, case.get("id", ""), detail[:_DETAIL])


def _models(folder: Path) -> Mapping[str, DecisionModel] | str:
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.dmn"))}
    try:
        return parse_models(files)
    except DangwuError as error:
        return f"refused: {error}"


def _case(model: DecisionModel, case: etree._Element) -> str:
    """Return what went wrong in a case, empty if nothing."""
    inputs = {node.get("name", ""): read_value(node) for node in case.findall(f"{_KIT}inputNode")}
    details = []
    for node in case.findall(f"{_KIT}resultNode"):
        name = node.get("name", "")
        invocable = case.get("invocableName") if case.get("type", "decision") != "decision" else ""
        wanted = node.find(f"{_KIT}expected")
        expected = read_value(wanted) if wanted is not None else None
        try:
            actual = _result(model, name, invocable or "", inputs)
        except DangwuError as error:
            if node.get("errorResult") != "true":
                details.append(f"{name}: {error}")
            continue
        if not same(expected, actual):
            details.append(f"{name}: expected {expected!r}, got {actual!r}")
    return "; ".join(details)


def _result(
    model: DecisionModel, name: str, invocable: str, inputs: Mapping[str, FeelValue]
) -> FeelValue:
    functions = clock_functions(datetime.now(UTC))
    if not invocable:
        return model.evaluate(name, inputs, functions).value
    value = model.invoke(invocable, inputs, functions).value
    return value[name] if isinstance(value, dict) and name in value else value


def main() -> None:
    """Run the tree named on the command line."""
    tree = Path(sys.argv[1])
    outcomes = list(run(tree))
    with Path(RESULTS).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for item in outcomes:
            verdict = "SUCCESS" if item.success else "ERROR"
            writer.writerow([item.folder, item.file, item.case, verdict, item.detail])
    folders: dict[str, Counter[bool]] = {}
    for item in outcomes:
        folders.setdefault(item.folder, Counter())[item.success] += 1
    for folder, counted in folders.items():
        print(f"{counted[True]:5} of {counted.total():5}  {folder}")
    passed = sum(item.success for item in outcomes)
    print(f"{passed} of {len(outcomes)} passed; details in {RESULTS}")


if __name__ == "__main__":
    main()
