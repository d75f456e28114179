"""Fuzz FEEL with atheris: whatever the text, it is refused, or gives a value within its bounds.

`make fuzz` runs it for SECONDS_OF_FUZZ, from the expressions of the compatibility kit when that is
there.  An input that raises anything else, or takes longer than ten seconds, is written to the
working folder as `crash-*` or `timeout-*`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import atheris
from lxml import etree

with atheris.instrument_imports(include=["engine.feel"]):
    from engine.feel import (
        FeelLimitExceeded,
        FeelSyntaxError,
        compile_expression,
        compile_unary_tests,
    )
    from engine.feel.functions import BUILTINS

CONTEXT = {"a": 1, "b": "文", "xs": [1, 2, 3], "党员": {"年龄": 30, "姓名": "示例"}}
MAX_BYTES = 300
AS_EXPRESSION, AS_TESTS = b"\x00", b"\xff"


def one_input(data: bytes) -> None:
    """Compile and evaluate a text; the last byte says whether as an expression or as tests."""
    text = data[:-1].decode("utf-8", "ignore")
    try:
        if data[-1:] > b"\x7f":
            compile_unary_tests(text, CONTEXT).matches(1, CONTEXT)
        else:
            compile_expression(text, CONTEXT).evaluate(CONTEXT)
    except (FeelSyntaxError, FeelLimitExceeded):
        return


def seeds(kit: Path) -> Iterator[bytes]:
    """Yield every short text of the kit's models, as an expression and as tests."""
    for path in sorted(kit.rglob("*.dmn")):
        for element in etree.parse(path).iter("{*}text"):
            text = (element.text or "").encode()
            if 0 < len(text) < MAX_BYTES:
                yield text + AS_EXPRESSION
                yield text + AS_TESTS


def main() -> None:
    """Prepare the corpus and the dictionary, then fuzz until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kit", type=Path)
    parser.add_argument("seconds", type=int)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for number, seed in enumerate(seeds(arguments.kit)):
            (corpus / str(number)).write_bytes(seed)
        words = Path(folder, "words")
        words.write_text("".join(f'"{name}"\n' for name in sorted(BUILTINS)))
        options = [f"-max_total_time={arguments.seconds}", f"-max_len={MAX_BYTES}", "-timeout=10"]
        atheris.Setup([sys.argv[0], *options, f"-dict={words}", str(corpus)], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
