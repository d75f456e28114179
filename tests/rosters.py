"""Rosters of invented people (示例) as workbooks, from a few rows to a whole country's worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from services.people.identifiers import CHECK
from services.roster.columns import COLUMNS, SAMPLE
from services.roster.models import Sheet
from services.roster.names import SHEET_NAMES
from services.spreadsheets.writing import WorkbookWriter

Line = Mapping[str, str]
"""The cells of a row by the key of their column; what is left out is empty."""

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜单曾仇解"
GIVEN = "一明子文思远书海建国玉兰志强晓东丽华春生雪梅"
FIRST_BIRTH = date(1950, 1, 1)


def identity_number(serial: int, born_on: date, sex: str) -> str:
    """Return a number whose area code (99) belongs to nobody, with a right check digit."""
    order = serial % 500 * 2 % 1000 + (1 if sex == "男" else 0)
    stem = f"99{serial // 500 % 10000:04}{born_on:%Y%m%d}{order:03}"
    weighted = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(stem))
    return stem + CHECK[weighted % 11]


def write(path: Path, sheets: Mapping[Sheet, Iterator[Line] | Sequence[Line]]) -> Path:
    """Write rows to a roster."""
    with WorkbookWriter(path) as writer:
        for sheet, lines in sheets.items():
            columns = COLUMNS[sheet]
            writer.sheet(SHEET_NAMES[sheet], [column.style for column in columns])
            for line in lines:
                writer.row([line.get(column.key, "") for column in columns])
    return path


@dataclass(frozen=True)
class Country:
    """A made-up industry: one province committee, cities, and branches with their people."""

    cities: int
    branches_of_a_city: int
    people_of_a_branch: int

    @property
    def bodies(self) -> int:
        return 1 + self.cities * (1 + self.branches_of_a_city)

    @property
    def people_count(self) -> int:
        return self.cities * self.branches_of_a_city * self.people_of_a_branch

    def write(self, path: Path) -> Path:
        return write(
            path,
            {
                Sheet.ORGANIZATIONS: self.organizations(),
                Sheet.PEOPLE: self.people(),
                Sheet.APPOINTMENTS: self.appointments(),
            },
        )

    def organizations(self) -> Iterator[Line]:
        committee = {"kind": "律师行业党委", "remark": SAMPLE}
        yield {
            **committee,
            "code": "SL",
            "name": "示例省律师行业党委",
            "short_name": "示例省行业党委",
            "level": "省级",
        }
        for city in range(self.cities):
            code = f"SL-{city:03}"
            yield {
                **committee,
                "code": code,
                "name": f"示例省第{city}市律师行业党委",
                "short_name": f"第{city}市行业党委",
                "level": "市级",
                "parent": "SL",
            }
            for branch in range(self.branches_of_a_city):
                yield {
                    "code": f"{code}-{branch:04}",
                    "name": f"示例第{city}市第{branch}律师事务所党支部",
                    "short_name": f"示例{city}-{branch}所党支部",
                    "kind": "党支部",
                    "level": "律师事务所",
                    "parent": code,
                    "established_on": "2018-07-01",
                    "remark": SAMPLE,
                }

    def people(self) -> Iterator[Line]:
        for serial, branch in self._places():
            yield {**self.person(serial), "home": branch}

    def person(self, serial: int) -> Line:
        """Return somebody by their serial number."""
        sex = "男" if serial % 2 else "女"
        born_on = FIRST_BIRTH + timedelta(days=serial * 37 % 18000)
        name = SURNAMES[serial % len(SURNAMES)] + GIVEN[serial // 7 % len(GIVEN)]
        return {
            "name": name + GIVEN[serial // 3 % len(GIVEN)],
            "sex": sex,
            "born_on": born_on.isoformat(),
            "status": "正式党员" if serial % 3 else "群众",
            "identity_number": identity_number(serial, born_on, sex),
            "phone": f"139{serial:08}",
            "address": f"示例市示例路{serial}号",
            "remark": SAMPLE,
        }

    def appointments(self) -> Iterator[Line]:
        for serial, branch in self._places():
            if serial % self.people_of_a_branch == 0:
                person = self.person(serial)
                yield {
                    "name": person["name"],
                    "identity_number": person["identity_number"],
                    "body": branch,
                    "post": "书记",
                    "starts_on": "2024-03-01",
                    "remark": SAMPLE,
                }

    def _places(self) -> Iterator[tuple[int, str]]:
        for serial in range(self.people_count):
            branch = serial // self.people_of_a_branch
            city, number = divmod(branch, self.branches_of_a_city)
            yield serial, f"SL-{city:03}-{number:04}"
