"""What the drawing itself says: which node stands before which, and inside which parallel branch.

Used for 退回 (return) and 自由跳转 (jump): a token may move within its own branch, or out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

from engine.model import FlowNode, NodeType, ProcessDefinition, SequenceFlow, SkipPolicy
from engine.vocabulary import SUB_PROCESSES

Region: TypeAlias = tuple[str, str]
Regions: TypeAlias = tuple[Region, ...]
Graph: TypeAlias = Mapping[str, tuple[str, ...]]

_ONE_WAY: Final = frozenset({NodeType.EXCLUSIVE_GATEWAY, NodeType.EVENT_BASED_GATEWAY})
"""Nodes that put a token on one of their outgoing flows only."""
SHARED: Final = ""
"""Branch part of the region of nodes that several branches of one fork lead to."""


def find_regions(
    nodes: Mapping[str, FlowNode],
    flows: Mapping[str, SequenceFlow],
    containers: Mapping[str, str],
    side_entries: Collection[str],
) -> dict[str, Regions]:
    """Return for each node the regions around it, outermost first.

    A parallel region is (forking node, first flow of the branch); its nodes are those that can
    only be reached through the gateway and lie before the point where all its branches meet again.
    What only a non-interrupting boundary event leads to (`side_entries`) is a region (event, first
    flow), since its token runs beside the others.  A sub-process is a region too: (its id, its id);
    `containers` maps nested nodes to the sub-process they stand in.
    """
    following = _following(nodes, flows)
    dominators = _dominators(following)
    forward, order = _without_back_edges(following)
    own: dict[str, list[Region]] = {node: [] for node in nodes}
    ways: dict[str, list[str]] = {node: [] for node in nodes}
    for flow in flows.values():
        ways[flow.source].append(flow.target)
    forks = [
        node.id
        for node in nodes.values()
        if node.id in side_entries or (node.type not in _ONE_WAY and len(ways[node.id]) > 1)
    ]
    for fork in sorted(forks, key=lambda fork: len(dominators[fork])):
        taken = [target for target in forward[fork] if target in ways[fork]]
        stop = frozenset() if fork in side_entries else _meeting(taken, forward, order)
        branches: dict[str, set[str]] = {}
        for flow in flows.values():
            if flow.source == fork:
                for node in _reachable(flow.target, following, stop):
                    if fork in dominators[node]:
                        branches.setdefault(node, set()).add(flow.id)
        for node, entries in branches.items():
            own[node].append((fork, min(entries) if len(entries) == 1 else SHARED))

    def around(node: str) -> Regions:
        container = containers.get(node)
        outer = () if container is None else (*around(container), (container, container))
        return (*outer, *own[node])

    return {node: around(node) for node in nodes}


def return_targets(process: ProcessDefinition, element_id: str) -> tuple[str, ...]:
    """Return the user tasks `element_id` may be returned to, in document order.

    They stand before it (not counting flows that lead back) and around it: in one of the regions
    the element itself stands in, or outside of all of them.  A side path may not lead back into a
    parallel branch, whose own token may have moved on meanwhile.
    """
    source = process.nodes[element_id]
    before = _ancestors(process, element_id)
    return tuple(
        node.id
        for node in process.user_tasks
        if node.id in before and _may_go_back(process, source.regions, node.regions)
    )


def only_call(
    process: ProcessDefinition, called: ProcessDefinition
) -> tuple[ProcessDefinition, str] | None:
    """Return the only call activity through which `process` leads to `called`, with its process.

    None when there are several, or none.
    """
    sites = [
        (caller, node.id)
        for caller in process.with_called
        for node in caller.nodes.values()
        if node.called == called.id
    ]
    return sites[0] if len(sites) == 1 and called is not process else None


def jump_targets(
    process: ProcessDefinition,
    source: str | None,
    standing: Collection[str],
    done: Collection[str],
) -> tuple[str, ...]:
    """Return the user tasks of the process a jump may lead to, in document order.

    From the element `source` its token jumps as a return would, forward too; without `source` all
    tokens, which are on `standing`, become one outside of all regions.  What may not be skipped is
    never jumped over: when it stands before the target, it stands before the tokens too, or it is
    `done`.  Handlers of compensation, which no flow leads to, are no targets.
    """
    around = process.nodes[source].regions if source is not None else ()
    order = _running_order(process)
    behind = set[str]().union(*(_before(order, node) for node in standing))
    fixed = _unskippable(process) - behind - set(done)
    starts = {node.id for node in process.nodes.values() if node.type is NodeType.START_EVENT}
    return tuple(
        node.id
        for node in process.user_tasks
        if node.id != source
        and _may_go_back(process, around, node.regions)
        and fixed.isdisjoint(before := _before(order, node.id))
        and not starts.isdisjoint(before)
    )


def has_unskippable_ahead(
    process: ProcessDefinition, element_id: str, done: Collection[str]
) -> bool:
    """Whether the process may not be left from the element: something not `done` is to come."""
    behind = _before(_running_order(process), element_id)
    return bool(_unskippable(process) - behind - set(done))


def _unskippable(process: ProcessDefinition) -> set[str]:
    """The tasks that may not be skipped, and the call activities that lead to such."""
    return {node.id for node in process.nodes.values() if _is_unskippable(process, node)}


def _is_unskippable(process: ProcessDefinition, node: FlowNode) -> bool:
    called = process.library.get(node.called or "")
    inside = called.with_called if called is not None else ()
    within = [inner for process in inside for inner in process.user_tasks]
    return any(task.skip_policy is SkipPolicy.NONE for task in (node, *within))


def _running_order(process: ProcessDefinition) -> Graph:
    """For each node those that follow it in time, flows that lead back left out.

    A sub-process leads to its start, and where its paths end to what follows it.
    """
    following = {
        node: list(targets) for node, targets in _following(process.nodes, process.flows).items()
    }
    nested = [n for n in process.nodes.values() if n.regions and _container(n)]
    for node in sorted(nested, key=lambda node: len(node.regions)):
        container = _container(node)
        if not following[node.id]:
            following[node.id].extend(following[container])
    for node in nested:
        if node.type is NodeType.START_EVENT:
            following[_container(node)].append(node.id)
    forward, _ = _without_back_edges(following)
    return _reversed(forward)


def _container(node: FlowNode) -> str:
    """The id of the sub-process around a node, empty when there is none."""
    scopes = (entry for entry, branch in reversed(node.regions) if entry == branch)
    return next(scopes, "")


def _before(order: Graph, element_id: str) -> set[str]:
    return _reachable(element_id, order, frozenset()) - {element_id}


def _may_go_back(process: ProcessDefinition, source: Regions, target: Regions) -> bool:
    if source[: len(target)] != target:
        return False
    scopes = [process.nodes[entry].type for entry, branch in target if entry == branch]
    if scopes and scopes[-1] is NodeType.AD_HOC_SUB_PROCESS:
        return False  # the same activity may run there several times, each by itself
    whole_scope = not target or process.nodes[target[-1][0]].type in SUB_PROCESSES
    left = [process.nodes[entry].type for entry, _ in source[len(target) :]]
    return whole_scope or NodeType.BOUNDARY_EVENT not in left


def _meeting(targets: Iterable[str], forward: Graph, order: list[str]) -> frozenset[str]:
    """The first node that all branches, begun at `targets`, lead to; none if they never meet."""
    ways = [_reachable(target, forward, frozenset()) for target in targets]
    common = set.intersection(*ways) if ways else set[str]()
    return frozenset(next(([node] for node in order if node in common), []))


def region_members(process: ProcessDefinition, regions: Regions) -> frozenset[str]:
    """Return the nodes inside the innermost of `regions`; all nodes for no region."""
    depth = len(regions)
    return frozenset(node.id for node in process.nodes.values() if node.regions[:depth] == regions)


def _ancestors(process: ProcessDefinition, element_id: str) -> set[str]:
    following = {
        node: list(targets) for node, targets in _following(process.nodes, process.flows).items()
    }
    entered = {target for targets in following.values() for target in targets}
    for node in process.nodes.values():
        starts = node.type is NodeType.START_EVENT and node.regions
        if starts or _is_chosen(process, node, entered):
            following[node.regions[-1][0]].append(node.id)
    forward, _ = _without_back_edges(following)
    return set(_reachable(element_id, _reversed(forward), frozenset())) - {element_id}


def _is_chosen(process: ProcessDefinition, node: FlowNode, entered: Collection[str]) -> bool:
    """Whether people start the node in an ad-hoc sub-process."""
    scope = process.nodes[node.regions[-1][0]] if node.regions else None
    ad_hoc = scope is not None and scope.type is NodeType.AD_HOC_SUB_PROCESS
    return ad_hoc and node.id not in entered


def _following(nodes: Mapping[str, FlowNode], flows: Mapping[str, SequenceFlow]) -> Graph:
    """Successors of each node; a boundary event follows its activity, a link leads on."""
    following: dict[str, list[str]] = {node: [] for node in nodes}
    for node in nodes.values():
        if node.attached_to in following:
            following[node.attached_to].append(node.id)
        if node.link in following:
            following[node.id].append(node.link)
    for flow in flows.values():
        if flow.source in following and flow.target in following:
            following[flow.source].append(flow.target)
    return {node: tuple(targets) for node, targets in following.items()}


def _reversed(graph: Mapping[str, Iterable[str]]) -> Graph:
    backwards: dict[str, list[str]] = {node: [] for node in graph}
    for node, targets in graph.items():
        for target in targets:
            backwards[target].append(node)
    return {node: tuple(sources) for node, sources in backwards.items()}


def _reachable(start: str, graph: Graph, stop: frozenset[str]) -> set[str]:
    found: set[str] = set()
    pending = [start]
    while pending:
        node = pending.pop()
        if node not in found and node not in stop:
            found.add(node)
            pending.extend(graph[node])
    return found


def _dominators(graph: Graph) -> dict[str, frozenset[str]]:
    """Return for each node the nodes on all ways to it from any node without predecessor."""
    sources = _reversed(graph)
    everything = frozenset(graph)
    found = {node: everything if sources[node] else frozenset({node}) for node in graph}
    changed = True
    while changed:
        changed = False
        for node, before in sources.items():
            if before:
                new = frozenset.intersection(*(found[source] for source in before)) | {node}
                if new != found[node]:
                    found[node] = new
                    changed = True
    return found


def _without_back_edges(following: Mapping[str, Iterable[str]]) -> tuple[Graph, list[str]]:
    """Drop the edges that close a cycle, walking depth first in document order.

    Returns the remaining graph and its nodes, each before those that follow it.
    """
    forward: dict[str, list[str]] = {node: [] for node in following}
    done: dict[str, None] = {}
    path: set[str] = set()
    entered = {target for targets in following.values() for target in targets}
    roots = [node for node in following if node not in entered]
    for root in (*roots, *following):
        if root in done:
            continue
        path.add(root)
        stack = [(root, iter(tuple(following[root])))]
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                path.discard(node)
                done[node] = None
                continue
            if target in path:
                continue
            forward[node].append(target)
            if target not in done:
                path.add(target)
                stack.append((target, iter(tuple(following[target]))))
    return {node: tuple(targets) for node, targets in forward.items()}, list(reversed(done))
