"""The secrets that requests have sent so far: a bounded set, looked for in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from clausewise.secrets.spellings import Spellings, folded, is_wrapped

# What is shorter stands in a reply by chance.
SHORTEST = 8
# The oldest are forgotten first. What one request may say is bounded as well: a client's own long
# text is no reason to remember megabytes of it.
MOST_SECRETS = 4_096
MOST_TEXTS = 4_096
LONGEST_TEXT = 10_000
_BLOCK = 256
_RECENT = 32
_SHORT = 200
# More texts than one reply has, mostly.
_FEW = 16
# No encoding has it in a word of its own, so what is on both sides stays two.
_BETWEEN = "\0"


@dataclass(frozen=True, slots=True)
class SecretSet:
    """Secrets that were sent, and the texts that were said openly. It is never changed.

    A secret that was sent as something else as well may come back as that: it is none. Which of
    them came first does not matter. Secrets of fewer than eight characters are left out. They are
    found however they are spelt: in any case, percent-encoded, as base64 or hex, over two lines.

    >>> sent = SecretSet().after(secrets=["geheim-0123"], openly=["room 7"])
    >>> sent.first_in(["the key was geheim-0123."])
    'geheim-0123'
    >>> sent.after(secrets=[], openly=["call it geheim-0123"]).first_in(["geheim-0123"]) is None
    True
    """

    # In the order of their first sending; the same as a set, and however they are spelt.
    _secrets: tuple[str, ...] = ()
    _known: frozenset[str] = frozenset()
    _spellings: Spellings = field(default_factory=Spellings, compare=False)
    # Those that were said openly, too.
    _opened: frozenset[str] = frozenset()
    # Texts that were said openly, in small letters, in blocks, and the last ones: a new text copies
    # few of them.
    _blocks: tuple[frozenset[str], ...] = ()
    _recent: frozenset[str] = frozenset()
    # Some of them as they were spelt when they were told again: most come again and again.
    _heard: set[str] = field(default_factory=set, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self._secrets)

    def unchanged_by(self, secrets: Iterable[str], openly: Iterable[str]) -> SecretSet | None:
        """The set once requests have sent these secrets and texts, if its secrets stay the same.

        None where a secret is new, or one was said openly.
        """
        if self._unknown(secrets):
            return None
        after = self.after((), openly)
        return after if self._has_those_of(after) else None

    def _has_those_of(self, other: SecretSet) -> bool:
        return self._opened is other._opened and self._secrets is other._secrets

    def after(self, secrets: Iterable[str], openly: Iterable[str]) -> SecretSet:
        """The set once a request has sent these secrets, and said the other texts openly.

        It is this very set where they are known already.
        """
        said = self._unheard(openly)
        fresh = self._unknown(secrets) if secrets else []
        if not said and not fresh:
            return self
        blocks, recent, heard = self._blocks, self._recent.union(said), self._heard.copy()
        if len(recent) > _RECENT:
            blocks, recent, heard = _with(blocks, recent), frozenset(), set()
        opened = self._opened_by(said)
        if fresh:
            opened |= _spoken(fresh, (*blocks, recent))
            fresh = [secret for secret in dict.fromkeys(fresh) if secret not in opened]
        if not fresh and not opened:
            return SecretSet(
                self._secrets, self._known, self._spellings, self._opened, blocks, recent, heard
            )
        known = self._secrets
        if opened:
            known = tuple([one for one in known if one not in opened])
        kept = (*known, *fresh)[-MOST_SECRETS:]
        spellings = self._spellings.plus(fresh)
        if len(spellings.secrets) > len(kept) + _BLOCK:  # else what is forgotten does no harm there
            spellings = Spellings().plus(kept)
        all_opened = self._opened | opened
        return SecretSet(
            kept,
            frozenset(kept),
            spellings,
            all_opened if len(all_opened) <= MOST_SECRETS else frozenset(opened),
            blocks,
            recent,
        )

    def _unknown(self, secrets: Iterable[str]) -> list[str]:
        """Those of the secrets that are none of this set, nor were said openly."""
        return [
            secret
            for secret in secrets
            if len(secret) >= SHORTEST and secret not in self._known and secret not in self._opened
        ]

    def _unheard(self, texts: Iterable[str]) -> list[str]:
        """Those of the texts, in small letters, that were not said openly before."""
        recent, blocks, heard = self._recent, self._blocks, self._heard
        unheard = []
        for text in texts:
            if text in heard or len(text) < SHORTEST:
                continue
            one = folded(text[:LONGEST_TEXT])
            if one not in recent and True not in [one in block for block in blocks]:
                unheard.append(one)
            elif len(text) <= _SHORT and len(heard) < _RECENT:
                heard.add(text)
        return unheard

    def _opened_by(self, texts: Iterable[str]) -> set[str]:
        """The secrets of this set that texts say."""
        several = list(texts)
        if not self._secrets or not self._may_say(several):
            return set()
        return {one for text in several for one in self._spellings.found(text)} & self._known

    def _may_say(self, texts: list[str]) -> bool:
        """Whether any of several texts says a secret: what none has, they have not together."""
        if len(texts) < 2:
            return True
        # What is unwrapped takes longer.
        wrapped = [text for text in texts if is_wrapped(text)] if len(texts) > _FEW else []
        if wrapped and len(wrapped) < len(texts):
            found = self._spellings.found
            plain = [text for text in texts if not is_wrapped(text)]
            return bool(found(_BETWEEN.join(plain)) or found(_BETWEEN.join(wrapped)))
        return bool(self._spellings.found(_BETWEEN.join(texts)))

    def first_in(self, texts: Iterable[str]) -> str | None:
        """The secret in the first of the texts that has one, or None."""
        if not self._secrets:
            return None
        several = list(texts)
        if not self._may_say(several):
            return None
        for text in several:
            if found := self._spellings.found(text) & self._known:
                return next(secret for secret in self._secrets if secret in found)
        return None


def _with(blocks: tuple[frozenset[str], ...], texts: frozenset[str]) -> tuple[frozenset[str], ...]:
    if blocks and len(blocks[-1]) < _BLOCK:
        return (*blocks[:-1], blocks[-1] | texts)
    return (*blocks[-MOST_TEXTS // _BLOCK + 1 :], texts)


def _spoken(secrets: Iterable[str], blocks: Collection[frozenset[str]]) -> set[str]:
    """The secrets that stand within texts in small letters."""
    found = set()
    together = [_BETWEEN.join(block) for block in blocks]
    for secret in secrets:
        one = folded(secret)
        if not any(one in texts for texts in together):
            continue
        if _BETWEEN not in one or any(one in text for block in blocks for text in block):
            found.add(secret)
    return found
