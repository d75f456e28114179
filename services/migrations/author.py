"""For developers: writing versions of the schema from the models.

`python -m services.migrations.author next "add ..."` writes the difference to the newest version.
`python -m services.migrations.author first` writes the first version anew; only until the first
release, afterwards versions never change.  Review and `ruff format` what was written.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations.ops import DowngradeOps, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from services.migrations import commands
from services.migrations.schema import options, render_item, target_metadata

VERSIONS = Path(__file__).parent / "versions"
FIRST = "0001"
FIRST_FILE = f"{FIRST}_first_version.py"
KEY_TYPE = "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
FIRST_TEMPLATE = '''"""All tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = None
branch_labels = None
depends_on = None

Key = {key}


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''


def first_version() -> str:
    """Return the source of the version that creates every table of the models."""
    metadata = target_metadata()
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        script = produce_migrations(
            MigrationContext.configure(connection, opts=options()), metadata
        )
    engine.dispose()
    assert script.upgrade_ops is not None  # noqa: S101 - produced above, for the type checker
    assert script.downgrade_ops is not None  # noqa: S101 - same
    return FIRST_TEMPLATE.format(
        revision=FIRST,
        key=KEY_TYPE,
        upgrade=_body(script.upgrade_ops),
        downgrade=_body(script.downgrade_ops),
    )


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
    verbs.add_parser("first")
    verbs.add_parser("next").add_argument("message")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "first":
        (VERSIONS / FIRST_FILE).write_text(first_version(), encoding="utf-8")
    else:
        next_version(chosen.message)


def _body(operations: UpgradeOps | DowngradeOps) -> str:
    code = render_python_code(operations, render_item=render_item, render_as_batch=False)
    code = re.sub(r"op\.f\(('[^']*')\)", r"\1", code.replace(KEY_TYPE, "Key"))
    lines = [line.removeprefix("    ") for line in code.splitlines()]
    return indent("\n".join(line for line in lines if not line.startswith("# ###")), "    ")


if __name__ == "__main__":
    main(sys.argv[1:])
