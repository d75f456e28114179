"""Words of this context."""

from __future__ import annotations

from collections.abc import Mapping

from services.circulation.models import CirculationKind

KIND_NAMES: Mapping[CirculationKind, str] = {
    CirculationKind.COPY: "抄送",
    CirculationKind.OPINION: "传阅",
}
