"""The act behind a change of the registers: its date, and the document that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.errors import Invalid

MAX_DOCUMENT_NUMBER = 80


@dataclass(frozen=True, slots=True)
class Basis:
    """What a change rests on; `acted_on` is the date of the act, from which the change holds."""

    acted_on: date
    document_number: str

    def checked(self, today: date) -> Basis:
        """Return it without outer spaces; raises `Invalid` for a future date or no document."""
        document = self.document_number.strip()
        errors: dict[str, str] = {}
        if self.acted_on > today:
            errors["acted_on"] = "日期不能晚于今天。"
        if not document:
            errors["document_number"] = "请填写文号或者会议决议的名称。"
        elif len(document) > MAX_DOCUMENT_NUMBER:
            errors["document_number"] = f"文号不能超过{MAX_DOCUMENT_NUMBER}个字。"
        if errors:
            raise Invalid(errors=errors)
        return Basis(self.acted_on, document)
