"""Personal data of sample people that cannot be anybody's.

Identity numbers bear the area code 990000, which GB/T 2260 gives to no place; the rest is formed by
the rules, so that it passes the same checks.  Phone numbers begin with 000: no area code does, for
00 leads abroad.  The address names places that do not exist.
"""

from __future__ import annotations

from services.demo.names import SamplePerson
from services.people.identifiers import check_digit
from services.people.masking import PersonalData

AREA = "990000"
PHONE_PREFIX = "000"


def personal_data(person: SamplePerson, number: int) -> PersonalData:
    """Return the data of the sample person of a running number from 1."""
    order = 2 * number + (person.sex == "男")
    digits = f"{AREA}{person.born_on:%Y%m%d}{order:03}"
    return PersonalData(
        identity_number=digits + check_digit(digits),
        phone=f"{PHONE_PREFIX}{number:08}",
        address=f"示例省示例市示例区示例路{number}号",
    )
