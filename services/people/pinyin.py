"""Pinyin of names, for search: every reading of the surname, written out and as initials."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from pypinyin import Style, lazy_pinyin, pinyin

MAX_LENGTH = 200
COMPOUND_SURNAMES = frozenset(
    (
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "夏侯",
        "皇甫",
        "尉迟",
        "长孙",
        "慕容",
        "令狐",
        "司徒",
        "司空",
        "万俟",
        "东方",
        "南宫",
        "公孙",
        "轩辕",
        "端木",
    )
)


def readings(name: str) -> str:
    """Return the search tokens of a name, each with a space before it (so that LIKE finds starts).

    `单雄` gives ` danxiong dx shanxiong sx chanxiong cx xiong x`: the surname in every reading, the
    given name in its usual one.
    """
    length = next((len(s) for s in COMPOUND_SURNAMES if name.startswith(s)), 1)
    given = _given(name[length:])
    tokens: dict[str, None] = {}
    for reading in product(*_surname(name[:length])):
        syllables = (*reading, *given)
        tokens["".join(syllables)] = None
        tokens["".join(s[0] for s in syllables if s)] = None
    tokens["".join(given)] = None
    tokens["".join(s[0] for s in given if s)] = None
    text = ""
    for token in filter(None, (_plain(t) for t in tokens)):
        if len(text) + 1 + len(token) > MAX_LENGTH:
            break
        text += f" {token}"
    return text


@lru_cache(maxsize=4096)
def _surname(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the readings of every character of a surname."""
    return tuple(map(tuple, pinyin(text, style=Style.NORMAL, heteronym=True)))


@lru_cache(maxsize=65536)
def _given(text: str) -> tuple[str, ...]:
    """Return the usual readings of a given name; the same ones come again and again."""
    return tuple(lazy_pinyin(text))


def search_pattern(text: str) -> str:
    """Return what to look for when the text was typed as pinyin (`Chen Qi` → ` chenqi`)."""
    return " " + _plain(text)


def _plain(text: str) -> str:
    return "".join(text.lower().split()).replace("ü", "v")
