"""The invented bodies and people of the sample world.

Real are only the province and the fourteen city bodies of Hunan; nothing is said about who serves
in them.  Every county body, branch, organisation department, person and document number here is
invented and carries `is_sample`, which the pages print as 示例.

Voters of the main branch (湘江示例律师事务所党支部): it has ten full members, one of whom (龚海波)
is on probation within the Party (留党察看) and has no vote, so that nine are entitled to vote
(E = 9): exactly the people cast as `member_1` … `member_9`.  The probationary member never votes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.identity.roles import AdministratorRole
from services.organizations.models import Level, OrganizationKind
from services.people.models import PoliticalStatus, Post, VotingRight

ADMINISTRATORS: tuple[tuple[str, str, AdministratorRole, str], ...] = (
    ("xitong", "欧阳静（示例）", AdministratorRole.SYSTEM, "示例-001"),
    ("anquan", "司徒岩（示例）", AdministratorRole.SECURITY, "示例-002"),
    ("shenji", "上官雯（示例）", AdministratorRole.AUDIT, "示例-003"),
)
"""Login, name, role and staff number of the sample administrators."""
APPOINTED_ON = date(2021, 6, 1)
EMPOWERED_ON = date(2021, 5, 8)
FOUNDED_ON = date(2021, 4, 20)
FOUNDING_DOCUMENT = "示例组〔2021〕11号"
APPOINTING_DOCUMENT = "示例组〔2021〕12号"
JOINED_ON = date(2012, 6, 20)
LAWYER = "律师"
STAFF = "党务工作者"


@dataclass(frozen=True, slots=True)
class SampleBody:
    """A body; `power` is the document number of its power to approve members, if it has one."""

    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    level: Level
    parent: str | None = None
    department: str | None = None
    power: str | None = None
    is_sample: bool = True


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person; `home` is the code of their branch, `posts` are (code of the body, post)."""

    name: str
    sex: str
    born_on: date
    home: str
    posts: tuple[tuple[str, Post], ...] = ()
    login: str = ""
    status: PoliticalStatus = PoliticalStatus.FULL
    since: date | None = JOINED_ON
    occupation: str = LAWYER
    voting_right: VotingRight = VotingRight.FULL


def _department(code: str, name: str, level: Level) -> SampleBody:
    return SampleBody(
        code,
        f"中共{name}委两新工委组织部门（示例）",
        f"{name}委两新工委（示例）",
        OrganizationKind.DEPARTMENT,
        level,
    )


def _city(code: str, place: str, short: str, *, department: str = "", power: int = 0) -> SampleBody:
    return SampleBody(
        code,
        f"中共{place}律师行业委员会",
        f"{short}律师行业党委",
        OrganizationKind.INDUSTRY_COMMITTEE,
        Level.CITY,
        parent="HN",
        department=department or None,
        power=f"示例组〔2021〕{power}号" if power else None,
        is_sample=False,
    )


def _county(
    code: str, parent: str, place: str, kind: OrganizationKind, *, power: int = 0
) -> SampleBody:
    suffix = "党总支" if kind is OrganizationKind.GENERAL_BRANCH else "党委"
    name = f"{place}律师行业{suffix}（示例）"
    document = f"示例组〔2021〕{power}号" if power else None
    return SampleBody(code, name, name, kind, Level.COUNTY, parent, power=document)


def _branch(
    code: str, parent: str, name: str, kind: OrganizationKind = OrganizationKind.BRANCH
) -> SampleBody:
    return SampleBody(code, name, name.replace("律师事务所", "所"), kind, Level.FIRM, parent)


BODIES: tuple[SampleBody, ...] = (
    _department("ZZ-HN", "湖南省", Level.PROVINCE),
    _department("ZZ-CS", "长沙市", Level.CITY),
    _department("ZZ-ZZ", "株洲市", Level.CITY),
    SampleBody(
        "HN",
        "中共湖南省律师行业委员会",
        "湖南省律师行业党委",
        OrganizationKind.INDUSTRY_COMMITTEE,
        Level.PROVINCE,
        department="ZZ-HN",
        power="示例组〔2021〕1号",
        is_sample=False,
    ),
    _city("HN-CS", "长沙市", "长沙市", department="ZZ-CS", power=2),
    _city("HN-ZZ", "株洲市", "株洲市", department="ZZ-ZZ", power=3),
    _city("HN-XT", "湘潭市", "湘潭市", power=4),
    _city("HN-HY", "衡阳市", "衡阳市", power=5),
    _city("HN-SY", "邵阳市", "邵阳市"),
    _city("HN-YY", "岳阳市", "岳阳市", power=6),
    _city("HN-CD", "常德市", "常德市", power=7),
    _city("HN-ZJJ", "张家界市", "张家界市"),
    _city("HN-YIY", "益阳市", "益阳市"),
    _city("HN-CZ", "郴州市", "郴州市", power=8),
    _city("HN-YZ", "永州市", "永州市"),
    _city("HN-HH", "怀化市", "怀化市", power=9),
    _city("HN-LD", "娄底市", "娄底市"),
    _city("HN-XX", "湘西土家族苗族自治州", "湘西州"),
    _county("HN-CS-YL", "HN-CS", "长沙市岳麓区", OrganizationKind.INDUSTRY_COMMITTEE),
    _county("HN-CS-FR", "HN-CS", "长沙市芙蓉区", OrganizationKind.GENERAL_BRANCH),
    _county("HN-ZZ-TY", "HN-ZZ", "株洲市天元区", OrganizationKind.INDUSTRY_COMMITTEE, power=10),
    _branch("HN-JG", "HN", "省律师行业党委机关党支部（示例）"),
    _branch("HN-CS-JG", "HN-CS", "长沙市律师行业党委机关党支部（示例）"),
    _branch("HN-CS-YL-XJ", "HN-CS-YL", "湘江示例律师事务所党支部"),
    _branch("HN-CS-YL-LS", "HN-CS-YL", "麓山示例律师事务所党支部"),
    _branch(
        "HN-CS-FR-JZ",
        "HN-CS-FR",
        "橘洲示例律师事务所联合党支部",
        OrganizationKind.JOINT_BRANCH,
    ),
    _branch(
        "HN-CS-LS",
        "HN-CS",
        "法律服务团临时党支部（示例）",
        OrganizationKind.TEMPORARY_BRANCH,
    ),
    _branch("HN-ZZ-TY-SN", "HN-ZZ-TY", "神农示例律师事务所党支部"),
    _branch("HN-YY-DT", "HN-YY", "洞庭示例律师事务所党支部"),
    _branch("HN-CS-FR-LY", "HN-CS-FR", "浏阳河示例律师事务所党支部"),
    SampleBody(
        "SF-CS",
        "中共长沙市司法局党组（示例）",
        "长沙市司法局党组（示例）",
        OrganizationKind.PARTY_GROUP,
        Level.CITY,
    ),
    SampleBody(
        "SF-CS-JG",
        "中共长沙市司法局机关委员会（示例）",
        "长沙市司法局机关党委（示例）",
        OrganizationKind.AGENCY_COMMITTEE,
        Level.COUNTY,
        "SF-CS",
    ),
    SampleBody(
        "LX-CS",
        "长沙市律师协会（示例）",
        "长沙市律师协会（示例）",
        OrganizationKind.ASSOCIATION,
        Level.CITY,
    ),
    SampleBody(
        "LX-CS-XJ",
        "湘江示例律师事务所",
        "湘江示例所",
        OrganizationKind.LAW_FIRM,
        Level.FIRM,
        "LX-CS",
    ),
)

FORMER_NAMES: Mapping[str, tuple[str, str, date, str]] = {
    "HN-CS-YL-XJ": (
        "湘江潮示例律师事务所党支部",
        "湘江潮示例所党支部",
        date(2023, 3, 15),
        "示例组〔2023〕3号",
    )
}
"""What a body was called before: name, short name, the day and the document of the new name."""

MERGERS: tuple[tuple[str, str, date, str], ...] = (
    ("HN-CS-FR-LY", "HN-CS-FR-JZ", date(2024, 9, 2), "示例组〔2024〕8号"),
)
"""Bodies merged into others: the one that ended, the one that went on, day and document."""

EMPLOYERS: Mapping[str, str] = {"HN-CS-YL-XJ": "LX-CS-XJ"}
"""The law firm the people of a branch work for."""

_XJ, _LS, _JZ = "HN-CS-YL-XJ", "HN-CS-YL-LS", "HN-CS-FR-JZ"
_CITY_STAFF, _SN = "HN-CS-JG", "HN-ZZ-TY-SN"


def _outsider(
    name: str, sex: str, born_on: date, home: str, login: str = "", occupation: str = LAWYER
) -> SamplePerson:
    """Return somebody who has not applied yet."""
    return SamplePerson(
        name, sex, born_on, home, (), login, PoliticalStatus.MASSES, None, occupation
    )


def _staff(
    name: str, sex: str, born_on: date, home: str, body: str, post: Post, login: str = ""
) -> SamplePerson:
    return SamplePerson(name, sex, born_on, home, ((body, post),), login, occupation=STAFF)


PEOPLE: tuple[SamplePerson, ...] = (
    # The main branch: ten full members, nine with a vote; the publicity post is vacant.
    SamplePerson("陈启明", "男", date(1972, 3, 9), _XJ, ((_XJ, Post.SECRETARY),), "shuji"),
    SamplePerson(
        "周文静", "女", date(1978, 8, 21), _XJ, ((_XJ, Post.DEPUTY_SECRETARY),), "fushuji"
    ),
    SamplePerson(
        "刘思齐",
        "女",
        date(1985, 11, 2),
        _XJ,
        ((_XJ, Post.ORGANIZATION_COMMISSIONER),),
        "zuzhiweiyuan",
    ),
    SamplePerson(
        "何建平",
        "男",
        date(1975, 1, 17),
        _XJ,
        ((_XJ, Post.DISCIPLINE_COMMISSIONER),),
        "jijianweiyuan",
    ),
    SamplePerson("黄立群", "男", date(1980, 5, 30), _XJ, (), "lianxiren1"),
    SamplePerson("彭雨竹", "女", date(1987, 9, 14), _XJ, (), "lianxiren2"),
    SamplePerson("罗志远", "男", date(1983, 12, 5), _XJ, (), "dangyuan7"),
    SamplePerson("谭晓岚", "女", date(1990, 2, 26), _XJ, (), "dangyuan8"),
    SamplePerson("曾令文", "男", date(1988, 7, 8), _XJ, (), "dangyuan9"),
    SamplePerson(
        "龚海波",
        "男",
        date(1981, 10, 19),
        _XJ,
        voting_right=VotingRight.PROBATION_SANCTION,
    ),
    SamplePerson(
        "邓若溪",
        "女",
        date(1993, 6, 11),
        _XJ,
        (),
        "yubeidangyuan",
        PoliticalStatus.PROBATIONARY,
        date(2026, 3, 20),
    ),
    _outsider("李一鸣", "男", date(1996, 4, 12), _XJ, "shenqingren"),
    _outsider("苏晴", "女", date(1999, 9, 3), _XJ, "shixisheng", "实习律师"),
    SamplePerson(
        "单文博",
        "男",
        date(1994, 12, 24),
        _XJ,
        (),
        "jijifenzi",
        PoliticalStatus.ACTIVIST,
        date(2026, 1, 15),
    ),
    # The branch people transfer to.
    SamplePerson("唐国栋", "男", date(1974, 4, 6), _LS, ((_LS, Post.SECRETARY),), "xinshuji"),
    SamplePerson(
        "夏知秋",
        "女",
        date(1986, 10, 13),
        _LS,
        ((_LS, Post.ORGANIZATION_COMMISSIONER),),
        "xinzuzhiweiyuan",
    ),
    SamplePerson(
        "秦向东",
        "男",
        date(1979, 2, 18),
        _LS,
        ((_LS, Post.DISCIPLINE_COMMISSIONER), ("HN-CS-LS", Post.SECRETARY)),
    ),
    SamplePerson("欧阳明远", "男", date(1989, 8, 1), _LS),
    SamplePerson("贺岚", "女", date(1991, 3, 22), _LS),
    SamplePerson("范永康", "男", date(1971, 7, 15), _LS, (("HN-CS-YL", Post.SECRETARY),)),
    SamplePerson("邹晓彤", "女", date(1984, 5, 9), _LS, (("HN-CS-YL", Post.ORGANIZER),)),
    _outsider("常乐之", "女", date(1997, 1, 28), _LS),
    # The joint branch has no organisation commissioner: its lane falls back to the secretary.
    SamplePerson("邱岳", "男", date(1976, 9, 27), _JZ, ((_JZ, Post.SECRETARY),), "lianheshuji"),
    SamplePerson("孟繁星", "女", date(1982, 6, 4), _JZ, ((_JZ, Post.DEPUTY_SECRETARY),)),
    SamplePerson("梁伯安", "男", date(1970, 11, 11), _JZ, (("HN-CS-FR", Post.SECRETARY),)),
    SamplePerson("钟亦凡", "女", date(1992, 12, 16), _JZ),
    _outsider("余承志", "男", date(1995, 5, 20), _JZ, "lianheshenqingren"),
    # The city committee that approves for both branches and for the joint one.
    _staff(
        "谢正华",
        "男",
        date(1968, 8, 8),
        _CITY_STAFF,
        "HN-CS",
        Post.SECRETARY,
        "dangweishuji",
    ),
    _staff("龙慧敏", "女", date(1973, 2, 2), _CITY_STAFF, "HN-CS", Post.DEPUTY_SECRETARY),
    _staff("易帆", "男", date(1981, 4, 25), _CITY_STAFF, "HN-CS", Post.ORGANIZATION_COMMISSIONER),
    _staff("向卫平", "男", date(1969, 12, 30), _CITY_STAFF, "HN-CS", Post.DISCIPLINE_COMMISSIONER),
    _staff(
        "尹可心",
        "女",
        date(1988, 3, 18),
        _CITY_STAFF,
        "HN-CS",
        Post.ORGANIZER,
        "dangweizuzhiyuan",
    ),
    SamplePerson(
        "万晓",
        "女",
        date(1993, 10, 7),
        _CITY_STAFF,
        (("HN-CS", Post.OFFICE_CLERK), ("HN-CS", Post.REGISTER_KEEPER)),
        "mingceguanliyuan",
        occupation=STAFF,
    ),
    # Organisation departments above the committees.
    _staff("鲁明德", "男", date(1970, 6, 23), "ZZ-CS", "ZZ-CS", Post.DEPARTMENT_HEAD),
    _staff(
        "薛宁",
        "女",
        date(1986, 1, 31),
        "ZZ-CS",
        "ZZ-CS",
        Post.DEPARTMENT_CLERK,
        "zuzhibuganshi",
    ),
    _staff("方觉民", "男", date(1978, 5, 12), "ZZ-HN", "ZZ-HN", Post.DEPARTMENT_CLERK),
    _staff("廖星辰", "女", date(1985, 9, 29), "ZZ-ZZ", "ZZ-ZZ", Post.DEPARTMENT_CLERK),
    # The province, and a second city where the county committee itself approves.
    _staff("韩致远", "男", date(1966, 4, 3), "HN-JG", "HN", Post.SECRETARY, "shengshuji"),
    _staff("严书慧", "女", date(1983, 7, 24), "HN-JG", "HN", Post.ORGANIZER),
    SamplePerson("康宁远", "男", date(1969, 3, 5), _SN, (("HN-ZZ", Post.SECRETARY),)),
    SamplePerson("施以宁", "女", date(1987, 12, 9), _SN, (("HN-ZZ", Post.ORGANIZER),)),
    SamplePerson("石敬之", "男", date(1974, 10, 1), _SN, (("HN-ZZ-TY", Post.SECRETARY),)),
    SamplePerson("汪澄", "女", date(1990, 8, 17), _SN, (("HN-ZZ-TY", Post.ORGANIZER),)),
    SamplePerson("陆鸣", "男", date(1977, 1, 6), _SN, ((_SN, Post.SECRETARY),)),
    SamplePerson("任可", "女", date(1989, 6, 28), _SN, ((_SN, Post.ORGANIZATION_COMMISSIONER),)),
    _outsider("袁子衿", "女", date(1998, 2, 14), _SN),
    SamplePerson("姜宏远", "男", date(1975, 5, 5), "HN-YY-DT", (("HN-YY-DT", Post.SECRETARY),)),
    SamplePerson("熊小满", "女", date(1992, 5, 21), "HN-YY-DT"),
)

CAST_NAMES: Mapping[str, str] = {
    "applicant": "李一鸣",
    "organizer": "刘思齐",
    "secretary": "陈启明",
    "deputy_secretary": "周文静",
    "discipline_commissioner": "何建平",
    "contact_1": "黄立群",
    "contact_2": "彭雨竹",
    "committee_organizer": "尹可心",
    "committee_secretary": "谢正华",
    "department_clerk": "薛宁",
    "member_1": "陈启明",
    "member_2": "周文静",
    "member_3": "刘思齐",
    "member_4": "何建平",
    "member_5": "黄立群",
    "member_6": "彭雨竹",
    "member_7": "罗志远",
    "member_8": "谭晓岚",
    "member_9": "曾令文",
    "new_branch_organizer": "夏知秋",
    "new_branch_secretary": "唐国栋",
}
"""Alias in scenario files → name; members 1 to 9 are all who may vote in the main branch."""
