"""Reading answers as a person would: by text, links and controls."""

from __future__ import annotations

import re
from typing import Any

from lxml import html
from werkzeug.test import TestResponse


class Page:
    """A parsed page."""

    def __init__(self, answer: TestResponse) -> None:
        self.status = answer.status_code
        self.tree: Any = html.fromstring(answer.text)

    @property
    def text(self) -> str:
        """All text, white space folded."""
        return re.sub(r"\s+", " ", self.tree.text_content())

    def all(self, path: str) -> list[Any]:
        """Every element an XPath finds."""
        found: list[Any] = self.tree.xpath(path)
        return found

    def one(self, path: str) -> Any:
        """The only element an XPath finds."""
        found = self.all(path)
        assert len(found) == 1, f"{path}: {len(found)} found"
        return found[0]

    def link(self, words: str) -> str:
        """The address of the first link inside the content with these words."""
        found = self.all(f"//main//a[contains(normalize-space(.), '{words}')]")
        assert found, f"no link “{words}”"
        return str(found[0].get("href"))

    def value(self, name: str) -> str:
        """What stands in the input or text area of this name."""
        element = self.one(f"//*[@name='{name}']")
        if element.tag == "textarea":
            return (element.text or "").removeprefix("\n")
        return str(element.get("value") or "")
