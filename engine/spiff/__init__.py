"""Our flow node specifications for SpiffWorkflow: the only package that touches the library.

Spiff keeps a tree of everything that happened and guesses what may come; stock gateways, joins and
multi-instance loops read meaning out of that tree and go wrong in loops (engine-notes.md S1-S5).
Here the tree holds *tokens* only: a flow node creates its successors at the moment it completes, a
join counts arrivals per incoming flow, and variables live in scopes, not in copies along the tree.
So history can be forgotten at any time, and the cost of a step does not grow with the age of a
case (ADR 0004).
"""

import logging
from typing import Final

SPIFF_LOGGERS: Final = ("spiff.task", "spiff.workflow", "spiff.data")

for _name in SPIFF_LOGGERS:  # they log every state change with the data of the case
    logging.getLogger(_name).setLevel(logging.WARNING)
