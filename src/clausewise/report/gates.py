"""Gates: levels of fidelity that a run has to reach (`--min LEVEL=PERCENT`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from clausewise.options import TOKENS

from .fidelity import Fidelity


class Gate(Struct, frozen=True):
    """One level that was to be reached, and how far it came; `holds` is None where nobody knows."""

    level: str
    wanted: str
    reached: str | None
    holds: bool | None


def gates_of(least: Iterable[tuple[str, str]], fidelity: Fidelity) -> Iterator[Gate]:
    """What became of each level that has to be reached; `least` as `--min` has them."""
    for level, wanted in least:
        if wanted in TOKENS:
            tokens = fidelity.facts.tokens
            holds = None if tokens is None else _rank(tokens) >= _rank(wanted)
            yield Gate(level, wanted, tokens, holds)
            continue
        count = fidelity.level(level)
        reached = count.percent
        if reached is None or not count.is_judged:
            yield Gate(level, wanted, None if reached is None else str(reached), None)
        else:
            yield Gate(level, wanted, str(reached), count.kept * 100 >= int(wanted) * count.judged)


def _rank(word: str) -> int:
    return [str(token) for token in TOKENS].index(word)
