"""How much is planned: what keeps a contract, by mistake or by malice, from being planned for ever.

Work is counted in steps and never in seconds: the same contract has the same plan everywhere.
What a bound leaves out is said, clause by clause, in `unplanned`.
"""

from __future__ import annotations

from clausewise.errors import ContractError

# Servers refuse longer requests as such, whatever a schema says of one text in it.
MOST_LENGTH = 1_000_000
# Characters of a URL, and of all header fields together: what RFC 9110, section 4.1, asks servers
# to take at the least, and what most of them take.
MOST_IN_URL = 8_000
# Characters of all long texts among the value classes of a message, but for the first of them: a
# request may have them all at once, and there are as many requests as there are pairs.
MOST_OF_LONG_TEXTS = 250_000
# Of an array or an object. Documented limits beyond are those of files, not of messages.
MOST_ITEMS = 5_000
# Values of members that are sent in the items of one array, and arrays that they are put into.
MOST_KINDS, MOST_ARRAYS = 24, 4
# Values of lists that members of items are given beside them.
MOST_OF_LISTS = 300
# Of one value that is made up; arrays within arrays multiply.
MOST_NODES = 20_000
# Value classes of one message: each is a request of its own in the end.
MOST_LEVELS = 3_000
# Pairs of value classes that are brought together; with more, each class is sent once. The
# bundled contract has 8,000.
MOST_PAIRS = 200_000
# The least number of rows that all pairs take: the product of the two largest lists of classes.
MOST_ROWS = 1_000
# A member with more values than these has a long list; of that, so many are paired with others,
# and each other value is sent once.
MOST_LISTED = 16
MOST_PAIRED = 4
# Members that are built to take out superfluous rows, which saves requests and nothing else.
MOST_SQUEEZED = 200_000
# Members of a body that is drawn at random: Hypothesis tries a thousand times to find a lawful one.
MOST_DRAWN = 100
# Bytes of schema that are gone through for one operation, see `Work`. The bundled contract needs
# a twentieth; all of it takes some seconds.
MOST_WORK = 500_000_000
# Bytes of all requests of an operation.
MOST_CONTENT = 64 * 1024 * 1024


class TooLarge(ContractError):  # noqa: N818  # it is a finding about a contract
    """A bound is reached; `str()` says which, as a reason for clauses that have no request."""


class Work:
    """Counts the bytes of schema that were gone through, and ends what takes too much.

    A validator goes through its schema once for a value, more or less. What is slower counts
    several times.
    """

    def __init__(self) -> None:
        self.done = 0
        self._allowed: int | None = None
        self._most = 0

    def allow(self, more: int | None) -> None:
        """Let so much more be done from here on; None for no bound."""
        self._allowed = more
        self._most = self.done + (more or 0)

    def spend(self, amount: int) -> None:
        """Note what is about to be done. Raises TooLarge where it is too much.

        Whoever gives up something then, and goes on with less, may do as much again.
        """
        self.done += amount
        if self._allowed is not None and self.done > self._most:
            self.allow(self._allowed)
            raise TooLarge("its message is too large to be planned for in a reasonable time")


def most_length(pointer: str) -> int:
    """How long a text is at most that is sent at a place of a request."""
    return MOST_IN_URL if pointer.startswith(_OUTSIDE_OF_BODIES) else MOST_LENGTH


_OUTSIDE_OF_BODIES = ("/path/", "/query/", "/header/", "/cookie/")


def weight(value: object) -> int:
    """How many values there are in a JSON value, a long text counting for several."""
    count = 0
    open_ = [value]
    while open_:
        inner = open_.pop()
        count += 1
        if isinstance(inner, dict):
            open_ += inner.values()
        elif isinstance(inner, list):
            open_ += inner
        elif isinstance(inner, str):
            count += len(inner) // 100
    return count
