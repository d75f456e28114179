"""Takes pictures of pages and says what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # no types
from playwright.sync_api import Page, ViewportSize, expect

GRAVE = frozenset({"serious", "critical"})


@dataclass(frozen=True, slots=True)
class Camera:
    """Keeps pictures in `folder`, and in `problems` what it saw: a story is worth its end."""

    folder: Path
    problems: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """Take a picture of the whole page; note what sticks out sideways and what axe finds."""
        size = page.viewport_size
        assert size is not None
        self._picture(page, size, name)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            self.problems.append(f"{name}: {width} px wide on a screen of {size['width']} px")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in GRAVE:
                self.problems.extend(
                    f"{name}: {violation['id']} {node['target']} {node['html'][:160]}"
                    for node in violation["nodes"]
                )

    def look_at_diagram(self, page: Page, name: str, elements: tuple[str, ...]) -> None:
        """Expect the diagram to be drawn, to mark the elements and to show who made the viewer."""
        place = page.locator("[data-diagram]")
        place.evaluate("place => place.scrollIntoView({block: 'center'})")
        expect(place).to_have_attribute("data-state", "ready")
        page.screenshot(path=self.folder / f"{name}.png")
        marked = [place.locator(f'.is-active[data-element-id="{e}"]') for e in elements]
        for element in marked:
            expect(element).to_be_attached()
        expect(marked[0]).to_be_in_viewport()
        expect(place.locator(".bjs-powered-by")).to_be_visible()
        bar = page.locator(".topbar").bounding_box()
        if bar is None or bar["y"] < 0:
            self.problems.append(f"{name}: the top bar scrolls away")

    def _picture(self, page: Page, size: ViewportSize, name: str) -> None:
        """Take a picture on a screen as high as the page: bars that stick would cover a part."""
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=self.folder / f"{name}.png")
        page.set_viewport_size(size)
