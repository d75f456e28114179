"""What pages and the command line call the books and their entries."""

from __future__ import annotations

from collections.abc import Mapping

from services.audit.models import AuditKind, Book, SubjectKind

BOOK_NAMES: Mapping[Book, str] = {
    Book.ACCOUNTS: "账号与权限",
    Book.ORGANIZATIONS: "组织",
    Book.PEOPLE: "人员",
    Book.ACCESS: "查阅与导出",
    Book.SETTINGS: "设置",
}
SUBJECT_NAMES: Mapping[SubjectKind, str] = {
    SubjectKind.ACCOUNT: "账号",
    SubjectKind.ORGANIZATION: "党组织",
    SubjectKind.PERSON: "人员",
    SubjectKind.CASE: "办件",
    SubjectKind.DOCUMENT: "材料",
    SubjectKind.SETTING: "设置项",
    SubjectKind.ROSTER: "名册",
}
AUDIT_NAMES: Mapping[AuditKind, str] = {
    AuditKind.ACCOUNT_CREATED: "开设账号",
    AuditKind.LOGGED_IN: "登录",
    AuditKind.LOGIN_REFUSED: "登录未成功",
    AuditKind.LOGIN_LOCKED: "锁定登录",
    AuditKind.LOGGED_OUT: "退出登录",
    AuditKind.SESSION_ENDED: "结束会话",
    AuditKind.PASSWORD_CHANGED: "修改密码",
    AuditKind.TOKEN_MADE: "生成接口令牌",
    AuditKind.TOKEN_REVOKED: "撤销接口令牌",
    AuditKind.SECOND_FACTOR_ENABLED: "启用两步验证",
    AuditKind.SECOND_FACTOR_REMOVED: "停用两步验证",
    AuditKind.RECOVERY_CODES_RENEWED: "重新生成恢复码",
    AuditKind.ACCOUNT_DISABLED: "停用账号",
    AuditKind.REQUEST_ASKED: "提出申请",
    AuditKind.REQUEST_CONFIRMED: "确认申请",
    AuditKind.REQUEST_DENIED: "不同意申请",
    AuditKind.REQUEST_WITHDRAWN: "撤回申请",
    AuditKind.ADMINISTRATOR_INSTALLED: "安装时设立管理员",
    AuditKind.ORGANIZATION_ESTABLISHED: "设立党组织",
    AuditKind.ORGANIZATION_RENAMED: "更名",
    AuditKind.ORGANIZATION_MOVED: "调整隶属关系",
    AuditKind.ORGANIZATION_MERGED: "合并",
    AuditKind.ORGANIZATION_SPLIT: "分立",
    AuditKind.ORGANIZATION_DISSOLVED: "撤销",
    AuditKind.APPROVAL_POWER_GRANTED: "登记审批权限",
    AuditKind.APPROVAL_POWER_ENDED: "终止审批权限",
    AuditKind.WORK_HANDED_OVER: "交接",
    AuditKind.PERSON_REGISTERED: "登记人员",
    AuditKind.PERSON_CHANGED: "更改人员信息",
    AuditKind.CORRECTION_ASKED: "申请更正",
    AuditKind.PERSON_MOVED: "转移组织关系",
    AuditKind.PERSON_LEFT: "离开名册",
    AuditKind.PERSON_READMITTED: "重新登记",
    AuditKind.POST_TAKEN_UP: "任职",
    AuditKind.POST_LEFT: "免职",
    AuditKind.RELATIONSHIP_DECLARED: "申报亲属关系",
    AuditKind.RELATIONSHIP_ENDED: "解除亲属关系",
    AuditKind.DELEGATION_GIVEN: "委托",
    AuditKind.DELEGATION_REVOKED: "撤销委托",
    AuditKind.ABSENCE_RECORDED: "登记请假外出",
    AuditKind.ABSENCE_CANCELED: "销假",
    AuditKind.ROSTER_IMPORTED: "导入名册",
    AuditKind.SENSITIVE_READ: "查阅敏感信息",
    AuditKind.EXPORTED: "导出",
    AuditKind.UPLOAD_CLEARED: "清理未提交的附件",
    AuditKind.SETTING_CHANGED: "更改设置",
    AuditKind.RECORDS_DISPOSED: "销毁记录",
}


def missing_case(instance_id: int) -> str:
    """Return what a case is called whose row, and number with it, is gone."""
    return f"已不存在的办件（内部编号 {instance_id}）"
