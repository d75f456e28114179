"""Who is acting: a person, the posts they hold today, and in which capacity they act."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.people.models import PoliticalStatus, Post
from services.people.names import STATUS_NAMES

POST_NAMES: dict[Post, str] = {
    Post.SECRETARY: "书记",
    Post.DEPUTY_SECRETARY: "副书记",
    Post.ORGANIZATION_COMMISSIONER: "组织委员",
    Post.DISCIPLINE_COMMISSIONER: "纪检委员",
    Post.PUBLICITY_COMMISSIONER: "宣传委员",
    Post.COMMISSIONER: "委员",
    Post.ORGANIZER: "组织员",
    Post.OFFICE_CLERK: "办公室干事",
    Post.DEPARTMENT_HEAD: "组织部门负责人",
    Post.DEPARTMENT_CLERK: "组织部门干事",
    Post.REGISTER_KEEPER: "名册管理员",
}
PLAIN = "member"
"""The key of the identity every person has: belonging to their branch."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A capacity in which a person can act; `key` names it among those of the person."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post held today."""

    organization_id: int
    organization_name: str
    organization_path: str
    post: Post

    @property
    def title(self) -> str:
        """Body and post as printed below an opinion, e.g. “某所党支部组织委员”."""
        return f"{self.organization_name}{POST_NAMES[self.post]}"

    @property
    def identity(self) -> Identity:
        """The capacity this post gives."""
        return Identity(f"{self.organization_id}:{self.post}", self.title)


@dataclass(frozen=True, slots=True)
class Mandate:
    """That the actor may do today what is somebody else's to do (委托).

    `procedure_key` None stands for all procedures; `posts` are those of the principal for which the
    actor may stand in, `is_personal` tells whether that goes for what the principal has by name.
    """

    principal_id: int
    principal_name: str
    procedure_key: str | None
    posts: tuple[HeldPost, ...]
    is_personal: bool

    @property
    def words(self) -> str:
        """The capacity of who acts by it, as journaled and printed, e.g. “受陈启明委托”."""
        return f"受{self.principal_name}委托"


@dataclass(frozen=True, slots=True)
class Actor:
    """A logged-in person; `organization_id` is the branch they belong to.

    `chosen` is the key of the identity in which they want to act, empty while they have not said;
    the command that needs it decides whether it fits.  `submitted_as` are the words of an identity
    in which they acted before, when what they did takes effect only now.
    `acting_for` is set while an act is done on somebody's behalf (受委托).
    """

    person_id: int
    name: str
    organization_id: int
    organization_name: str
    posts: tuple[HeldPost, ...]
    status: PoliticalStatus = PoliticalStatus.FULL
    chosen: str = ""
    submitted_as: str = ""
    mandates: tuple[Mandate, ...] = ()
    acting_for: Mandate | None = None

    @property
    def plain(self) -> Identity:
        """The capacity without any post, e.g. “某所党支部党员”."""
        words = "党员" if self.status is PoliticalStatus.FULL else STATUS_NAMES[self.status]
        return Identity(PLAIN, f"{self.organization_name}{words}")

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Every capacity the person has today: posts, the longest held first, then the plain."""
        return (*(held.identity for held in self.posts), self.plain)

    @property
    def identity(self) -> Identity:
        """The capacity the person acts in: the chosen one, else the first."""
        fitting = (identity for identity in self.identities if identity.key == self.chosen)
        return next(fitting, self.identities[0])

    @property
    def title(self) -> str:
        """The words for the capacity, for the top bar and the journal."""
        if self.acting_for is not None:
            return self.acting_for.words
        return self.submitted_as or self.identity.title

    def choosing(self, key: str) -> Actor:
        """Return the same person acting in the identity of that key."""
        return replace(self, chosen=key)

    @property
    def principal_id(self) -> int:
        """Whose the tasks are that the actor works on: their own, or their principal's."""
        return self.acting_principal_id or self.person_id

    @property
    def acting_principal_id(self) -> int | None:
        """On whose behalf the actor acts; None for themselves."""
        return self.acting_for.principal_id if self.acting_for is not None else None

    def on_behalf_of(self, principal_id: int | None) -> Actor:
        """Return the actor as they act for a principal; None, and who is none: for themselves."""
        mandates = (m for m in self.mandates if m.principal_id == principal_id)
        return replace(self, acting_for=next(mandates, None))
