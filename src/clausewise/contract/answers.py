"""Asking a value, promise by promise, whether it keeps its contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from clausewise.contract.place import Choice, Place, Promise
from clausewise.pointer import escape


class Answer(NamedTuple):
    """What one value said of one promise. `at` is the pointer with real indices and keys.

    `kept` is None where nobody can tell, see `Promise.doubt`.
    """

    promise: Promise
    kept: bool | None
    value: Any
    at: str


def ask(place: Place, value: Any, at: str = "") -> list[Answer]:
    """Every promise that this value speaks to, and whether it keeps it.

    A value of a wrong type breaks `type` alone: nothing else is asked of it.
    """
    answers: list[Answer] = []
    _ask(place, value, at, answers)
    return answers


def _ask(place: Place, value: Any, at: str, answers: list[Answer]) -> None:
    """Add the answers; generators within each other would hand on each of them at every level."""
    right_type = True
    for promise in place.types:
        fits = promise.kept_by(value)
        right_type = right_type and fits
        answers.append(Answer(promise, fits, value, at))
    if not right_type:
        return
    for promise in place.assertions:
        if promise.speaks_of(value):
            kept: bool | None = promise.kept_by(value)
            if kept and promise.doubt and not promise.surely_kept_by(value):
                kept = None
            if kept is not False or promise.can_be_told(value):
                answers.append(Answer(promise, kept, value, at))
    if isinstance(value, dict):
        _ask_object(place, value, at, answers)
    elif isinstance(value, list):
        _ask_array(place, value, at, answers)
    for choice in place.choices:
        answers += _ask_choice(choice, value, at)


def _ask_object(place: Place, value: dict[str, Any], at: str, answers: list[Answer]) -> None:
    for name, promises in place.required.items():
        for promise in promises:
            answers.append(Answer(promise, name in value, None, f"{at}/{escape(name)}"))
    for name, member in place.members.items():
        if member.hidden is not None:
            inside, where = value.get(name), f"{at}/{escape(name)}"
            answers.append(Answer(member.hidden, name not in value, inside, where))
        elif name in value:
            _ask(member, value[name], f"{at}/{escape(name)}", answers)
    for extra in place.extras:
        for name, inside in value.items():
            if extra.speaks_of(name):
                _ask(extra.place, inside, f"{at}/{escape(name)}", answers)


def _ask_array(place: Place, value: list[Any], at: str, answers: list[Answer]) -> None:
    for index, item in enumerate(value):
        if index < len(place.prefix):
            _ask(place.prefix[index], item, f"{at}/{index}", answers)
        elif place.items is not None:
            _ask(place.items, item, f"{at}/{index}", answers)


def _ask_choice(choice: Choice, value: Any, at: str) -> Iterator[Answer]:
    answers = [ask(branch, value, at) for branch in choice.branches]
    passing = [n for n, branch in enumerate(answers) if not any(map(_is_broken, branch))]
    if passing:
        # Where several fit, a discriminator says which one is meant (OpenAPI 3.0.3, 4.7.25).
        named = [n for n in passing if n in choice.named(value)] if len(passing) > 1 else []
        # Where but one may fit, it is for its own promises to say whether it does.
        once = choice.keyword == "anyOf" or len(passing) == 1 or len(named) == 1
        surely = passing
        if choice.promise.doubt and len(passing) > 1:
            surely = [n for n in passing if choice.branches[n].surely_fits(value)]
        kept = True if once else None if len(surely) < 2 else False
        yield Answer(choice.promise, kept, value, at)
        yield from answers[[*named, *surely, *passing][0]]
        return
    # No branch fits: the one that the value plainly means is the one it breaks.
    pairs = list(zip(choice.branches, answers, strict=True))
    typed = [pair for pair in pairs if all(promise.kept_by(value) for promise in pair[0].types)]
    by_name = [pairs[n] for n in sorted(choice.named(value))]
    told = [pair for pair in typed if any(pair is one for one in by_name)]
    meant = told or [pair for pair in typed if _means(pair[0], choice.discriminators, value)]
    open_pairs = meant or typed or pairs
    common = set.intersection(*(set(place.required) for place, _ in open_pairs))

    def distance(pair: tuple[Place, list[Answer]]) -> tuple[int, int, int]:
        """Members that only this branch requires, then few broken promises, then many kept.

        The members count where nothing else tells the branches apart.
        """
        own = set() if choice.discriminators else pair[0].required.keys() - common
        there = len(own & value.keys()) if isinstance(value, dict) else 0
        broken = sum(map(_is_broken, pair[1]))
        return -there, broken, broken - len(pair[1])

    closest = min(open_pairs, key=distance)[1]
    if meant:
        yield from closest
    else:
        yield from _tellers(closest, choice.discriminators)


def _is_broken(answer: Answer) -> bool:
    return answer.kept is False


def _tellers(answers: list[Answer], discriminators: tuple[str, ...]) -> Iterator[Answer]:
    """What keeps a value out of every branch: the discriminators, or else the type."""
    broken = [answer for answer in answers if _is_broken(answer)]
    telling = [
        answer
        for answer in broken
        if answer.promise.keyword == "type"
        or any(answer.promise.pointer.endswith(f"/{escape(name)}") for name in discriminators)
    ]
    yield from telling or broken


def _means(place: Place, discriminators: tuple[str, ...], value: Any) -> bool:
    if not isinstance(value, dict):
        return True
    for name in discriminators:
        member = place.members.get(name)
        if member is not None and name in value:
            told = [promise for promise in member.assertions if promise.keyword == "enum"]
            if not all(promise.kept_by(value[name]) for promise in told):
                return False
    return True
