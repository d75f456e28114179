"""What the commands on bodies refuse beside invalid input."""

from __future__ import annotations

from services.errors import ServiceError

SHOWN = 10


class OrganizationInUse(ServiceError):  # noqa: N818 - the state is the name of the error
    """A body cannot end yet; `obstacles` names in words everything that is in the way."""

    code = "organization-in-use"
    message = "该组织还有下列事项没有处理，不能办理。"
    remedy = "请先逐项处理，或者指定承接的组织。"

    def __init__(self, obstacles: tuple[str, ...]) -> None:
        self.obstacles = obstacles
        more = f"等{len(obstacles)}项" if len(obstacles) > SHOWN else ""
        super().__init__(f"还有下列事项没有处理：{'；'.join(obstacles[:SHOWN])}{more}。")
