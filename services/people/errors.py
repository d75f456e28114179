"""What the commands on people refuse beside invalid input."""

from __future__ import annotations

from services.errors import ServiceError


class PersonInUse(ServiceError):  # noqa: N818 - the state is the name of the error
    """A person cannot leave yet; `obstacles` names in words everything that is in the way."""

    code = "person-in-use"
    message = "该同志还有事项没有办结，不能办理。"
    remedy = "请先办结、撤回或者移交所列事项。"

    def __init__(self, obstacles: tuple[str, ...]) -> None:
        self.obstacles = obstacles
        super().__init__(f"该同志还有事项没有办结：{'；'.join(obstacles)}。")
