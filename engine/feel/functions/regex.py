r"""Regular expressions of XML Schema and XPath, matched by Python's engine within bounds.

Python's matcher backtracks, so a pattern such as `(a+)+` could run for years.  A pattern is refused
if a repeated group holds a repetition or alternatives, and the text if the pattern's remaining
repetitions could need too many steps on it.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable

_FLAGS: Final = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": 0, "q": 0}
_SUBTRACTION: Final = re.compile(
    r"(?P<all>\[\^?(?:\\.|[^\[\]\\])+)-(?P<less>\[\^?(?:\\.|[^\[\]\\])+\])\]", re.DOTALL
)
_TOKEN: Final = re.compile(
    rf"{_SUBTRACTION.pattern.replace('?P<all>', '?:').replace('?P<less>', '?:')}|"
    r"\\[pP]\{[A-Za-z]+\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[:=!])?|\)|[*+?]\??|"
    r"\{[0-9]+(?:,[0-9]*)?\}\??|\||.",
    re.DOTALL,
)
_CLASSES: Final = {
    r"\i": "[A-Za-z_:]",
    r"\I": "[^A-Za-z_:]",
    r"\c": r"[-.\w:]",
    r"\C": r"[^-.\w:]",
}
_CATEGORY: Final = re.compile("[LMNPZSC][a-z]?")
_FREE_SPACE: Final = re.compile(r"(\[[^\]]*\])|\s+")
_FOREIGN_IN_CLASS: Final = re.compile(r"\\[0-9]|-\[|^\[\^?\]$")
_OPENING: Final = frozenset({"(", "(?:"})
_UNSUPPORTED: Final = frozenset({"(?=", "(?!"})
_OPTIONAL: Final = frozenset({"?", "??"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern with what makes it slow.

    `repetitions` counts the unbounded ones; `choices` is the product of all other ways to match.
    """

    expression: re.Pattern[str]
    repetitions: int = 0
    choices: int = 1


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Pattern:
    """Compile an XPath pattern with its flags (`s`, `m`, `i`, `x`, `q`).

    Raises:
        NotApplicable: pattern or flags are not valid.
        FeelLimitExceeded: the pattern could take too long on any text.

    """
    if len(pattern) > limits.REGEX_LENGTH:
        raise FeelLimitExceeded
    if any(flag not in _FLAGS for flag in flags):
        raise NotApplicable("正则表达式的标志不正确。")
    options = re.NOFLAG
    for flag in flags:
        options |= _FLAGS[flag]
    if "q" in flags:
        return Pattern(re.compile(re.escape(pattern), options))
    if "x" in flags:
        pattern = _FREE_SPACE.sub(lambda found: found[1] or "", pattern)
    tokens = _TOKEN.findall(pattern)
    repetitions, choices = _ways_to_match(tokens)
    try:
        expression = re.compile("".join(_translated(piece, flags) for piece in tokens), options)
    except (re.error, OverflowError, RecursionError) as error:
        raise NotApplicable(f"正则表达式“{pattern}”书写有误。") from error
    return Pattern(expression, repetitions, choices)


def _translated(piece: str, flags: str) -> str:
    """Spell one piece of an XPath pattern as Python does."""
    if piece.startswith((r"\p", r"\P")):
        return _category(piece[3:-1], negated=piece[1] == "P")
    subtraction = _SUBTRACTION.fullmatch(piece)
    if subtraction is not None:
        return f"(?:(?!{subtraction['less']}){subtraction['all']}])"
    if piece[0] == "[" and _FOREIGN_IN_CLASS.search(piece):
        raise NotApplicable(f"正则表达式不支持“{piece}”。")
    if piece == "$" and "m" not in flags:
        return r"\Z"  # Python's $ also matches before a final line break
    if piece == "." and "s" not in flags:
        return r"[^\n\r]"
    return _CLASSES.get(piece, piece)


@lru_cache(maxsize=64)
def _category(name: str, *, negated: bool) -> str:
    """Spell a Unicode category, such as `Lu`, or the block of ASCII as a class of characters."""
    if name == "IsBasicLatin":
        return r"[^\x00-\x7F]" if negated else r"[\x00-\x7F]"
    if _CATEGORY.fullmatch(name) is None:
        raise NotApplicable(f"正则表达式不支持“{name}”。")
    runs: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if runs and runs[-1][1] == code - 1:
                runs[-1][1] = code
            else:
                runs.append([code, code])
    if not runs:
        raise NotApplicable(f"正则表达式不支持“{name}”。")
    inside = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)
    return f"[{'^' if negated else ''}{inside}]"


def _spread(quantifier: str) -> int | None:
    """Return how many counts a quantifier allows; None without an upper bound."""
    if quantifier in _OPTIONAL:
        return 2
    low, _comma, high = quantifier.strip("{}?").partition(",")
    if quantifier[0] in "*+" or (_comma and not high):
        return None
    return int(high or low) - int(low) + 1


def _ways_to_match(tokens: list[str]) -> tuple[int, int]:
    """Count unbounded repetitions and other choices; refuse a repeated group with a choice inside.

    Raises:
        FeelLimitExceeded: a repeated group holds a choice, which may take exponential time.

    """
    repetitions, choices = 0, 1
    groups = [False]  # per open group: does it hold a repetition or alternatives?
    closed = False  # does the group just closed hold one?
    previous = ""
    for piece in tokens:
        if piece in _UNSUPPORTED:
            raise NotApplicable("正则表达式不支持预查。")
        if piece in _OPENING:
            groups.append(False)
        elif piece == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] |= closed
        elif piece == "|":
            groups[-1] = True
            choices *= 2
        elif piece[0] in "*+?" or (piece[0] == "{" and len(piece) > 1):
            if previous == ")" and closed and piece not in _OPTIONAL:
                raise FeelLimitExceeded
            spread = _spread(piece)
            groups[-1] |= spread != 1
            repetitions += spread is None
            choices *= spread or 1
        previous = piece
    return repetitions, choices


def within_work(pattern: Pattern, text: str) -> None:
    """Check that a search cannot take too long.

    Raises:
        FeelLimitExceeded: the worst case is out of bounds.

    """
    anchored = pattern.expression.pattern.startswith("^")
    factors = pattern.repetitions + (not anchored)
    if pattern.choices * (len(text) + 1) ** factors > limits.REGEX_WORK:
        raise FeelLimitExceeded


def replacement_template(replacement: str, pattern: Pattern, *, literal: bool) -> str:
    r"""Translate `$1` of an XPath replacement; `\$` and `\\` stand for themselves.

    Raises:
        NotApplicable: a backslash or dollar sign stands alone.

    """
    if literal:
        return replacement.replace("\\", r"\\")

    def rewritten(found: re.Match[str]) -> str:
        text = found[0]
        if text in {r"\\", "\\"}:
            if text == "\\":
                raise NotApplicable("替换文本中的反斜杠不正确。")
            return r"\\"
        if text == r"\$":
            return "$"
        if text == "$":
            raise NotApplicable("替换文本中的 $ 不正确。")
        number = int(text[1:])
        return rf"\g<{number}>" if number <= pattern.expression.groups else ""

    return re.sub(r"\\\\|\\\$|\\|\$[0-9]|\$", rewritten, replacement)
