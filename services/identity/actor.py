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
class Actor:
    """A logged-in person; `organization_id` is the branch they belong to.

    `chosen` is the key of the identity in which they want to act, empty while they have not said;
    the command that needs it decides whether it fits.  `submitted_as` are the words of an identity
    in which they acted before, when what they did takes effect only now.
    """

    person_id: int
    name: str
    organization_id: int
    organization_name: str
    posts: tuple[HeldPost, ...]
    status: PoliticalStatus = PoliticalStatus.FULL
    chosen: str = ""
    submitted_as: str = ""

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
        return self.submitted_as or self.identity.title

    def choosing(self, key: str) -> Actor:
        """Return the same person acting in the identity of that key."""
        return replace(self, chosen=key)
