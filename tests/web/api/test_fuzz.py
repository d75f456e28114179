"""An outside fuzzer reads the specification and calls every operation with what it makes up.

`DANGWU_API_EXAMPLES` says how many calls per operation (`make fuzz-api` makes many); the same seed
gives the same calls.  Half of the calls carry numbers of records that exist.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.api.conftest import PREFIX, Caller, CallerAs

EXAMPLES = int(os.environ.get("DANGWU_API_EXAMPLES", "12"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def secretary(caller_as: CallerAs) -> Caller:
    return caller_as("secretary")


def existing(secretary: Caller, case_id: int) -> Mapping[str, Any]:
    """Numbers of records, by the name they have in addresses."""
    task_id = secretary.get("/tasks").json["items"][0]["task_id"]
    return {"case_id": case_id, "task_id": task_id, "key": "member_development", "number": 1}


# The fuzzer never closes the files it downloads.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)
def test_no_call_breaks_the_server_or_the_specification(
    web: Flask, secretary: Caller, case_id: int
) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", web)
    headers = {"Authorization": f"Bearer {secretary.secret}"}
    known = existing(secretary, case_id)
    operations = [found.ok() for found in schema.get_all_operations()]

    for operation in operations:

        @seed(20260601)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), is_known=st.booleans())
        def fuzz(case: Any, is_known: bool) -> None:  # noqa: FBT001
            if is_known:
                case.path_parameters.update(
                    {name: known[name] for name in case.path_parameters if name in known}
                )
            case.call_and_validate(headers=headers, checks=CHECKS)

        fuzz()
    assert len(operations) > 50
