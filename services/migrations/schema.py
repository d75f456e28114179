"""All tables of the product, and how Alembic compares and writes them."""

from __future__ import annotations

import importlib.util
import pkgutil
from typing import Any, Literal

from sqlalchemy import Enum, MetaData

import services
from services.db import Base, Moment
from services.encryption.columns import (
    DIGEST_LENGTH,
    EncryptedBytes,
    EncryptedText,
    SearchDigest,
)


def target_metadata() -> MetaData:
    """Return the metadata with the models of every context imported."""
    for context in pkgutil.iter_modules(services.__path__):
        if context.ispkg and _has_models(context.name):
            importlib.import_module(f"services.{context.name}.models")
    return Base.metadata


def render_item(kind: str, item: object, context: Any) -> str | Literal[False]:
    """Write our column types as plain SQLAlchemy ones, so that old versions never change."""
    del context
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.Text()"
    if kind == "type" and isinstance(item, EncryptedBytes):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, SearchDigest):
        return f"sa.String(length={DIGEST_LENGTH})"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def options() -> dict[str, Any]:
    """Return the options every Alembic context of ours is configured with."""
    return {
        "target_metadata": target_metadata(),
        "render_item": render_item,
        "render_as_batch": True,
        "compare_type": True,
        "transactional_ddl": True,
    }


def _has_models(context: str) -> bool:
    return importlib.util.find_spec(f"services.{context}.models") is not None
