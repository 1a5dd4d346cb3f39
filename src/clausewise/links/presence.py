"""Whether a thing of the run is still there, and whole, where a request about it was lost.

Something may have taken it away that no document tells of: a session its kernel. And a request that
crashed may have stored what makes every later one about the thing crash, whatever that asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from clausewise.contract import Operation
from clausewise.contract.path_templates import path_names
from clausewise.judge.outcomes import GONE, ON_THE_WAY
from clausewise.links.binding import Binding, Chosen
from clausewise.links.catalogue import Catalogue
from clausewise.links.givers import Givers
from clausewise.links.names import as_read
from clausewise.links.needs import bare
from clausewise.links.proving import Proofs
from clausewise.links.seen import Instance
from clausewise.plan.case_values import pinned_names
from clausewise.plan.cases import Case
from clausewise.pointer import escape, put
from clausewise.record.ledger import Entry


class Presence:
    """Looks for things by a safe operation of just their path."""

    def __init__(
        self,
        catalogue: Catalogue,
        proofs: Proofs,
        givers: Givers,
        send: Callable[[Case, Sequence[int]], Entry],
    ) -> None:
        """It reads what the others know, and sends what a safe operation was served with."""
        self._catalogue = catalogue
        self._proofs = proofs
        self._givers = givers
        self._send = send

    def looked_for(self, entry: Entry, binding: Binding) -> Entry | None:
        """What a safe operation says of a thing of ours that another was refused with.

        Gives the exchange that shows it is gone, and takes note; else None. A thing that crashes
        its reader as well is spoiled: it is asked about no more. Raises Stopped.
        """
        operation = self._catalogue.contract.operations[entry.case.operation]
        target = binding.target
        if target is None or operation.safe or not target.instance.made or target.instance.gone:
            return None
        missed = entry.exchange.status in GONE and entry.case.expect == "accepted"
        if not (missed or entry.outcome == "crashed") or pinned_names(entry.case):
            return None
        reader = self._reader_of(target)
        if reader is None:
            return None
        before = dict.fromkeys((*target.instance.entries, *entry.after, entry.id))
        answer = self._send(
            self._reading(reader, (*target.instance.context, str(target.value))), tuple(before)
        )
        if answer.exchange.status in GONE:
            target.instance.gone = True
            return answer if entry.case.expect == "accepted" else None
        on_the_way = answer.exchange.status in ON_THE_WAY
        target.instance.spoiled = answer.outcome == "crashed" and not on_the_way
        return None

    def read_at(self, operation: Operation, path: Mapping[str, Any]) -> Entry | None:
        """What a safe operation of just the path of another one says; None where there is none."""
        reader = self.reader_at(operation)
        values = [str(path[name]) for name in path_names(operation.path) if name in path]
        return self._send(self._reading(reader, values), ()) if reader is not None else None

    def reader_at(self, operation: Operation) -> Operation | None:
        """The safe operation of just the path of another one, if there is one."""
        readers = self._catalogue.at(bare(operation.path))
        return next((o for o in readers if o.method == "GET"), None)

    def read_back(self, thing: Instance) -> Entry | None:
        """A thing of ours by a safe operation that is known to find such things by name."""
        path = f"{thing.collection}/{{}}"
        known = self._proofs.goes_by(path)
        names = (v for e, v in thing.names.items() if (thing.source, e) in known)
        name = next(names, None)
        reader = next((o for o in self._catalogue.at(path) if o.method == "GET"), None)
        if name is None or reader is None:
            return None
        return self._send(self._reading(reader, (*thing.context, str(name))), thing.entries)

    def _reading(self, reader: Operation, values: Sequence[str]) -> Case:
        case = self._givers.like_one_served(reader.id)
        for need, value in zip(self._catalogue.path_needs(reader.id), values, strict=False):
            at = f"/path/{escape(need.name)}"
            whole = put({"path": {}} | dict(case.value), at, as_read(need, value))
            case = replace(case, value=whole, pinned=case.pinned | {at}, expect="either")
        return case

    def _reader_of(self, target: Chosen) -> Operation | None:
        """A safe operation of just the path of a thing, which tells such things apart by name."""
        path = f"{target.need.around}/{{}}"
        if (target.instance.source, target.expression) not in self._proofs.goes_by(path):
            return None
        asked = self._proofs.careful(target)
        return next((o for o in self._catalogue.at(path) if o.safe and o.id in asked), None)
