"""OpenAPI documents as operations: what can't be read costs itself, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from clausewise.contract.clauses import Clause
from clausewise.contract.documents import Documents
from clausewise.contract.ids import encoded_name
from clausewise.contract.keywords import KEYWORDS
from clausewise.contract.nodes import Base, Nodes
from clausewise.contract.openapi30 import modernised
from clausewise.contract.operation import NotJudged, Operation
from clausewise.contract.operation_clauses import reply_clauses, request_clauses
from clausewise.contract.path_templates import METHODS, without_names
from clausewise.contract.reading_contents import read_body
from clausewise.contract.reading_parameters import read_parameters
from clausewise.contract.reading_replies import links_of, replies_of
from clausewise.contract.reading_security import read_security
from clausewise.contract.servers import on_another_host, servers_of
from clausewise.contract.source import Source
from clausewise.contract.swagger2 import PRODUCES, converted
from clausewise.cutting import brief, quoted
from clausewise.errors import ContractError

# The largest public APIs stay below; beyond, reading alone would take minutes.
MOST_OPERATIONS = 5_000
_VERSIONS = ("3.0", "3.1", "3.2")


def read_operations(
    documents: Documents, path: Path
) -> tuple[dict[str, Any], dict[str, Operation], Callable[[], tuple[NotJudged, ...]]]:
    """Read an OpenAPI document: its root object, its operations by id, and what is not judged.

    What is not judged is known once all is read: the last of these reads on, and tells it. Raises
    ContractError where it is no OpenAPI document at all, with file and line.
    """
    document = documents.read(path)
    root = document.data
    is_new = documents.words_of_30 is None  # else it is in other words already
    if is_new and isinstance(root, dict) and str(root.get("swagger", "")).startswith("2."):
        converted(root, documents.adopt)
    version = root.get("openapi") if isinstance(root, dict) else None
    if isinstance(version, float):  # 3.1 without quotes, which is meant all the same
        version = str(version)
    if not isinstance(version, str) or not version.startswith(_VERSIONS):
        raise ContractError(
            "an OpenAPI 3.0, 3.1 or 3.2 document is needed, or a Swagger 2.0 one, `openapi` is "
            f"{version!r}",
            document.name,
            1,
        )
    if version.startswith("3.0"):
        documents.words_of_30 = version
        modernised(root, version)
    nodes = Nodes(documents, path, root)
    nodes.miss_misspelt(document.name, root, "the document")
    operations = {operation.id: operation for operation in _operations(nodes)}
    _pair_twins(nodes, operations.values())

    def not_judged() -> tuple[NotJudged, ...]:
        for operation in operations.values():
            operation.clauses.keys()
        doubles = (
            NotJudged(at.file, f"key {brief(repr(key))} stands twice; the last one is read", at)
            for key, at in documents.doubles()
        )
        return (*doubles, *(miss for page in nodes.misses for miss in page))

    return root, operations, not_judged


class _Listed(NamedTuple):
    """An operation as a document lists it: `node` is what its path item has under the method."""

    template: str
    method: str
    node: Any
    item: dict[str, Any]
    base: Base


def _operations(nodes: Nodes) -> Iterator[Operation]:
    ids: set[str] = set()
    for listed in _all_listed(nodes):
        if len(ids) == MOST_OPERATIONS:
            reason = f"the document has more than {MOST_OPERATIONS} operations; split it"
            name = f"{listed.method.upper()} {listed.template}"
            nodes.miss(name, reason, listed.item, listed.method)
            continue
        nodes.turn_page()
        operation = _operation(nodes, listed, ids)
        nodes.turn_page()
        ids.add(operation.id)
        yield operation


def _pair_twins(nodes: Nodes, operations: Iterable[Operation]) -> None:
    """Tell operations of each other whose paths differ in names alone (OpenAPI 3.1, 4.8.8.1).

    A fragment is such a name: it tells operations apart for readers, and no server gets it.
    """
    alike: dict[tuple[str, str], list[Operation]] = {}
    for operation in operations:
        shape = operation.method, without_names(operation.path.partition("#")[0])
        if not operation.servers:
            alike.setdefault(shape, []).append(operation)
    for first, *others in alike.values():
        for before, operation in pairwise((first, *others)):
            before.twin, operation.twin = operation.id, first.id
            reason = f"its path is that of {first.id} as well, which may accept what it refuses"
            nodes.note(NotJudged(operation.id, reason, operation.source))


def _all_listed(nodes: Nodes) -> Iterator[_Listed]:
    paths = nodes.root.get("paths")
    paths = {} if paths is None else paths
    if not isinstance(paths, dict):
        raise nodes.wrong(f"`paths` is an object, not {quoted(paths)}", nodes.root, "paths")
    _name_untested(nodes)
    for name, listed in paths.items():
        template = _template(nodes, name, paths)
        if template is None:
            continue
        try:
            item, base = _item(nodes, listed, paths, name)
        except ContractError as error:
            nodes.miss_error(template, error)
            continue
        nodes.miss_misspelt(template, item, "a path item")
        methods = {key: item[key] for key in item if key in METHODS}
        more = item.get("additionalOperations")  # OpenAPI 3.2
        methods |= more if isinstance(more, dict) else {}
        for method, node in methods.items():
            yield _Listed(template, method, node, item, base)


def _template(nodes: Nodes, name: str, paths: dict[str, Any]) -> str | None:
    """The path that a key of `paths` stands for; None for what is no path.

    One without the slash before it (OpenAPI 3.1, section 4.8.8.1) can mean nothing else.
    """
    if name.startswith("/"):
        return name
    if name.startswith("x-"):
        return None
    template = f"/{name}"
    told = "" if template in paths else f"; it is read as {template}"
    nodes.miss(name, f"a path begins with a slash, not {name!r}{told}", paths, name)
    return None if template in paths else template


def _item(
    nodes: Nodes, listed: Any, paths: dict[str, Any], template: str
) -> tuple[dict[str, Any], Base]:
    """A path item; what stands beside its `$ref` goes before what the `$ref` leads to."""
    item, base = nodes.resolve(listed, nodes.base, paths, template)
    if item is not listed and isinstance(listed, dict) and listed.keys() - {"$ref"}:
        beside = {key: node for key, node in listed.items() if key != "$ref"}
        nodes.documents.adopt(beside, listed)
        for key, node in item.items():
            beside.setdefault(key, node)
        return beside, base
    return item, base


def _name_untested(nodes: Nodes) -> None:
    for name in nodes.root.get("webhooks") or {}:
        reason = "a webhook: the API calls its users, which no request of ours can bring about"
        nodes.miss(f"webhook {name}", reason, nodes.root, "webhooks")


def _operation(nodes: Nodes, listed: _Listed, ids: set[str]) -> Operation:
    """The operation, with an id that is none of `ids`; what can't be read of it costs itself."""
    template, method, item = listed.template, listed.method, listed.item
    try:
        node, base = nodes.resolve(listed.node, listed.base, item, method)
    except ContractError as error:
        operation = Operation(_id_of(None, method, template, ids), method.upper(), template, "")
        nodes.cannot_ask(operation, error)
        return _finished(nodes, operation, {}, None)
    name = node.get("operationId")
    operation = Operation(
        _id_of(name, method, template, ids),
        method.upper(),
        template,
        str(node.get("summary", name or template)),
        tuple(str(tag) for tag in node.get("tags") or () if isinstance(tag, str)),
        source=nodes.documents.source(item, method) or nodes.documents.source(node, "responses"),
        produces=tuple(node.get(PRODUCES) or ()),
    )
    nodes.miss_misspelt(operation.id, node, "an operation")
    base = base.within(nodes.root).within(node)
    read_parameters(nodes, operation, item, node, base)
    with nodes.costing(operation, doubt=True):
        read_body(nodes, operation, node, base)
    replies = nodes.later(lambda: replies_of(nodes, operation, node, base))
    operation.replies = replies
    operation.links = nodes.later(lambda: links_of(nodes, node, base))
    with nodes.costing(operation):
        read_security(nodes, operation, node)
    operation.servers = servers_of(node) or servers_of(item)
    host = on_another_host(operation.servers, servers_of(nodes.root))
    if host is not None:
        around = node if "servers" in node else item
        said = f"it is served by {host}, not where the rest of the document is"
        nodes.cannot_ask(operation, nodes.wrong(said, around, "servers"))
    if node.get("callbacks"):
        reason = "its callbacks are not tested: they are requests of the API, not to it"
        nodes.miss(operation.id, reason, node, "callbacks")
    return _finished(nodes, operation, node, base.tag)


def _finished(
    nodes: Nodes, operation: Operation, node: dict[str, Any], tag: str | None
) -> Operation:
    def source(key: str) -> Source | None:
        return (
            nodes.documents.source(node, key)
            or nodes.documents.source(nodes.root, key)
            or operation.source
            or nodes.documents.source(nodes.root, "paths")
        )

    requested = nodes.later(lambda: _by_id(request_clauses(operation, source, tag)))

    def clauses() -> dict[str, Clause]:
        found = _by_id([*requested.values(), *reply_clauses(operation, source, tag)])
        _miss_keywords(nodes, operation, found)
        return found

    operation.requested, operation.clauses = requested, nodes.later(clauses)
    return operation


def _miss_keywords(nodes: Nodes, operation: Operation, clauses: dict[str, Clause]) -> None:
    """Tell of keywords that could not be read and make no clause that could say so."""
    told = {clause.untestable for clause in clauses.values()}
    messages = [parameter.message for parameter in operation.parameters]
    for contents in (operation.contents, *(r.contents for r in operation.replies.values())):
        messages += [content.item or content.message for content in contents]
    for reply in operation.replies.values():
        messages += [header.message for header in reply.headers]
    for message in messages:
        for one in message.schema.ignored:
            if (one.lost or one.keyword not in KEYWORDS) and str(one) not in told:
                told.add(str(one))
                nodes.note(NotJudged(operation.id, str(one), one.source))


def _id_of(name: Any, method: str, template: str, ids: set[str]) -> str:
    """The operationId; `METHOD_path` where there is none, or another operation has it."""
    if isinstance(name, str) and name and encoded_name(name) not in ids:
        return encoded_name(name)
    made = encoded_name(f"{method.lower()}_{template}")
    number = 2
    while made in ids:
        made = encoded_name(f"{method.lower()}_{template}_{number}")
        number += 1
    return made


def _by_id(clauses: Iterable[Clause]) -> dict[str, Clause]:
    """The clauses by id; of two that have one, the first."""
    found: dict[str, Clause] = {}
    for clause in clauses:
        found.setdefault(clause.id, clause)
    return found
