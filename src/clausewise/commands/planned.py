"""Planned requests, shown to a reader or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clausewise.contract.media_types import media_type
from clausewise.pack import Pack

if TYPE_CHECKING:
    from clausewise.contract.requests import Encoded
    from clausewise.links.catalogue import Catalogue
    from clausewise.plan.cases import Case

_encoder = json.JSONEncoder(ensure_ascii=False)


class Shower:
    """Shows cases as they will be sent, as far as that is known before a run."""

    def __init__(self, pack: Pack, catalogue: Catalogue) -> None:
        self._pack = pack
        self.catalogue = catalogue
        self._sources: dict[str, dict[str, tuple[str, str]]] = {}

    def as_lines(self, case: Case) -> Iterator[str]:
        """A case for a reader: what it is for, and the request."""
        yield f"{case.id}  {case.kind}, {case.expect} expected: {case.label}"
        for clause in case.probes:
            yield f"    probes {clause}"
        yield from (f"    {line}" for line in self.request(case))
        if case.needs is not None:
            supply, state = case.needs
            yield f"    needs a {supply}{f' that is {state}' if state else ''}"

    def request(self, case: Case) -> Iterator[str]:
        """The request of a case, then what else of it a server reads, each on a line."""
        from clausewise.plan.cases import encoded_case, with_query
        from clausewise.report.showing import one_line

        operation = self._pack.contract.operations[case.operation]
        wire = encoded_case(operation, case)
        target = with_query(self._path(case, wire), wire.query)
        none = "(no body)" if operation.contents else ""
        content = _content(wire)
        yield one_line(
            f"{operation.method} {target} {none if content is None else content}"
        ).rstrip()
        headers = [*wire.headers]
        if wire.cookies:
            headers.append(("Cookie", wire.cookies))
        if content is not None and not media_type(wire.content_type or "").is_json:
            headers.append(("Content-Type", wire.content_type or "none"))
        yield from (one_line(f"  {name}: {value}") for name, value in headers)

    def as_json(self, case: Case) -> str:
        """A case as a JSON object, on one line."""
        from clausewise.plan.cases import encoded_case, with_query

        operation = self._pack.contract.operations[case.operation]
        wire = encoded_case(operation, case)
        plain = {
            "id": case.id,
            "operation": case.operation,
            "kind": case.kind,
            "expect": case.expect,
            "label": case.label,
            "probes": list(case.probes),
            "method": operation.method,
            "path": with_query(self._path(case, wire), wire.query),
            "headers": dict(wire.headers),
            "cookies": wire.cookies,
            "media_type": wire.content_type,
            "credential": case.credential,
            "content": _content(wire),
        }
        return _encoder.encode(plain)

    def _path(self, case: Case, wire: Encoded) -> str:
        """The path of a case; `{NAME from OPERATION}` where a run puts what another one gave."""
        from clausewise.plan.cases import encoded_case

        given = self._given(case)
        if not given:
            return wire.path
        path = {name: value for name, value in case.part("path").items() if name not in given}
        operation = self._pack.contract.operations[case.operation]
        text = encoded_case(operation, case, {"path": path}).path
        for name, source in given.items():
            text = text.replace(f"{{{name}}}", f"{{{name} from {source}}}")
        return text

    def _given(self, case: Case) -> dict[str, str]:
        """The path parameters that a run has from other operations, and from which."""
        supply = self._pack.supply_for(case.operation)
        if supply is not None:
            names = supply.named_in_path(case.operation) if case.needs is not None else set()
            return {name: supply.operation for name in case.part("path") if name in names}
        return {
            name: source
            for name, (pointer, source) in self._sources_of(case.operation).items()
            if not case.is_pinned(f"/path{pointer}")
        }

    def _sources_of(self, operation: str) -> dict[str, tuple[str, str]]:
        """By name, the pointer of each path parameter and the operation that gives it."""
        if operation not in self._sources:
            found = self._sources[operation] = {}
            for need in self.catalogue.path_needs(operation):
                collections = [self.catalogue.collections[path] for path in need.collections]
                for collection in collections:
                    givers = (*collection.makers, *collection.lists, *collection.shown_by)
                    other = next((giver for giver in givers if giver != operation), None)
                    if other is not None:
                        found.setdefault(need.name, (need.pointer, other))
        return self._sources[operation]


def _content(wire: Encoded) -> str | None:
    return wire.content.decode("utf-8", "replace") if wire.content is not None else None
