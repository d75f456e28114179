"""What the register already knows, as variables of a case: nobody types it again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.model import Value
from services.organizations.models import Organization
from services.people.models import Person


def known_facts(session: Session, subject: Person | None, organization_id: int) -> dict[str, Value]:
    """Return the facts a case starts with."""
    facts = organization_facts(session, organization_id)
    if subject is not None:
        facts |= {
            "subject": str(subject.id),
            "subject_name": subject.name,
            "subject_sex": subject.sex,
            "birth_on": subject.born_on,
            "subject_occupation": subject.occupation,
        }
    return facts


def organization_facts(session: Session, organization_id: int) -> dict[str, Value]:
    """Return the facts about the body a case is with; they change when the case moves."""
    organization = session.get_one(Organization, organization_id)
    return {
        "organization": str(organization.id),
        "organization_name": organization.name,
        "organization_kind": str(organization.kind),
    }
