"""Fixtures: the test world."""

from __future__ import annotations

import pytest

from services.bootstrap import Application
from tests.world import World


@pytest.fixture
def world(app: Application) -> World:
    """Nobody has started anything yet."""
    return World(app)
