"""What replaced values leave open: which promises nobody can judge for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clausewise.contract import Place
from clausewise.contract.answers import Answer
from clausewise.contract.keywords import OF_WHOLE
from clausewise.pointer import escape, steps_of

# Why nothing is said of a clause.
MASKED = "a value that it is about is masked"


class Hidden:
    """The masked places of one value, and what depends on them.

    Within a choice of schemas it may be the masked value that says which one is meant: all of the
    choice counts as masked.
    """

    def __init__(self, place: Place, masked: Iterable[str]) -> None:
        choices = [steps_of(inner.pointer) for inner in place.walk() if inner.choices]
        self._pointers = tuple(_widened(pointer, choices) for pointer in masked)

    def bears_on(self, answer: Answer) -> bool:
        """Whether an answer may be another one than if nothing were masked."""
        at, keyword = f"{answer.at}/", answer.promise.keyword
        for pointer in self._pointers:
            if keyword == "required" and answer.kept and answer.at == pointer:
                continue  # masked or not, it is there
            if at.startswith(f"{pointer}/"):
                return True
            if keyword in OF_WHOLE and pointer.startswith(at):
                return True
        return False


def _widened(pointer: str, choices: list[list[str]]) -> str:
    steps = pointer.split("/")[1:]
    around = [len(choice) for choice in choices if _is_around(choice, steps)]
    return "".join(f"/{step}" for step in steps[: min(around, default=len(steps))])


def _is_around(choice: list[str], steps: list[str]) -> bool:
    return len(choice) <= len(steps) and all(
        wanted in ("*", step) for wanted, step in zip(choice, steps, strict=False)
    )


def masked_within(part: str, masked: Iterable[str]) -> tuple[str, ...]:
    """Of pointers into a whole message those into one part, as pointers into that."""
    return tuple(_below(part, masked))


def within_headers(masked: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The same for headers of these names, which mean the same in any case."""
    pointers = {pointer.lower() for pointer in masked_within("header", masked)}
    known = [f"/{escape(name)}" for name in names]
    return tuple(one for one in known if one.lower() in pointers or "" in pointers)


def _below(part: str, masked: Iterable[str]) -> Iterator[str]:
    for pointer in masked:
        if pointer in ("", f"/{part}"):
            yield ""
        elif pointer.startswith(f"/{part}/"):
            yield pointer.removeprefix(f"/{part}")
