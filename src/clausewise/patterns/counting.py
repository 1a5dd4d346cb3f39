"""Regular expressions that no engine matches quickly, told by their form."""

from __future__ import annotations

from clausewise.patterns.parts import TOKEN

# Counts that multiply beyond this make an automaton of more states than fit into a cache: then a
# character of a text takes a millisecond, and a long reply an hour.
MOST_COUNTED = 10_000


def counted(pattern: str) -> int:
    """How far the counts of groups within groups multiply: 6 for `(a{2}b){3}`, 1 for `a{900}`.

    A count of one character alone weighs nothing unless a count is around it.
    """
    # For each open group the heaviest count in it so far; the last part that a count would be of.
    inner = [1]
    last = 1
    heaviest = 1
    grouped = False
    for token in TOKEN.finditer(pattern):
        if token["open"]:
            inner.append(1)
        elif token["close"]:
            last, grouped = (inner.pop() if len(inner) > 1 else 1), True
            inner[-1] = max(inner[-1], last)
        elif token["least"] is not None:
            # `{3,}` repeats the last part without another copy of it.
            most = token["most"] if token["range"] else token["least"]
            times = max(int(most or token["least"]), 1)
            weight = last * times
            if grouped:
                heaviest = max(heaviest, weight)
            inner[-1] = max(inner[-1], weight)
        else:
            last, grouped = 1, False
    return heaviest
