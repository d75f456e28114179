"""Pinyin of names, for search: every reading of the surname, written out and as initials."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from pypinyin import Style, lazy_pinyin, pinyin

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


def readings(name: str) -> tuple[str, ...]:
    """Return how a name may be typed, each way once.

    `单雄` gives `danxiong dx shanxiong sx chanxiong cx xiong`: the surname in every reading, the
    given name in its usual one and also alone, since who is searched for may be known by that.
    """
    length = next((len(s) for s in COMPOUND_SURNAMES if name.startswith(s)), 1)
    given = _given(name[length:])
    tokens: dict[str, None] = {}
    for reading in _surname(name[:length]):
        syllables = (*reading, *given)
        tokens["".join(syllables)] = None
        tokens["".join(s[0] for s in syllables if s)] = None
    tokens["".join(given)] = None
    return tuple(filter(None, tokens))


@lru_cache(maxsize=4096)
def _surname(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the readings of a surname: the right one first, then those people take it for."""
    right = pinyin(text, style=Style.NORMAL, heteronym=True)
    single = (_characters(character) for character in text)
    return tuple(dict.fromkeys((*product(*right), *product(*single))))


def _characters(character: str) -> list[str]:
    return pinyin(character, style=Style.NORMAL, heteronym=True)[0]


@lru_cache(maxsize=65536)
def _given(text: str) -> tuple[str, ...]:
    """Return the usual readings of a given name; the same ones come again and again."""
    return tuple(lazy_pinyin(text))
