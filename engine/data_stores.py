"""Data stores: data that outlives the instances and is shared by them (BPMN 2.0.2, 10.4.1).

Activities read and write a store by data associations with a reference to it.  Who runs the
instances keeps the stores: the kernel is given what they hold and says what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn, local_name
from engine.data import Association, all_associations, item, variable_name
from engine.expressions import feel_text

_REFERENCE: Final = "dataStoreReference"


def store_key(reference: etree._Element) -> str:
    """Return the id of the store a reference stands for: its own when it names none."""
    referred = reference.get("dataStoreRef", "").strip().rpartition(":")[2]
    return referred or reference.get("id", "")


def store_named(around: etree._Element, reference: str) -> etree._Element | None:
    """Return the data store reference of the process with this id, if it is one."""
    element = item(around, reference)
    return element if element is not None and local_name(element.tag) == _REFERENCE else None


def store_reads(activity: etree._Element) -> tuple[tuple[str, str], ...]:
    """Return which names in the input associations of an activity stand for which stores."""
    found = {}
    for association in all_associations(activity, "dataInputAssociation"):
        for source in association.sources:
            store = store_named(activity, source)
            if store is not None:
                found[variable_name(store) or ""] = store_key(store)
    return tuple(found.items())


def store_writes(activity: etree._Element) -> tuple[tuple[str, str], ...]:
    """Return the stores an activity writes when it completes, each with its FEEL text."""
    return tuple(_writes(activity))


def written_text(activity: etree._Element, association: Association) -> str | None:
    """Return the FEEL text of what an association writes to a store; None when it is not clear."""
    if association.assignments:
        only = len(association.assignments) == 1 and association.transformation is None
        return feel_text(association.assignments[0][1]) or None if only else None
    if association.transformation is not None:
        return feel_text(association.transformation) or None
    source = item(activity, association.sources[0]) if len(association.sources) == 1 else None
    return None if source is None else variable_name(source)


def idle_stores(root: etree._Element) -> Iterator[etree._Element]:
    """The data stores of a file, and references to them, that no association reads or writes."""
    named = {(end.text or "").strip() for end in root.iter(bpmn("sourceRef"), bpmn("targetRef"))}
    used = set()
    for reference in root.iter(bpmn(_REFERENCE)):
        if reference.get("id") in named:
            used.add(store_key(reference))
        else:
            yield reference
    yield from (store for store in root.iter(bpmn("dataStore")) if store.get("id") not in used)


def _writes(activity: etree._Element) -> Iterator[tuple[str, str]]:
    for association in all_associations(activity, "dataOutputAssociation"):
        store = store_named(activity, association.target)
        if store is not None and not association.is_drawing:
            yield store_key(store), written_text(activity, association) or "null"
