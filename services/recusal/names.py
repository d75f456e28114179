"""Chinese names of the enums of recusal."""

from __future__ import annotations

from collections.abc import Mapping

from services.recusal.models import Ground, RelationshipKind

KIND_NAMES: Mapping[RelationshipKind, str] = {
    RelationshipKind.SPOUSE: "夫妻关系",
    RelationshipKind.LINEAL: "直系血亲关系",
    RelationshipKind.COLLATERAL: "三代以内旁系血亲关系",
    RelationshipKind.IN_LAW: "近姻亲关系",
    RelationshipKind.OTHER: "其他可能影响公正办理的关系",
}
GROUND_NAMES: Mapping[Ground, str] = {
    Ground.PARTY: "与本事项有利害关系",
    Ground.WITNESS: "系本事项的证人",
    Ground.KINSHIP: "与当事人有亲属关系",
    Ground.EARLIER_HANDLER: "此前参与过本事项的办理",
    Ground.OTHER: "其他可能影响公正办理的情形",
}
