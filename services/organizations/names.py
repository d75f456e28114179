"""Chinese names of what the register of bodies says."""

from __future__ import annotations

from collections.abc import Mapping

from services.organizations.models import ChangeKind, Level, OrganizationKind

KIND_NAMES: Mapping[OrganizationKind, str] = {
    OrganizationKind.DEPARTMENT: "上级组织部门",
    OrganizationKind.PARTY_GROUP: "司法行政机关党组",
    OrganizationKind.AGENCY_COMMITTEE: "司法行政机关党委",
    OrganizationKind.INDUSTRY_COMMITTEE: "律师行业党委",
    OrganizationKind.GENERAL_BRANCH: "党总支",
    OrganizationKind.BRANCH: "党支部",
    OrganizationKind.JOINT_BRANCH: "联合党支部",
    OrganizationKind.TEMPORARY_BRANCH: "临时党支部",
    OrganizationKind.ASSOCIATION: "律师协会",
    OrganizationKind.LAW_FIRM: "律师事务所",
}
LEVEL_NAMES: Mapping[Level, str] = {
    Level.PROVINCE: "省级",
    Level.CITY: "市级",
    Level.COUNTY: "县级",
    Level.FIRM: "律师事务所",
}
CHANGE_NAMES: Mapping[ChangeKind, str] = {
    ChangeKind.REGISTERED: "建档",
    ChangeKind.ESTABLISHED: "成立",
    ChangeKind.RENAMED: "更名",
    ChangeKind.MOVED: "调整隶属关系",
    ChangeKind.MERGED: "并入其他组织",
    ChangeKind.ABSORBED: "接收并入",
    ChangeKind.DIVIDED: "分立",
    ChangeKind.SPLIT_OFF: "由分立成立",
    ChangeKind.DISSOLVED: "撤销",
}
