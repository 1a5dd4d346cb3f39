"""Confirming: what looks like a finding is asked again before it is one.

A request comes out the same again, while a lawful one still comes out right; or its outcome is a
matter of chance, and then it says nothing of what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from clausewise.contract.ids import read_id
from clausewise.diagnosis.causes import size
from clausewise.judge.outcomes import ABOUT_THE_REQUEST, answered, in_words, is_passing
from clausewise.judge.refusals import says_taken, speaks_of_use
from clausewise.plan.cases import AGAIN, LAWFUL, Case, again
from clausewise.plan.plan import OperationPlan
from clausewise.record.doubts import at_the_root
from clausewise.record.ledger import Blame, Entry, Ledger, Note

# The kind of the note that one and the same request was answered in two ways.
VARYING = "replies vary"
# Of the findings of one root, so many first ones are asked again, and then each of so many.
FIRST, EACH = 3, 10
# A part of which nearly every broken request is accepted is not validated at all: one root.
MOST_LENIENT, AT_LEAST = 0.8, 10
_LAWFUL = (*LAWFUL, "control")
_PLANNED = ("negative", "transport", "rule", *_LAWFUL)

SendAll = Callable[[Sequence[Case]], list[Entry]]


class Confirming:
    """Asks again about one operation. `send_all` sends cases in order, those of a group together.

    What is confirmed, and what is not and why, is noted in the ledger.
    """

    def __init__(self, plan: OperationPlan, ledger: Ledger, send_all: SendAll) -> None:
        self._plan = plan
        self._ledger = ledger
        self._send_all = send_all
        self._operation = plan.operation
        # Whether a lawful request came out right since something was changed last.
        self._controlled = False
        self._sent = 0

    def run(self, last: bool = False) -> None:
        """Ask again about everything that no confirmation was tried of. Raises Stopped.

        What gave no reply, where nothing lawful shows that the target is there, waits for the
        `last` time, when others may have been answered.
        """
        for root in self._roots():
            silent = root[0].outcome == "no reply"
            if silent and not last and not self._lawful():
                continue
            first = 1 if silent else FIRST
            sample = [e for n, e in enumerate(root) if n < first or n % EACH == EACH - 1]
            came = [self._ask(entry) for entry in sample]
            rest = [entry for entry in root if entry not in sample]
            if all(came):
                for entry in rest:
                    self._ledger.confirmed[entry.id] = self._ledger.confirmed[sample[0].id]
            elif rest:
                for entry in rest:
                    self._ask(entry)

    def _roots(self) -> list[list[Entry]]:
        """The entries to ask again about, those of one likely cause together."""
        open_entries = [entry for entry in self._entries() if self._looks_bad(entry)]
        lenient = _by_part(e for e in open_entries if e.outcome == "accepted")
        negatives = _by_part(
            e for e in self._entries() if e.case.kind == "negative" and _settled(e)
        )
        careless = {
            part
            for part, found in lenient.items()
            if len(found) >= AT_LEAST and len(found) >= MOST_LENIENT * len(negatives.get(part, ()))
        }
        roots: dict[tuple[str, ...], list[Entry]] = {}
        for entry in open_entries:
            part, keyword = _about(entry)
            key = (entry.outcome, part, "" if part in careless else keyword)
            roots.setdefault(key, []).append(entry)
        for blame in self._blames():
            entry = self._ledger.entries[blame.entry - 1]
            roots[("blame", str(blame.entry))] = [entry]
        return list(roots.values())

    def _entries(self) -> Iterator[Entry]:
        for entry in self._ledger.of(self._operation.id):
            if entry.case.kind in _PLANNED:
                yield entry

    def _blames(self) -> Iterator[Blame]:
        for blame in list(self._ledger.blames):
            entry = self._ledger.entries[blame.entry - 1]
            if entry.case.operation == self._operation.id and self._is_open(entry):
                yield blame

    def _is_open(self, entry: Entry) -> bool:
        known = (self._ledger.confirmed, self._ledger.explained, self._ledger.hiccups)
        return not any(entry.id in already for already in known)

    def _looks_bad(self, entry: Entry) -> bool:
        """Whether an entry would make a finding that needs a confirmation."""
        if not self._is_open(entry):
            return False
        expect = entry.case.expect
        if entry.case.probes and (expect, entry.outcome) in (
            ("refused", "accepted"),
            ("accepted", "refused"),
        ):
            return True
        return is_passing(self._operation, entry.exchange)

    def _ask(self, entry: Entry) -> bool:
        """Send a request again; gives whether it came out the same."""
        ledger = self._ledger
        if not self._controlled and not self._control(entry):
            return False
        repeated = self._repeat(entry)
        if repeated is None:
            ledger.explained[entry.id] = "seen once: what it needs could not be had again"
            return False
        if repeated.outcome == "accepted" and not self._operation.safe:
            self._controlled = False
        # What is in use by then was taken for good the first time: by what was made, or by what
        # was changed, if another thing says so in words (any 409 may be about that one's state).
        kept = says_taken(repeated.exchange.response, repeated.outcome)
        if self._operation.method != "POST":
            is_another = repeated.exchange.request.path != entry.exchange.request.path
            kept = kept and is_another and speaks_of_use(repeated.exchange.response)
        if repeated.outcome == entry.outcome or (entry.outcome == "accepted" and kept):
            ledger.confirmed[entry.id] = repeated.id
            ledger.confirmed[repeated.id] = entry.id
            return True
        self._tell_difference(entry, repeated)
        return False

    def _tell_difference(self, entry: Entry, repeated: Entry) -> None:
        ledger = self._ledger
        if entry.outcome in ABOUT_THE_REQUEST and repeated.outcome not in ABOUT_THE_REQUEST:
            why = in_words(repeated.outcome, repeated.exchange.response, repeated.exchange.failure)
            ledger.explained[entry.id] = f"seen once; asked again (exchange {repeated.id}), {why}"
            return
        if is_passing(self._operation, entry.exchange):
            ledger.hiccups[entry.id] = repeated.id
            return
        tell_varying(ledger, entry, repeated)

    def _lawful(self) -> list[Entry]:
        """Lawful requests that were accepted, best those that are no step of a rule."""
        known = [
            entry
            for entry in self._entries()
            if entry.outcome == "accepted"
            and entry.case.expect == "accepted"
            and entry.case.kind in _LAWFUL
        ]
        return [entry for entry in known if entry.case.group is None] or known

    def _elsewhere(self) -> list[Entry]:
        """An accepted lawful request of another operation, best one that changes nothing."""
        accepted = [
            entry
            for entry in list(self._ledger.entries)
            if entry.outcome == "accepted"
            and entry.case.expect == "accepted"
            and entry.case.kind in _LAWFUL
        ]
        safe = [entry for entry in accepted if entry.exchange.request.method in ("GET", "HEAD")]
        return (safe or accepted)[:1]

    def _control(self, about: Entry) -> bool:
        """See a lawful request come out right once more, where one ever did."""
        known = self._lawful() or (self._elsewhere() if about.outcome == "no reply" else [])
        if not known:
            return True  # nothing lawful is accepted: that is weighed by the verdict
        best = min(known, key=size)
        again = self._repeat(best, kind="control")
        # What its reply broke before, this one may break as well, or what breaches left; no more.
        right = (
            again is not None
            and again.outcome == "accepted"
            and _broken_alone(again) <= _broken_alone(best) | self._left(about)
        )
        if not right:
            number = f"exchange {again.id}" if again is not None else "it could not be sent"
            self._ledger.explained[about.id] = (
                f"seen once; a lawful request did not come out right any more ({number})"
            )
        self._controlled = right
        return right

    def _left(self, about: Entry) -> set[str]:
        """What replies may break since a breach was taken, this one or another one."""
        taken = (
            entry
            for entry in self._entries()
            if (entry.case.expect, entry.outcome) == ("refused", "accepted")
        )
        return _kept_from(about).union(*map(_kept_from, taken))

    def _repeat(self, entry: Entry, kind: str | None = None) -> Entry | None:
        """The entry of the same request once more, with what comes before it in its group."""
        self._sent += 1
        mark, case = f"{AGAIN}-{self._sent}", entry.case
        together = case.group is not None and kind is None
        group = [c for c in self._plan.cases if c.group == case.group] if together else None
        steps = group[: _index(group, case) + 1] if group else [case]
        cases = [again(one, mark, self._plan.leased) for one in steps]
        if kind == "control":
            cases = [_as_control(cases[0])]
        wanted = cases[-1].id
        return next((e for e in self._send_all(cases) if e.case.id == wanted), None)


def tell_varying(ledger: Ledger, entry: Entry, repeated: Entry) -> None:
    """Note that one and the same request was answered in two ways."""
    name = entry.case.operation
    first, then = (answered(e.exchange.response, e.exchange.failure) for e in (entry, repeated))
    text = (
        f"replies vary: {name} {first} in exchange {entry.id} and {then} in exchange "
        f"{repeated.id}, which is the same request"
    )
    ledger.explained[entry.id] = ledger.explained[repeated.id] = text
    ledger.notes.append(Note(VARYING, name, text, entry.id))


def _broken_alone(entry: Entry) -> set[str]:
    """The clauses that a reply breaks by itself; rules may speak of others before it as well."""
    return {breach.clause for breach in entry.judgement.broken if ":rule:" not in breach.clause}


def _kept_from(entry: Entry) -> set[str]:
    """What a reply breaks within its body: a value that was taken shows in later replies too."""
    broken = _broken_alone(entry)
    sent = {clause.partition("#/")[2] for clause in entry.case.probes} - {""}
    echoed = {one for one in broken if one.partition("#/")[2] in sent}
    return echoed | {one for one in broken if not at_the_root(one)}


def _as_control(case: Case) -> Case:
    label = "a lawful request again, for what looks like a finding"
    return replace(case, kind="control", label=label, group=None)


def _index(group: Sequence[Case], case: Case) -> int:
    return next(n for n, one in enumerate(group) if one.id == case.id)


def _about(entry: Entry) -> tuple[str, str]:
    """The part and the keyword that a case is about, by the first clause that it probes."""
    if not entry.case.probes:
        return entry.case.kind, entry.case.kind
    probed = read_id(entry.case.probes[0])
    return probed.part, probed.kind


def _settled(entry: Entry) -> bool:
    return entry.outcome in ABOUT_THE_REQUEST


def _by_part(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(_about(entry)[0], []).append(entry)
    return found
