"""The tests; what they share explains its own failed assertions."""

import pytest

pytest.register_assert_rewrite("tests.scenario", "tests.world")
