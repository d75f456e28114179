"""The built assets: plain name → name with hash, as `web/assets/build.mjs` wrote them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from engine.errors import DangwuError

DIST = Path(__file__).resolve().parent / "static" / "dist"


class AssetsMissing(DangwuError):  # noqa: N818 - the state is the name of the error
    """The style sheet and scripts have not been built."""

    code = "assets-missing"
    message = "页面的样式和脚本尚未构建，无法启动。"
    remedy = "请先执行 make assets（即 npm ci 与 node web/assets/build.mjs）。"


def load_manifest(dist: Path = DIST) -> Mapping[str, str]:
    """Return plain name → path below `static/`; raises AssetsMissing."""
    try:
        names = json.loads((dist / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AssetsMissing from error
    return {name: f"dist/{built}" for name, built in names.items()}
