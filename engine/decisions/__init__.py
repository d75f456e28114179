"""DMN models (DMN 1.3 to 1.5): read once, shown as tables, evaluated with their citations.

The whole of DMN's decision logic runs: decision tables with every hit policy and aggregator, all
boxed expressions, knowledge models, decision services, requirement graphs, item definitions and
imports.  External functions (Java, PMML) never do.  Anything else in a file is refused by name.
"""

from engine.decisions.errors import Conflict, DecisionError, UnknownDecision
from engine.decisions.facts import Fact
from engine.decisions.items import Shape
from engine.decisions.library import DecisionModel, parse_decisions, parse_models
from engine.decisions.model import (
    Aggregator,
    Decision,
    DecisionResult,
    DecisionService,
    DecisionTable,
    Element,
    HitPolicy,
    InputClause,
    InputData,
    KnowledgeModel,
    MatchedRule,
    OutputClause,
    Rule,
)

__all__ = [
    "Aggregator",
    "Conflict",
    "Decision",
    "DecisionError",
    "DecisionModel",
    "DecisionResult",
    "DecisionService",
    "DecisionTable",
    "Element",
    "Fact",
    "HitPolicy",
    "InputClause",
    "InputData",
    "KnowledgeModel",
    "MatchedRule",
    "OutputClause",
    "Rule",
    "Shape",
    "UnknownDecision",
    "parse_decisions",
    "parse_models",
]
