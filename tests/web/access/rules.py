"""For every route: how to address a foreign record with it, and what has to come back.

A route that is not in these tables fails the test.  `FOREIGN` rules are tried with the records of
every case that is foreign to the role; `OWN` routes have no record in their address, and must show
none of the foreign ones, whatever is searched for (`is_searched`: they have a search).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

REFUSED = frozenset({403, 404})


class Kind(Enum):
    """What an address points to."""

    PUBLIC = auto()  # open to anybody, holds nothing of anybody
    SHARED = auto()  # the same for all who are logged in: directory, procedures, documentation
    OWN = auto()  # about oneself
    CASE = auto()  # a case, or something that belongs to one
    PERSONAL = auto()  # something only its owner may use
    PERSON = auto()  # a person
    BODY = auto()  # the register of a body, kept by who may see its people
    RULED = auto()  # for named posts of the topmost body only
    ADMINISTRATION = auto()  # for administrators only: they meet in test_administration.py


@dataclass(frozen=True)
class Rule:
    """`values` fill the rest of the address, `sent` is posted (a form, or JSON to the API).

    In `values` and `sent` a text “{case_id}” stands for the number of that name.
    """

    kind: Kind
    values: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    expected: frozenset[int] = REFUSED
    is_searched: bool = False


PUBLIC, SHARED, OWN = Rule(Kind.PUBLIC), Rule(Kind.SHARED), Rule(Kind.OWN)
SEARCHED = Rule(Kind.OWN, is_searched=True)
CASE, PERSONAL, PERSON = Rule(Kind.CASE), Rule(Kind.PERSONAL), Rule(Kind.PERSON)
KEY = {"key": "member_development"}
WORDS = {"reason": "示例", "dw-words": "示例", "dw-reason": "示例", "dw-opinion": "示例"}
CHOICE = frozenset({403, 404, 422})
"""Answers to a person chosen in a form: their page is not shown, the choice is refused."""


def case(**values: Any) -> Rule:
    return Rule(Kind.CASE, values, WORDS)


ADMINISTRATION: dict[str, dict[str, int]] = {
    "audit.anchors": {},
    "audit.anchors_file": {},
    "audit.books": {},
    "audit.export": {},
    "audit.home": {},
    "consent.account": {"account_id": 1},
    "consent.administrators": {},
    "consent.board": {},
    "consent.confirm": {"request_id": 1},
    "consent.deny": {"request_id": 1},
    "consent.withdraw": {"request_id": 1},
    "founding.confirm": {"proposal_id": 1},
    "founding.deny": {"proposal_id": 1},
    "founding.index": {},
    "founding.withdraw": {"proposal_id": 1},
    "retention.confirm": {"proposal_id": 1},
    "retention.deny": {"proposal_id": 1},
    "retention.index": {},
    "retention.withdraw": {"proposal_id": 1},
    "security.end_session": {"session_id": 1},
    "security.home": {},
    "security.locked": {},
    "security.policy": {},
    "security.revoke_token": {"token_id": 1},
    "security.sessions": {},
    "security.tokens": {},
    "system.accounts": {},
    "system.condition": {},
    "system.disable": {"account_id": 1},
    "system.home": {},
    "system.incidents": {},
    "system.jobs": {},
    "system.new_account": {},
    "system.procedures": {},
    "system.settings": {},
}

PAGES: dict[str, tuple[Rule, ...]] = {
    "static": (PUBLIC,),
    "health.healthz": (PUBLIC,),
    "auth.login": (PUBLIC,),
    "auth.logout": (SHARED,),
    "auth.start": (SHARED,),
    "auth.code": (SHARED,),
    "auth.first_password": (SHARED,),
    "sign_on.begin": (PUBLIC,),
    "sign_on.finish": (PUBLIC,),
    "own.show": (OWN,),
    "own.copy": (OWN,),
    "own.correct": (Rule(Kind.OWN, sent={"words": "示例"}),),
    "account.show": (OWN,),
    "account.password": (SHARED,),
    "account.end_session": (Rule(Kind.SHARED, {"session_id": 999_999}),),
    "account.end_others": (SHARED,),
    "account.enrol": (OWN,),
    "account.recovery_codes": (SHARED,),
    "account.switch_off": (SHARED,),
    **{
        endpoint: (Rule(Kind.ADMINISTRATION, values),)
        for endpoint, values in ADMINISTRATION.items()
    },
    "auth.large_text": (SHARED,),
    "data_stores.index": (OWN,),
    "data_stores.show": (Rule(Kind.OWN, {"register": "honour_roll"}),),
    "data_stores.entry": (CASE,),
    "demo.show": (SHARED,),
    "demo.move": (SHARED,),
    "api_docs.openapi": (PUBLIC,),
    "api_docs.page": (SHARED,),
    "api_tokens.index": (OWN,),
    "api_tokens.make": (SHARED,),
    "api_tokens.revoke": (PERSONAL,),
    "attachments.download": (CASE, PERSONAL),
    "cases.show": (CASE,),
    "cases.diagram": (CASE,),
    "cases.decision": (CASE,),
    "cases.message": (case(name="transfer_requested"),),
    "cases.report": (case(name="transfer_requested"),),
    "cases.preview": (case(name="transfer_requested"),),
    "cases.attach": (CASE,),
    "cases.begin_work": (case(scope_id="x", element_id="x"),),
    "cases.confirm_end_of_work": (case(scope_id="x"),),
    "cases.finish_work": (case(scope_id="x"),),
    "cases.confirm_withdrawal": (CASE,),
    "cases.withdraw": (case(),),
    "cases.index": (SEARCHED,),
    "cases.search": (SEARCHED,),
    "circulation.unread": (OWN,),
    "circulation.done": (OWN,),
    "circulation.show": (PERSONAL,),
    "circulation.read": (Rule(Kind.PERSONAL, sent=WORDS),),
    "circulation.send": (case(),),
    "circulation.urge": (case(),),
    "delegation.index": (OWN,),
    "delegation.new": (OWN,),
    "delegation.end": (PERSONAL,),
    "delegation.away": (SHARED,),
    "delegation.back": (PERSONAL,),
    "designation.index": (OWN,),
    "designation.name_somebody": (case(),),
    "roster.index": (OWN,),
    "roster.send": (SHARED,),
    "roster.template": (SHARED,),
    "roster.show": (PERSONAL,),
    "roster.confirm": (PERSONAL,),
    "roster.cancel": (PERSONAL,),
    "roster.resume": (PERSONAL,),
    "roster.report": (PERSONAL,),
    "recusal.index": (OWN,),
    "recusal.declare": (OWN,),
    "recusal.end": (CASE,),
    "recusal.request_recusal": (case(ground="party"),),
    "recusal.order": (case(ground="party"),),
    "recusal.lift": (case(),),
    "handover.choose": (Rule(Kind.BODY),),
    "handover.enter": (Rule(Kind.BODY, {"person_id": 1}, WORDS),),
    "handover.show": (CASE,),
    "inbox.pending": (SEARCHED,),
    "inbox.done": (SEARCHED,),
    "inbox.started": (OWN,),
    "incidents.index": (OWN,),
    "incidents.show": (CASE,),
    "incidents.retry": (case(),),
    "incidents.skip": (case(),),
    "incidents.return_": (case(),),
    "incidents.retry_job": (case(),),
    "interventions.confirm": (case(kind="suspend"), case(kind="jump")),
    "interventions.intervene": (case(kind="suspend"), case(kind="void"), case(kind="terminate")),
    "interventions.confirm_withdrawal": (CASE,),
    "interventions.withdraw": (case(),),
    "notices.index": (OWN,),
    "notices.read": (PERSONAL,),
    "operations.transfer": (case(),),
    "operations.delegate": (case(),),
    "operations.sign": (case(),),
    "operations.answer": (case(),),
    "operations.withdraw": (case(),),
    "operations.recall": (case(),),
    "operations.urge": (case(),),
    "operations.countersign": (CASE,),
    "operations.add": (case(),),
    "operations.remove": (case(),),
    "organizations.index": (SHARED,),
    "organizations.export": (SHARED,),
    "organizations.show": (Rule(Kind.SHARED, {"organization_id": 1}),),
    "organizations.permissions": (SHARED,),
    "organizations.change": (Rule(Kind.BODY, {"act": "rename"}, WORDS),),
    "organizations.end_power": (Rule(Kind.BODY, {"power_id": 1}, WORDS),),
    "people.index": (SEARCHED,),
    "people.export": (OWN,),
    "people.export_appointments": (OWN,),
    "people.change": (Rule(Kind.PERSON, {"act": "transfer"}, WORDS),),
    "people.end_post": (Rule(Kind.PERSON, {"appointment_id": 1}, WORDS),),
    "people.show": (PERSON,),
    "disclosure.ask_person": (PERSON,),
    "disclosure.show_person": (Rule(Kind.PERSON, sent={"purpose": "verification"}),),
    "disclosure.ask_step": (Rule(Kind.CASE, {"sequence": 1}),),
    "disclosure.show_step": (Rule(Kind.CASE, {"sequence": 1}, {"purpose": "verification"}),),
    "procedures.index": (SHARED,),
    "procedures.show": (Rule(Kind.SHARED, KEY),),
    "procedures.diagram": (Rule(Kind.SHARED, KEY),),
    "procedures.decision": (Rule(Kind.SHARED, KEY | {"decision_id": "meeting_result"}),),
    "procedures.attempt": (Rule(Kind.SHARED, KEY | {"decision_id": "meeting_result"}),),
    "process_migration.versions": (Rule(Kind.SHARED, KEY),),
    "process_migration.diagram": (Rule(Kind.SHARED, KEY | {"version": 1}),),
    "process_migration.preview": (Rule(Kind.RULED, KEY, {"from": "1", "to": "2"}),),
    "process_migration.start": (Rule(Kind.RULED, KEY, {"from": "1", "to": "2", "reason": "示例"}),),
    "process_migration.show": (Rule(Kind.RULED),),
    "process_migration.retry": (Rule(Kind.RULED),),
    "start.index": (SHARED,),
    "start.show": (Rule(Kind.OWN, KEY),),
    "start.submit": (
        Rule(Kind.PERSON, KEY, {"dw-subject": "{person_id}", "acted_on": "2026-06-01"}, CHOICE),
    ),
    "start.preview": (Rule(Kind.OWN, KEY),),
    "start.attach": (Rule(Kind.SHARED, KEY),),
    "tasks.show": (CASE,),
    "tasks.complete": (case(),),
    "tasks.preview": (CASE,),
    "tasks.draft": (CASE,),
    "tasks.claim": (CASE,),
    "tasks.release": (CASE,),
    "tasks.return_": (case(),),
    "tasks.attach": (CASE,),
}

REASON, PEOPLE = {"reason": "示例"}, {"people": [1]}
OPINION = {"opinion": "示例"}
HANDOVER = {
    "person_id": 1,
    "successor_id": 2,
    "scope": "body",
    "basis": {"acted_on": "2026-06-01", "document_number": "示例"},
    **REASON,
}


def act(**sent: Any) -> Rule:
    return Rule(Kind.CASE, sent=sent)


API: dict[str, tuple[Rule, ...]] = {
    "api_me.get_me": (OWN,),
    "api_me.get_own_information": (OWN,),
    "api_procedures.list_procedures": (SHARED,),
    "api_procedures.get_procedure": (Rule(Kind.SHARED, KEY),),
    "api_procedures.get_procedure_diagram": (Rule(Kind.SHARED, KEY),),
    "api_procedures.get_start_form": (Rule(Kind.OWN, KEY),),
    "api_procedures.list_versions": (Rule(Kind.SHARED, KEY),),
    "api_procedures.get_version_diagram": (Rule(Kind.SHARED, KEY | {"version": 1}),),
    "api_procedures.preview_migration": (
        Rule(Kind.RULED, KEY, {"from_version": 1, "to_version": 2}),
    ),
    "api_procedures.start_migration": (
        Rule(Kind.RULED, KEY, {"from_version": 1, "to_version": 2} | REASON),
    ),
    "api_migrations.get_migration": (Rule(Kind.RULED),),
    "api_migrations.retry_migration": (Rule(Kind.RULED),),
    "api_instances.list_instances": (SEARCHED,),
    "api_instances.start_instance": (
        Rule(
            Kind.PERSON,
            sent=KEY | {"subject_id": "{person_id}", "data": {"acted_on": "2026-06-01"}},
        ),
    ),
    "api_instances.get_instance": (CASE,),
    "api_instances.get_instance_diagram": (CASE,),
    "api_instances.get_instance_decision": (CASE,),
    "api_instances.get_intervention": (Rule(Kind.CASE, {"kind": "suspend"}),),
    "api_instances.withdraw_instance": (act(**REASON),),
    "api_instances.suspend_instance": (act(**REASON),),
    "api_instances.resume_instance": (act(**REASON),),
    "api_instances.terminate_instance": (act(**REASON),),
    "api_instances.void_instance": (act(**REASON),),
    "api_instances.jump_instance": (act(**REASON, target="talk"),),
    "api_instances.start_work": (Rule(Kind.CASE, {"scope_id": "x", "element_id": "x"}),),
    "api_instances.end_work": (Rule(Kind.CASE, {"scope_id": "x"}),),
    "api_instances.circulate_instance": (act(kind="copy", **PEOPLE),),
    "api_instances.urge_readers": (CASE,),
    "api_instances.retry_incident": (CASE,),
    "api_instances.skip_incident": (act(**REASON),),
    "api_instances.return_incident": (act(**REASON, target="talk"),),
    "api_instances.retry_job": (CASE,),
    "api_tasks.list_tasks": (SEARCHED,),
    "api_tasks.get_task": (CASE,),
    "api_tasks.list_task_people": (CASE,),
    "api_tasks.save_draft": (act(data={}),),
    "api_tasks.complete_task": (act(data={}),),
    "api_tasks.claim_task": (CASE,),
    "api_tasks.release_task": (CASE,),
    "api_tasks.return_task": (act(target="talk", **OPINION),),
    "api_tasks.withdraw_task": (act(**REASON),),
    "api_tasks.transfer_task": (act(to=1, **REASON),),
    "api_tasks.delegate_task": (act(to=1),),
    "api_tasks.add_signers": (act(kind="sign_before", **PEOPLE),),
    "api_tasks.add_countersigner": (act(person=1, **REASON),),
    "api_tasks.remove_countersigner": (act(**REASON),),
    "api_tasks.recall_submission": (CASE,),
    "api_tasks.urge_task": (act(words="示例"),),
    "api_tasks.circulate_task": (act(kind="copy", **PEOPLE),),
    "api_tasks.answer_sub_task": (act(**OPINION),),
    "api_tasks.withdraw_sub_task": (act(**REASON),),
    "api_tasks.remove_signer": (act(sub_task_id="{sub_task_id}", **REASON),),
    "api_messages.list_messages": (Rule(Kind.CASE, {"case_id": "{case_id}"}),),
    "api_messages.report_message": (
        act(case_id="{case_id}", message="transfer_requested", data={}),
    ),
    "api_incidents.list_incidents": (OWN,),
    "api_attachments.store_attachment": (
        Rule(Kind.CASE, {"case_id": "{case_id}"}),
        Rule(Kind.CASE, {"case_id": "{case_id}", "task_id": "{task_id}"}),
    ),
    "api_attachments.get_attachment": (CASE, PERSONAL),
    "api_notices.list_notices": (OWN,),
    "api_notices.read_notice": (PERSONAL,),
    "api_circulations.list_circulations": (OWN,),
    "api_circulations.get_circulation": (PERSONAL,),
    "api_circulations.read_circulation": (Rule(Kind.PERSONAL, sent=OPINION),),
    "api_organizations.list_organizations": (SHARED,),
    "api_organizations.get_organization": (Rule(Kind.SHARED, {"organization_id": 1}),),
    "api_handovers.list_handovers": (Rule(Kind.SHARED, {"organization_id": 1}),),
    "api_handovers.preview_handover": (Rule(Kind.BODY, sent=HANDOVER),),
    "api_handovers.hand_over": (Rule(Kind.BODY, sent=HANDOVER),),
    "api_handovers.get_handover": (CASE,),
    "api_people.list_people": (SEARCHED,),
    "api_people.get_person": (PERSON,),
}
RULES = PAGES | API
