"""Chinese names of what the register of people says."""

from __future__ import annotations

from collections.abc import Mapping

from services.people.models import PoliticalStatus, VotingRight

STATUS_NAMES: Mapping[PoliticalStatus, str] = {
    PoliticalStatus.FULL: "正式党员",
    PoliticalStatus.PROBATIONARY: "预备党员",
    PoliticalStatus.TARGET: "发展对象",
    PoliticalStatus.ACTIVIST: "入党积极分子",
    PoliticalStatus.APPLICANT: "入党申请人",
    PoliticalStatus.MASSES: "群众",
}
VOTING_NAMES: Mapping[VotingRight, str] = {
    VotingRight.FULL: "有表决权",
    VotingRight.PROBATION_SANCTION: "留党察看期间，无表决权",
    VotingRight.SUSPENDED: "停止党员权利期间，无表决权",
}
