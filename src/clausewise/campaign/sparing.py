"""What is not sent, since it would destroy or change what the run has not made."""

from __future__ import annotations

from clausewise.campaign.order import CHANGES_ALL, left_out
from clausewise.contract import Operation
from clausewise.diagnosis.states import acts_on_a_thing
from clausewise.links.binding import Binding
from clausewise.links.catalogue import Catalogue
from clausewise.links.destroying import said_by_a_value
from clausewise.links.links import Links
from clausewise.pack import Pack
from clausewise.pack.settings import Settings
from clausewise.plan.case_values import pinned_names
from clausewise.plan.cases import Case, Unsupplied


class LeftOut(Unsupplied):
    """A request is not sent since it would destroy what the run has not made, or change anything.

    `str()` says so.
    """


class Sparing:
    """Looks at each request before it is sent: what is not of this run is spared."""

    def __init__(self, pack: Pack, settings: Settings, links: Links) -> None:
        self._pack = pack
        self._settings = settings
        self._links = links
        # By operation, whether it is about things of this run alone whatever a request of it says.
        self._wanting: dict[str, bool] = {}
        # The URLs where a safe operation found nothing.
        self._nobodies: set[str] = set()

    def let_change(self, operation: Operation) -> None:
        """Raise LeftOut for what may change something in a run that reads only."""
        if self._settings.read_only and not operation.safe:
            raise LeftOut(
                f"left out: {operation.method} may change something, and this run is read-only"
            )

    def wants_ours(self, operation: Operation, why_it_destroys: str | None) -> bool:
        """Whether a request is to be about things of this run alone."""
        if self._settings.destructive:
            return False
        if operation.id not in self._wanting:
            catalogue = self._links.catalogue
            self._wanting[operation.id] = (
                operation.method in ("PUT", "PATCH")
                or catalogue.names_what_it_makes(operation)
                or catalogue.changes_all(operation)
                or self._acts_for_good(operation)
            )
        return self._wanting[operation.id] or why_it_destroys is not None

    def why_it_destroys(self, operation: Operation, case: Case) -> str | None:
        """Why a request counts as one that destroys; None where it does not."""
        why = self._links.catalogue.destroys(operation)
        return why or (None if operation.safe else said_by_a_value(operation, case.value))

    def _acts_for_good(self, operation: Operation) -> bool:
        """Whether an action changes a thing for good, of which the run can make one of its own.

        Nothing takes it back: an invitation that was accepted is used up. What is made within a
        thing goes by its DELETE; and where nothing makes such things, those that are there serve.
        """
        catalogue = self._links.catalogue
        acts = acts_on_a_thing(operation) or _says_first_what_it_does(catalogue, operation)
        if operation.safe or not acts:
            return False
        made = catalogue.made_by(operation.id)
        if made is not None and catalogue.deleter(made.path) is not None:
            return False
        needs = catalogue.path_needs(operation.id)[-1:]
        return any(catalogue.is_made(path) for need in needs for path in need.collections)

    def let_touch(
        self, operation: Operation, why: str | None, binding: Binding, given: set[str]
    ) -> None:
        """Raise LeftOut for a request that would destroy or change what is not of this run.

        `why` says that it destroys; `given` are the path parameters whose values the case, the
        user or a supply gave for that.
        """
        catalogue = self._links.catalogue
        needs = catalogue.path_needs(operation.id)
        if catalogue.changes_all(operation) and not (needs and needs[-1].name in binding.path):
            raise LeftOut(f"left out: {CHANGES_ALL}; --destructive sends it all the same")
        about = needs[-2] if catalogue.relates(operation) else needs[-1] if needs else None
        if about and {about.name} & {*binding.path, *given}:
            return
        if why is None:
            if not needs or not self._links.knows(needs[-1]):
                return
            why = f"it would change what {needs[-1].name} names, which was there before"
        told = left_out(self._pack, self._settings, catalogue, [operation.id])
        reason = told.get(operation.id, f"{why}, and none is known that this run has made")
        raise LeftOut(f"left out: {reason}; --destructive sends it all the same")

    def let_act(self, operation: Operation, binding: Binding) -> None:
        """Raise LeftOut for an action within a thing of others that the run can make itself.

        A flag is on in a stage: nobody makes the stage, and the flag is somebody's.
        """
        catalogue = self._links.catalogue
        made = catalogue.made_by(operation.id)
        taken_back = made is not None and catalogue.deleter(made.path) is not None
        if operation.safe or taken_back or not acts_on_a_thing(operation):
            return
        around = catalogue.path_needs(operation.id)[:-1]
        ours = [n for n in around if any(catalogue.is_made(path) for path in n.collections)]
        value = binding.path.get(ours[-1].name) if ours else None
        if value is not None and not self._links.is_made(ours[-1], value):
            why = f"it would do something to what {ours[-1].name} names, which was there before"
            raise LeftOut(f"left out: {why}; --destructive sends it all the same")

    def let_try(self, operation: Operation, case: Case, url: str) -> None:
        """Raise LeftOut for an odd value in a path where something of somebody else may be."""
        odd = not operation.safe and case.kind == "odd" and pinned_names(case)
        if odd and not self._settings.destructive and not self._is_nobody(url):
            raise LeftOut("left out: something of somebody else may be at this path")

    def found_nothing(self, url: str) -> None:
        """Take note that nothing is at a path."""
        self._nobodies.add(url.partition("?")[0])

    def _is_nobody(self, url: str) -> bool:
        """Whether it is known that nothing is at a path, or hardly anything can be."""
        at = url.partition("?")[0]
        return at in self._nobodies or not at.rpartition("/")[2].isdigit()


def _says_first_what_it_does(catalogue: Catalogue, operation: Operation) -> bool:
    """Whether a POST does something to what its path names at the end: `/jobs/cancel/{job_id}`."""
    need = next(iter(catalogue.path_needs(operation.id)[-1:]), None)
    if need is None or operation.method != "POST" or not operation.path.rstrip("/").endswith("}"):
        return False
    beside = catalogue.at(catalogue.path_of(operation))
    return need.around not in need.collections and not any(one.safe for one in beside)
