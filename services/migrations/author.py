"""For developers: writing versions of the schema from the models.

`python -m services.migrations.author next "add ..."` writes the difference to the newest version;
versions written before never change.  Review and `ruff format` what was written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from services.migrations import commands

VERSIONS = Path(__file__).parent / "versions"


def next_version(message: str) -> None:
    """Write the difference between the newest version and the models as the next version."""
    number = f"{len(list(VERSIONS.glob('[0-9]*.py'))) + 1:04}"
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/newest.db"
        commands.upgrade(url)
        commands.revise(url, message, number)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line described above."""
    parser = argparse.ArgumentParser(prog="python -m services.migrations.author")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("next").add_argument("message")
    chosen = parser.parse_args(arguments)
    next_version(chosen.message)


if __name__ == "__main__":
    main(sys.argv[1:])
