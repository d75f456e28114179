"""Who is acting: a person with the posts they hold today."""

from __future__ import annotations

from dataclasses import dataclass

from services.people.models import Post

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
}


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


@dataclass(frozen=True, slots=True)
class Actor:
    """A logged-in person; `organization_id` is the branch they belong to."""

    person_id: int
    name: str
    organization_id: int
    organization_name: str
    posts: tuple[HeldPost, ...]

    @property
    def title(self) -> str:
        """The first post, or the branch, for the top bar."""
        return self.posts[0].title if self.posts else self.organization_name
