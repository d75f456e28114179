"""Chinese names of what the register of people says."""

from __future__ import annotations

from collections.abc import Mapping

from services.people.models import LeavingReason, PersonKind, PoliticalStatus, VotingRight

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
PERSON_KIND_NAMES: Mapping[PersonKind, str] = {
    PersonKind.LAWYER: "律师",
    PersonKind.INTERN: "实习律师",
    PersonKind.STAFF: "行政人员",
    PersonKind.PARTY_WORKER: "党务工作者",
}
LEAVING_NAMES: Mapping[LeavingReason, str] = {
    LeavingReason.TRANSFERRED_OUT: "转出本系统",
    LeavingReason.DECEASED: "去世",
    LeavingReason.EXPELLED: "开除党籍",
    LeavingReason.WITHDRAWN: "退党",
    LeavingReason.REMOVED: "除名",
    LeavingReason.DISQUALIFIED: "取消预备党员资格",
}
