"""Text → tokens.

FEEL names may hold spaces, keywords and operator signs (`date and time`, `Approved/Declined`), so
no regular lexer can find them.  The scanner does, by four rules, the longest match first:

1. a name the caller declared, a built-in name, or a key bound earlier in the same text;
2. a key before a colon, after `{`, `(` or a comma;
3. a property after a dot;
4. words side by side, which no other rule of the grammar allows, are one name.

It also tells apart the brackets of open ranges (`]1..5[`) from those of lists and filters, which
keeps the grammar LALR(1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

from lark import Token

from engine.feel.errors import FeelSyntaxError

# Name characters of DMN 1.5 rules 28 and 29, without Chinese and full-width punctuation: a
# full-width bracket or comma inside a condition is a typing mistake, never part of a name.
_START = (
    r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3005-\u3007\u3021-\u302F\u3031-\uD7FF\uF900-\uFDCF\uFDF0-\uFEFE"
    r"\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\uFF66-\uFFDC\U00010000-\U000EFFFF"
)
_PART = _START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"
_SPACE = r"\s\u180E\u200B\uFEFF"
_SYMBOL = r"./\-'+*"

_SKIP: Final = re.compile(rf"(?:[{_SPACE}]+|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)+")
_WORD: Final = re.compile(rf"[{_START}][{_PART}]*")
_NEXT_WORD: Final = re.compile(rf"[{_SPACE}]+([{_PART}]+)")
_KEY: Final = re.compile(rf"([{_START}][{_PART}{_SPACE}{_SYMBOL}]*):")
_PIECE: Final = re.compile(rf"[{_PART}]+|[{_SYMBOL}]")
_NUMBER: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_AT: Final = re.compile(r'@[ \t]*("(?:[^"\\]|\\.)*")', re.DOTALL)
_OPERATOR: Final = re.compile(r"\*\*|<=|>=|!=|->|\.\.|[-+*/=<>()\[\]{},:.]")

_OPERATORS: Final[Mapping[str, str]] = {
    "**": "POW", "<=": "LE", ">=": "GE", "!=": "NE", "->": "_ARROW", "..": "_DOTS",
    "-": "MINUS", "+": "PLUS", "*": "STAR", "/": "SLASH", "=": "EQ", "<": "_LT", ">": "_GT",
    "(": "_LPAR", ")": "_RPAR", "[": "_LSQB", "]": "_RSQB", "{": "_LBRACE", "}": "_RBRACE",
    ",": "_COMMA", ":": "_COLON", ".": "_DOT",
}  # fmt: skip

_KEYWORDS: Final[Mapping[str, str]] = {
    "if": "_IF", "then": "_THEN", "else": "_ELSE", "for": "_FOR", "in": "_IN",
    "return": "_RETURN", "some": "SOME", "every": "EVERY", "satisfies": "_SATISFIES",
    "and": "_AND", "or": "_OR", "between": "_BETWEEN", "function": "_FUNCTION",
    "external": "_EXTERNAL", "true": "TRUE", "false": "FALSE", "null": "NULL",
}  # fmt: skip

_OPERAND_END: Final = frozenset(
    {"NUMBER", "STRING", "AT", "NAME", "TRUE", "FALSE", "NULL", "_RPAR", "_RSQB", "_RBRACE",
     "RANGE_CLOSE"}
)  # fmt: skip
_KEY_BEFORE: Final = frozenset({"_LBRACE", "_LPAR", "_COMMA"})
_INSTANCE_OF: Final = re.compile(rf"instance[{_SPACE}]+of(?![{_PART}])")
_AFTER_RANGE_CLOSE: Final = re.compile(
    rf"[{_SPACE}]*(?:$|\.[{_START}]|[\])}},=<>!+*/]|(?:and|or|then|else|return|satisfies|in)(?![{_PART}]))"
)

BUILT_IN_NAMES: Final = frozenset(
    {"date and time", "days and time duration", "years and months duration"}
)
"""The names of the standard that hold a keyword; rule 4 finds all the others."""


class _Names:
    """The names of rule 1, found by their first piece."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[int, re.Pattern[str], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        pieces = _PIECE.findall(name)
        if len(pieces) < 2:  # noqa: PLR2004 - one word is found without being known
            return
        entries = self._by_first.setdefault(pieces[0], [])
        entries.append((len(name), _spaced(pieces), name))
        entries.sort(key=lambda entry: -entry[0])

    def match(self, text: str, position: int, first: str) -> tuple[str, int] | None:
        for _length, pattern, name in self._by_first.get(first, ()):
            if found := pattern.match(text, position):
                return name, found.end()
        return None


def _spaced(pieces: list[str]) -> re.Pattern[str]:
    """Return a pattern for the pieces with any white space where FEEL allows it."""
    source = re.escape(pieces[0])
    for before, piece in pairwise(pieces):
        both_words = _is_word(before) and _is_word(piece)
        source += (f"[{_SPACE}]+" if both_words else f"[{_SPACE}]*") + re.escape(piece)
    return re.compile(source + (f"(?![{_PART}])" if _is_word(pieces[-1]) else ""))


def _is_word(piece: str) -> bool:
    return piece not in _SYMBOL


@lru_cache(maxsize=256)
def _declared(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted((names | BUILT_IN_NAMES), key=len, reverse=True))


def scan(text: str, names: Collection[str] = (), *, unary_tests: bool = False) -> list[Token]:
    """Return the tokens of an expression, or of unary tests.

    `names` are known names that hold spaces, keywords or operator signs.

    Raises:
        FeelSyntaxError: a character starts no token, or a string is not closed.

    """
    tokens = list(_Scanner(text, names).tokens())
    if unary_tests:
        _mark_negation(tokens)
    return tokens


def _mark_negation(tokens: list[Token]) -> None:
    """Turn a leading `not` whose bracket closes at the very end into unary-test negation."""
    if len(tokens) < 3 or tokens[0] != "not" or tokens[1].type != "_LPAR":  # noqa: PLR2004 - not()
        return
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.type == "_LPAR") - (token.type == "_RPAR")
        if depth == 0 and token.type == "_RPAR":
            if index == len(tokens) - 1:
                tokens[0] = Token.new_borrow_pos("_UNARY_NOT", "not", tokens[0])
            return


class _Scanner:
    def __init__(self, text: str, names: Collection[str]) -> None:
        self._text = text
        self._known = _Names(_declared(frozenset(names)))
        self._position = 0
        self._previous = ""
        self._line_starts = [0, *(match.end() for match in re.finditer(r"\n", text))]
        self._line = 0
        self._ranges = [False]  # per open bracket: has `..` been seen in it?

    def tokens(self) -> Iterator[Token]:
        text = self._text
        while True:
            if skipped := _SKIP.match(text, self._position):
                self._position = skipped.end()
            if self._position >= len(text):
                return
            token = self._next()
            self._previous = token.type
            yield token

    def _next(self) -> Token:
        text, position = self._text, self._position
        if text.startswith("/*", position):  # a closed comment has been skipped
            raise self._refused("/*")
        if word := _WORD.match(text, position):
            return self._name(word)
        if number := _NUMBER.match(text, position):
            return self._token("NUMBER", number.group(), number.end())
        if operator := _OPERATOR.match(text, position):
            return self._operator(operator)
        if string := _STRING.match(text, position):
            return self._token("STRING", string.group(), string.end())
        if literal := _AT.match(text, position):
            return self._token("AT", literal.group(1), literal.end())
        raise self._refused(text[position])

    def _name(self, word: re.Match[str]) -> Token:
        text, position, first = self._text, self._position, word.group()
        if self._previous in _KEY_BEFORE and (key := _KEY.match(text, position)):
            return self._key(key)
        if known := self._known.match(text, position, first):
            return self._token("NAME", *known)
        if self._previous != "_DOT":
            if instance := _INSTANCE_OF.match(text, position):
                return self._token("_INSTANCE_OF", instance.group(), instance.end())
            if first in _KEYWORDS:
                return self._token(_KEYWORDS[first], first, word.end())
        words, end = [first], word.end()
        while (following := _NEXT_WORD.match(text, end)) and not self._is_keyword(following):
            words.append(following.group(1))
            end = following.end()
        return self._token("NAME", " ".join(words), end)

    def _is_keyword(self, word: re.Match[str]) -> bool:
        return word.group(1) in _KEYWORDS or bool(_INSTANCE_OF.match(self._text, word.start(1)))

    def _key(self, key: re.Match[str]) -> Token:
        name = ""
        for piece in _PIECE.findall(key.group(1)):
            separated = name and _is_word(name[-1]) and _is_word(piece)
            name += f" {piece}" if separated else piece
        self._known.add(name)
        return self._token("NAME", name, key.end() - 1)

    def _operator(self, operator: re.Match[str]) -> Token:
        sign, end = operator.group(), operator.end()
        kind = _OPERATORS[sign]
        if kind == "_DOTS":
            self._ranges[-1] = True
        elif kind == "_RSQB" and self._opens_range():
            kind = "RANGE_OPEN"
            self._ranges.append(False)
        elif kind == "_LSQB" and self._closes_range(end):
            kind = "RANGE_CLOSE"
            self._close()
        elif kind in {"_LPAR", "_LSQB", "_LBRACE"}:
            self._ranges.append(False)
        elif kind in {"_RPAR", "_RSQB", "_RBRACE"}:
            self._close()
        return self._token(kind, sign, end)

    def _opens_range(self) -> bool:
        return self._previous not in _OPERAND_END and self._previous != "_LSQB"

    def _closes_range(self, end: int) -> bool:
        return (
            self._ranges[-1]
            and self._previous in _OPERAND_END
            and bool(_AFTER_RANGE_CLOSE.match(self._text, end))
        )

    def _close(self) -> None:
        if len(self._ranges) > 1:
            self._ranges.pop()

    def _place(self, position: int) -> tuple[int, int]:
        starts = self._line_starts
        while self._line + 1 < len(starts) and starts[self._line + 1] <= position:
            self._line += 1
        return self._line + 1, position - starts[self._line] + 1

    def _token(self, kind: str, value: str, end: int) -> Token:
        line, column = self._place(self._position)
        token = Token(kind, value, start_pos=self._position, line=line, column=column)
        self._position = end
        return token

    def _refused(self, found: str) -> FeelSyntaxError:
        line, column = self._place(self._position)
        if found == '"':
            reason = "文本缺少右引号。"
        elif found == "/*":
            reason = "注释没有结束。"
        elif found in "“”‘’（），：；【】《》＝＜＞＋－＊／":
            reason = f"“{found}”是中文标点，请改用英文半角符号。"
        else:
            reason = f"不认识的字符“{found}”。"
        return FeelSyntaxError(reason, line=line, column=column, found=found)
