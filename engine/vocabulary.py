"""Which BPMN elements and attributes the kernel understands; everything else is refused by name.

Three tables: flow nodes and their parts, drawing that means nothing at run time, and the known
constructs we cannot run yet.  An attribute that must keep its default value stands in `FIXED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.model import NodeType

_ACTIVITY: Final = frozenset(
    {"default", "isForCompensation", "startQuantity", "completionQuantity"}
)
_ACTIVITY_PARTS: Final = frozenset(
    {
        "standardLoopCharacteristics",
        "multiInstanceLoopCharacteristics",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
    }
)
_FLOW_PARTS: Final = frozenset({"incoming", "outgoing"})
COMMON_ATTRIBUTES: Final = frozenset({"id", "name"})
COMMON_PARTS: Final = frozenset({"documentation", "extensionElements"})

ACTIVITIES: Final = frozenset(
    {
        NodeType.USER_TASK,
        NodeType.MANUAL_TASK,
        NodeType.TASK,
        NodeType.SERVICE_TASK,
        NodeType.BUSINESS_RULE_TASK,
        NodeType.SEND_TASK,
        NodeType.RECEIVE_TASK,
        NodeType.SCRIPT_TASK,
        NodeType.SUB_PROCESS,
        NodeType.AD_HOC_SUB_PROCESS,
        NodeType.CALL_ACTIVITY,
        NodeType.TRANSACTION,
    }
)
SUB_PROCESSES: Final = frozenset(
    {NodeType.SUB_PROCESS, NodeType.TRANSACTION, NodeType.AD_HOC_SUB_PROCESS}
)
"""Activities with flow nodes of their own."""
GATEWAYS: Final = frozenset(
    {
        NodeType.EXCLUSIVE_GATEWAY,
        NodeType.PARALLEL_GATEWAY,
        NodeType.INCLUSIVE_GATEWAY,
        NodeType.EVENT_BASED_GATEWAY,
        NodeType.COMPLEX_GATEWAY,
    }
)
CHOOSING: Final = frozenset({NodeType.EXCLUSIVE_GATEWAY, NodeType.INCLUSIVE_GATEWAY})
"""Gateways whose outgoing flows need conditions."""
CONDITIONAL: Final = CHOOSING | ACTIVITIES | {NodeType.COMPLEX_GATEWAY}
"""Nodes whose outgoing flows may have conditions."""

FLOW_NODE_ATTRIBUTES: Final[Mapping[NodeType, frozenset[str]]] = {
    NodeType.START_EVENT: frozenset({"isInterrupting", "parallelMultiple"}),
    NodeType.END_EVENT: frozenset(),
    NodeType.INTERMEDIATE_CATCH_EVENT: frozenset({"parallelMultiple"}),
    NodeType.INTERMEDIATE_THROW_EVENT: frozenset(),
    NodeType.BOUNDARY_EVENT: frozenset({"attachedToRef", "cancelActivity", "parallelMultiple"}),
    NodeType.USER_TASK: _ACTIVITY | {"implementation"},
    NodeType.MANUAL_TASK: _ACTIVITY,
    NodeType.TASK: _ACTIVITY,
    NodeType.SERVICE_TASK: _ACTIVITY | {"implementation"},
    NodeType.BUSINESS_RULE_TASK: _ACTIVITY | {"implementation"},
    NodeType.SEND_TASK: _ACTIVITY | {"implementation", "messageRef", "operationRef"},
    NodeType.RECEIVE_TASK: _ACTIVITY
    | {"implementation", "instantiate", "messageRef", "operationRef"},
    NodeType.SCRIPT_TASK: _ACTIVITY | {"scriptFormat"},
    NodeType.CALL_ACTIVITY: _ACTIVITY | {"calledElement"},
    NodeType.SUB_PROCESS: _ACTIVITY | {"triggeredByEvent"},
    NodeType.AD_HOC_SUB_PROCESS: _ACTIVITY | {"ordering", "cancelRemainingInstances"},
    NodeType.TRANSACTION: _ACTIVITY | {"triggeredByEvent", "method"},
    NodeType.EXCLUSIVE_GATEWAY: frozenset({"default", "gatewayDirection"}),
    NodeType.PARALLEL_GATEWAY: frozenset({"gatewayDirection"}),
    NodeType.INCLUSIVE_GATEWAY: frozenset({"default", "gatewayDirection"}),
    NodeType.COMPLEX_GATEWAY: frozenset({"default", "gatewayDirection"}),
    NodeType.EVENT_BASED_GATEWAY: frozenset(
        {"gatewayDirection", "instantiate", "eventGatewayType"}
    ),
}

_CAUGHT: Final = frozenset(
    {
        "messageEventDefinition",
        "timerEventDefinition",
        "signalEventDefinition",
        "conditionalEventDefinition",
        "eventDefinitionRef",
    }
)
_THROWN: Final = frozenset(
    {
        "messageEventDefinition",
        "signalEventDefinition",
        "escalationEventDefinition",
        "compensateEventDefinition",
        "eventDefinitionRef",
    }
)
_PROPAGATED: Final = frozenset(
    {"errorEventDefinition", "escalationEventDefinition", "compensateEventDefinition"}
)
EVENT_DEFINITIONS: Final[Mapping[NodeType, frozenset[str]]] = {
    NodeType.START_EVENT: _CAUGHT | _PROPAGATED,
    NodeType.END_EVENT: _THROWN
    | {"errorEventDefinition", "terminateEventDefinition", "cancelEventDefinition"},
    NodeType.INTERMEDIATE_CATCH_EVENT: _CAUGHT | {"linkEventDefinition"},
    NodeType.INTERMEDIATE_THROW_EVENT: _THROWN | {"linkEventDefinition"},
    NodeType.BOUNDARY_EVENT: _CAUGHT | _PROPAGATED | {"cancelEventDefinition"},
}
CATCHING: Final = frozenset({NodeType.INTERMEDIATE_CATCH_EVENT, NodeType.BOUNDARY_EVENT})
THROWING: Final = frozenset({NodeType.INTERMEDIATE_THROW_EVENT, NodeType.END_EVENT})

SCOPE_PARTS: Final = frozenset(
    {
        "laneSet",
        "sequenceFlow",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "property",
        *(node_type.value for node_type in FLOW_NODE_ATTRIBUTES),
    }
)


def parts_of(tag: str) -> frozenset[str] | None:
    """Return the child elements `tag` may have; None for a tag we do not know."""
    if tag in NODE_VALUES:
        node_type = NodeType(tag)
        parts = _FLOW_PARTS | EVENT_DEFINITIONS.get(node_type, frozenset())
        if node_type in ACTIVITIES:
            parts |= _ACTIVITY_PARTS
        if node_type in SUB_PROCESSES:
            parts |= SCOPE_PARTS
        if node_type is NodeType.AD_HOC_SUB_PROCESS:
            parts |= {"completionCondition"}
        if node_type is NodeType.COMPLEX_GATEWAY:
            parts |= {"activationCondition"}
        if node_type is NodeType.SCRIPT_TASK:
            parts |= {"script"}
        return parts | COMMON_PARTS
    found = _PARTS.get(tag)
    return None if found is None else found | COMMON_PARTS


def attributes_of(tag: str) -> frozenset[str]:
    """Return the attributes without namespace a known `tag` may have."""
    own = FLOW_NODE_ATTRIBUTES[NodeType(tag)] if tag in NODE_VALUES else _ATTRIBUTES.get(tag)
    return COMMON_ATTRIBUTES | (own or frozenset())


_INSTANCE_EVENTS: Final = _THROWN | {"errorEventDefinition"}
"""What a multi-instance activity may throw."""

NODE_VALUES: Final = frozenset(node_type.value for node_type in FLOW_NODE_ATTRIBUTES)

_ASSOCIATION: Final = frozenset({"sourceRef", "targetRef", "transformation", "assignment"})
_CONVERSATIONS: Final = ("conversation", "subConversation", "callConversation")
_CONVERSATION_PARTS: Final = frozenset(
    {"participantRef", "messageFlowRef", "correlationKey", *_CONVERSATIONS}
)

_PARTS: Final[Mapping[str, frozenset[str]]] = {
    "definitions": frozenset(
        {
            "process",
            "collaboration",
            "message",
            "signal",
            "error",
            "escalation",
            "category",
            "correlationProperty",
            "partnerEntity",
            "partnerRole",
            "interface",
            "endPoint",
            "import",
            "itemDefinition",
            "dataStore",
            "messageEventDefinition",
            "signalEventDefinition",
            "timerEventDefinition",
            "conditionalEventDefinition",
            "errorEventDefinition",
            "escalationEventDefinition",
            "terminateEventDefinition",
            "compensateEventDefinition",
            "cancelEventDefinition",
            "BPMNDiagram",
        }
    ),
    "process": SCOPE_PARTS | {"ioSpecification", "correlationSubscription"},
    "collaboration": frozenset(
        {
            "participant",
            "messageFlow",
            "textAnnotation",
            "association",
            "group",
            "correlationKey",
            "conversationLink",
            *_CONVERSATIONS,
        }
    ),
    **dict.fromkeys(_CONVERSATIONS, _CONVERSATION_PARTS),
    "conversationLink": frozenset(),
    "participantRef": frozenset(),
    "messageFlowRef": frozenset(),
    "correlationKey": frozenset({"correlationPropertyRef"}),
    "correlationPropertyRef": frozenset(),
    "correlationProperty": frozenset({"correlationPropertyRetrievalExpression"}),
    "correlationPropertyRetrievalExpression": frozenset({"messagePath", "formalExpression"}),
    "messagePath": frozenset({"formalExpression"}),
    "formalExpression": frozenset(),
    "correlationSubscription": frozenset({"correlationPropertyBinding"}),
    "correlationPropertyBinding": frozenset({"dataPath", "formalExpression"}),
    "dataPath": frozenset({"formalExpression"}),
    "partnerEntity": frozenset({"participantRef"}),
    "partnerRole": frozenset({"participantRef"}),
    "interface": frozenset({"operation"}),
    "operation": frozenset({"inMessageRef", "outMessageRef", "errorRef"}),
    "inMessageRef": frozenset(),
    "outMessageRef": frozenset(),
    "errorRef": frozenset(),
    "endPoint": frozenset(),
    "import": frozenset(),
    "participant": frozenset({"participantMultiplicity", "interfaceRef", "endPointRef"}),
    "participantMultiplicity": frozenset(),
    "interfaceRef": frozenset(),
    "endPointRef": frozenset(),
    "eventDefinitionRef": frozenset(),
    "conditionalEventDefinition": frozenset({"condition"}),
    "condition": frozenset(),
    "messageFlow": frozenset(),
    "message": frozenset(),
    "signal": frozenset(),
    "error": frozenset(),
    "escalation": frozenset(),
    "category": frozenset({"categoryValue"}),
    "categoryValue": frozenset(),
    "laneSet": frozenset({"lane"}),
    "lane": frozenset({"flowNodeRef", "childLaneSet"}),
    "childLaneSet": frozenset({"lane"}),
    "flowNodeRef": frozenset(),
    "incoming": frozenset(),
    "outgoing": frozenset(),
    "sequenceFlow": frozenset({"conditionExpression"}),
    "conditionExpression": frozenset(),
    "terminateEventDefinition": frozenset(),
    "messageEventDefinition": frozenset(),
    "signalEventDefinition": frozenset(),
    "errorEventDefinition": frozenset(),
    "escalationEventDefinition": frozenset(),
    "compensateEventDefinition": frozenset(),
    "cancelEventDefinition": frozenset(),
    "linkEventDefinition": frozenset({"source", "target"}),
    "source": frozenset(),
    "target": frozenset(),
    "timerEventDefinition": frozenset({"timeDate", "timeDuration", "timeCycle"}),
    "timeDate": frozenset(),
    "timeDuration": frozenset(),
    "timeCycle": frozenset(),
    "standardLoopCharacteristics": frozenset({"loopCondition"}),
    "loopCondition": frozenset(),
    "multiInstanceLoopCharacteristics": frozenset(
        {
            "loopCardinality",
            "loopDataInputRef",
            "loopDataOutputRef",
            "inputDataItem",
            "outputDataItem",
            "completionCondition",
            "complexBehaviorDefinition",
        }
    ),
    "complexBehaviorDefinition": frozenset({"condition", "event"}),
    "activationCondition": frozenset(),
    "event": _INSTANCE_EVENTS,
    "loopCardinality": frozenset(),
    "loopDataInputRef": frozenset(),
    "loopDataOutputRef": frozenset(),
    "inputDataItem": frozenset({"dataState"}),
    "outputDataItem": frozenset({"dataState"}),
    "completionCondition": frozenset(),
    "textAnnotation": frozenset({"text"}),
    "text": frozenset(),
    "association": frozenset(),
    "group": frozenset(),
    "dataObject": frozenset({"dataState"}),
    "dataObjectReference": frozenset({"dataState"}),
    "dataStoreReference": frozenset({"dataState"}),
    "dataStore": frozenset({"dataState"}),
    "dataState": frozenset(),
    "itemDefinition": frozenset(),
    "property": frozenset({"dataState"}),
    "ioSpecification": frozenset({"dataInput", "dataOutput", "inputSet", "outputSet"}),
    "dataInput": frozenset({"dataState"}),
    "dataOutput": frozenset({"dataState"}),
    "inputSet": frozenset({"dataInputRefs", "optionalInputRefs", "outputSetRefs"}),
    "outputSet": frozenset({"dataOutputRefs", "optionalOutputRefs", "inputSetRefs"}),
    "dataInputRefs": frozenset(),
    "optionalInputRefs": frozenset(),
    "outputSetRefs": frozenset(),
    "dataOutputRefs": frozenset(),
    "optionalOutputRefs": frozenset(),
    "inputSetRefs": frozenset(),
    "dataInputAssociation": _ASSOCIATION,
    "dataOutputAssociation": _ASSOCIATION,
    "sourceRef": frozenset(),
    "targetRef": frozenset(),
    "transformation": frozenset(),
    "assignment": frozenset({"from", "to"}),
    "from": frozenset(),
    "to": frozenset(),
    "script": frozenset(),
    "documentation": frozenset(),
    "extensionElements": frozenset(),
}

_EXPRESSION: Final = frozenset({"language", "evaluatesToTypeRef"})
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "definitions": frozenset(
        {"targetNamespace", "expressionLanguage", "typeLanguage", "exporter", "exporterVersion"}
    ),
    "process": frozenset({"isExecutable", "processType", "isClosed"}),
    "collaboration": frozenset({"isClosed"}),
    "participant": frozenset({"processRef"}),
    "messageFlow": frozenset({"sourceRef", "targetRef", "messageRef"}),
    "message": frozenset({"itemRef"}),
    "conversationLink": frozenset({"sourceRef", "targetRef"}),
    "callConversation": frozenset({"calledCollaborationRef"}),
    "correlationProperty": frozenset({"type"}),
    "correlationPropertyRetrievalExpression": frozenset({"messageRef"}),
    "messagePath": _EXPRESSION,
    "formalExpression": _EXPRESSION,
    "dataPath": _EXPRESSION,
    "correlationSubscription": frozenset({"correlationKeyRef"}),
    "correlationPropertyBinding": frozenset({"correlationPropertyRef"}),
    "condition": _EXPRESSION,
    "interface": frozenset({"implementationRef"}),
    "operation": frozenset({"implementationRef"}),
    "import": frozenset({"importType", "location", "namespace"}),
    "participantMultiplicity": frozenset({"minimum", "maximum"}),
    "signal": frozenset({"structureRef"}),
    "error": frozenset({"errorCode", "structureRef"}),
    "escalation": frozenset({"escalationCode", "structureRef"}),
    "categoryValue": frozenset({"value"}),
    "sequenceFlow": frozenset({"sourceRef", "targetRef", "isImmediate"}),
    "conditionExpression": _EXPRESSION,
    "timeDate": _EXPRESSION,
    "timeDuration": _EXPRESSION,
    "timeCycle": _EXPRESSION,
    "loopCondition": _EXPRESSION,
    "loopCardinality": _EXPRESSION,
    "completionCondition": _EXPRESSION,
    "activationCondition": _EXPRESSION,
    "messageEventDefinition": frozenset({"messageRef"}),
    "signalEventDefinition": frozenset({"signalRef"}),
    "errorEventDefinition": frozenset({"errorRef"}),
    "escalationEventDefinition": frozenset({"escalationRef"}),
    "compensateEventDefinition": frozenset({"activityRef", "waitForCompletion"}),
    "standardLoopCharacteristics": frozenset({"testBefore", "loopMaximum"}),
    "multiInstanceLoopCharacteristics": frozenset(
        {"isSequential", "behavior", "noneBehaviorEventRef", "oneBehaviorEventRef"}
    ),
    "inputDataItem": frozenset({"isCollection", "itemSubjectRef"}),
    "outputDataItem": frozenset({"isCollection", "itemSubjectRef"}),
    "textAnnotation": frozenset({"textFormat"}),
    "association": frozenset({"sourceRef", "targetRef", "associationDirection"}),
    "group": frozenset({"categoryValueRef"}),
    "dataObject": frozenset({"isCollection", "itemSubjectRef"}),
    "dataObjectReference": frozenset({"dataObjectRef", "itemSubjectRef"}),
    "dataStoreReference": frozenset({"dataStoreRef", "itemSubjectRef"}),
    "dataStore": frozenset({"capacity", "isUnlimited", "itemSubjectRef"}),
    "itemDefinition": frozenset({"structureRef", "isCollection", "itemKind"}),
    "property": frozenset({"itemSubjectRef"}),
    "dataInput": frozenset({"isCollection", "itemSubjectRef"}),
    "dataOutput": frozenset({"isCollection", "itemSubjectRef"}),
    "transformation": _EXPRESSION,
    "from": _EXPRESSION,
    "to": _EXPRESSION,
    "documentation": frozenset({"textFormat"}),
}

FIXED: Final[Mapping[str, str]] = {
    "method": "##Compensate",
    "isImmediate": "true",
}
"""Attributes whose other values would change the meaning in a way we do not run."""

BOOLEAN: Final = frozenset(
    {
        "cancelActivity",
        "instantiate",
        "cancelRemainingInstances",
        "isCollection",
        "isForCompensation",
        "isInterrupting",
        "isSequential",
        "parallelMultiple",
        "testBefore",
        "triggeredByEvent",
        "waitForCompletion",
    }
)
"""Attributes that must be spelled true or false: XML also knows 1 and 0, which we do not read."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "behavior": ("None", "One", "All", "Complex"),
    "eventGatewayType": ("Exclusive", "Parallel"),
    "ordering": ("Parallel", "Sequential"),
}
"""Attributes with a closed list of values, all of which run."""

DRAWING: Final = frozenset(
    {
        "messageFlow",
        "dataState",
        "itemDefinition",
        "import",
        "conversationLink",
        "partnerEntity",
        "partnerRole",
        "participantMultiplicity",
        "interface",
        "endPoint",
        *_CONVERSATIONS,
    }
)
"""Elements that are shown but mean nothing to the kernel: reported as warnings."""

NOT_YET: Final[Mapping[str, str]] = {
    "linkEventDefinition": "此处的链接事件",
    "signalEventDefinition": "此处的信号事件",
    "errorEventDefinition": "此处的错误事件",
    "escalationEventDefinition": "此处的升级事件",
    "compensateEventDefinition": "此处的补偿事件",
    "conditionalEventDefinition": "此处的条件事件",
    "cancelEventDefinition": "此处的取消事件",
    "messageEventDefinition": "此处的消息事件",
    "timerEventDefinition": "此处的定时事件",
    "terminateEventDefinition": "此处的终止事件",
    "eventDefinitionRef": "此处引用的事件定义",
    "ioSpecification": "此处的数据输入输出规格",
    "dataInputAssociation": "此处的数据输入关联",
    "dataOutputAssociation": "此处的数据输出关联",
    "property": "此处的属性",
    "dataInput": "此处的数据输入",
    "dataOutput": "此处的数据输出",
    "ioBinding": "数据输入输出绑定",
    "whileExecutingInputRefs": "执行中的数据输入",
    "whileExecutingOutputRefs": "执行中的数据输出",
    "potentialOwner": "办理人定义",
    "humanPerformer": "办理人定义",
    "performer": "办理人定义",
    "resourceRole": "办理人定义",
    "correlationSubscription": "此处的消息关联",
    "correlationProperty": "此处的消息关联",
    "partitionElement": "泳道分组元素",
}
"""Known constructs by their Chinese names, for the words of the refusal."""
