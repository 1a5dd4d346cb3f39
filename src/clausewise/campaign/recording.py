"""What a campaign tells of itself: to a journal while it goes on, and as a record at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from clausewise.record.counts import Counts
from clausewise.record.exchanges import recorded
from clausewise.record.ledger import Entry, Ledger
from clausewise.record.made import Creations, ToUndo
from clausewise.record.record import (
    Facts,
    LinkEnd,
    LinkStart,
    PutOff,
    Record,
    RecordedExchange,
    RecordedLink,
)
from clausewise.record.recording import Ending, make_record
from clausewise.secrets.learning import learn
from clausewise.secrets.masking import Mask
from clausewise.secrets.settings import mask_for, shown_in_curl

if TYPE_CHECKING:
    from clausewise.campaign.campaign import Campaign
    from clausewise.links.proving import Link


class Recording:
    """A campaign as a journal sees it. `seed` is that of the plan's random search."""

    def __init__(self, campaign: Campaign, seed: int = 0) -> None:
        self._campaign = campaign
        self._seed = seed
        self._variables = shown_in_curl(campaign.settings, campaign.pack.token_variable)

    @property
    def ledger(self) -> Ledger:
        """What was found out so far."""
        return self._campaign.ledger

    def mask(self) -> Mask:
        """A new mask, which knows the settings, the plan and all exchanges so far."""
        campaign = self._campaign
        pack = campaign.pack
        mask = mask_for(pack.contract, campaign.settings, pack.token_variable)
        for entry in list(campaign.ledger.entries):
            plan = campaign.plan.operations.get(entry.case.operation)
            learn(mask, entry.case, entry.exchange, plan)
        return mask

    def facts(self, mask: Mask) -> Facts:
        """What is known of the run so far."""
        campaign = self._campaign
        return Facts(
            pack=campaign.pack.origin,
            base_url=campaign.settings.base_url,
            seed=self._seed,
            started=campaign.started.isoformat(timespec="seconds"),
            planned=campaign.planned,
            operations=tuple(campaign.plan.operations),
            selected=tuple(sorted(campaign.selected)) if campaign.selected is not None else None,
            unplanned={name: mask.text(why) for name, why in campaign.why_not().items()},
            cleans_up=campaign.settings.clean_up,
            profile=campaign.settings.profile,
            examples=campaign.plan.examples,
        )

    def shown(self, entry: Entry, mask: Mask) -> RecordedExchange:
        """One exchange, masked."""
        return recorded(entry, self._campaign.ledger.entries, self._variables, mask)

    def leaned_by(self, entry: Entry) -> list[str]:
        """The clauses on whose inner side an accepted request stood, as often as it did."""
        return self._campaign.leaned_by(entry)

    def made_by(self, entry: Entry, mask: Mask) -> list[ToUndo | str]:
        """What takes back each thing that an exchange made, or why that cannot be known."""
        path = self._campaign.settings.path
        things = self._campaign.sender.made_by(entry)
        return [shown_thing(one, path, mask) if isinstance(one, ToUndo) else one for one in things]


def record_of(campaign: Campaign, mask: Mask | None, seed: int) -> Record:
    """The record of a campaign that is over. Waits for its end; raises what the run raised.

    `mask` has to know every exchange; without one, it is made here.
    """
    rulings = campaign.rulings()
    recording = Recording(campaign, seed)
    mask = mask or recording.mask()
    entries = {entry.id: entry for entry in campaign.ledger.entries}
    counts = Counts(campaign.pack.contract)
    for entry in entries.values():
        counts.add(entry)
    for note in campaign.ledger.notes:
        counts.note(note.kind, note.operation, note.entry)
    created, pace = campaign.sender.created, campaign.sender.pace
    path = campaign.settings.path
    made = Creations(
        created.started,
        created.undone,
        tuple(mask.text(said) for said in created.left_over),
        tuple(shown_thing(thing, path, mask) for thing in created.to_undo),
    )
    ending = Ending(
        round(campaign.seconds, 3),
        campaign.sender.requests,
        PutOff(pace.put_off, round(pace.waited, 3)),
        campaign.complete,
        campaign.stopped_because,
        made,
        tuple(_recorded_link(link) for link in campaign.links),
    )

    def show(number: int) -> RecordedExchange:
        return recording.shown(entries[number], mask)

    texts = campaign.pack.contract.texts
    facts = recording.facts(mask)
    return make_record(
        facts, ending, rulings.values(), counts, ids=entries, show=show, mask=mask, texts=texts
    )


def _recorded_link(link: Link) -> RecordedLink:
    return RecordedLink(
        link.name,
        LinkStart(link.source, link.expression),
        tuple(LinkEnd(*end) for end in link.to),
        link.state,
        link.exchanges,
    )


def shown_thing(thing: ToUndo, path: Mapping[str, str], mask: Mask) -> ToUndo:
    """What takes one thing back; sensitive path parameters stand by their name in its URL.

    Whoever cleans up fills them in again.
    """
    url = thing.url
    for name, value in path.items():
        if mask.hides(name) and value:
            url = url.replace(quote(value, safe=""), f"{{{name}}}")
    headers = tuple((name, mask.text(text)) for name, text in thing.headers)
    body = mask.text(thing.body) if thing.body is not None else None
    return ToUndo(thing.method, url, body, headers)
