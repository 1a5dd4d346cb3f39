"""The random search: lawful bodies from Hypothesis, beyond the classes that the plan knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from clausewise.patterns.cost import is_affordable
from clausewise.patterns.translating import for_python
from clausewise.pointer import ABSENT
from clausewise.values.bodies import BodyModel
from clausewise.values.bounds import MOST_DRAWN
from clausewise.values.drawing import texts_of
from clausewise.values.factors import Factor
from clausewise.values.folders import scalars
from clausewise.values.stated import bound, content_texts, edges
from clausewise.values.usual import text_format
from clausewise.values.values import Level

LETTERS = "abcXYZ019 _-.,:;/\\'\"&<>%{}[]()#?=+~éßñÅ会議アجم🎥\u0301\u202e\u200b"
# Where nothing is said of a bound: what `format: int32` has, and every server can count with.
_LEAST, _MOST = -(2**31), 2**31 - 1
# Hypothesis draws no text of more characters.
_MOST_DRAWN = 5_000
Strategies = Mapping[str, Callable[[], Any]]


def search(
    model: BodyModel,
    lawful: Callable[[Any], bool],
    strategies: Strategies,
    fixed: frozenset[str],
    examples: int,
    seed: int,
    known: list[dict[str, Level]],
) -> list[dict[str, Level]]:
    """At most so many lawful assignments, always the same for the same seed; none of huge bodies.

    `strategies` are the pack's own, by pointer; `fixed` are members that are not drawn,
    `known` are assignments that the plan has already.
    """
    if examples <= 0 or not 0 < len(model.factors) <= MOST_DRAWN:
        return []
    import hypothesis
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import strategies as st

    drawn: dict[str, Any] = {
        at: _values(factor, strategies)
        for at, factor in model.factors.items()
        if at not in fixed and not factor.container
    }
    found: list[dict[str, Level]] = []
    seen = {_key(levels) for levels in known}

    def collect(values: dict[str, Any]) -> None:
        levels = model.assigned({at: _level(model.factors[at], v) for at, v in values.items()})
        key = _key(levels)
        hypothesis.assume(key not in seen and lawful(model.view(levels)))
        seen.add(key)
        found.append(levels)

    quiet = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    strategy = st.fixed_dictionaries({}, optional=drawn)
    # Fewer than asked for are no error: the plan's count says so.
    with _alone(), suppress(hypothesis.errors.Unsatisfiable):
        hypothesis.seed(seed)(quiet(hypothesis.given(strategy)(collect)))()
    return found[:examples]


@contextmanager
def _alone() -> Iterator[None]:
    """Keep Hypothesis from drawing constants that it finds in the modules of this process.

    It mines them from whatever the user's code has imported so far; the same seed would give
    other values under `pytest` than under `clausewise run`.
    """
    from hypothesis.internal.conjecture import providers

    mine = getattr(providers, "_get_local_constants", None)
    if mine is None:
        yield
        return
    none = type(mine())()
    setattr(providers, mine.__name__, lambda: none)
    try:
        yield
    finally:
        setattr(providers, mine.__name__, mine)


def _key(levels: dict[str, Level]) -> str:
    there = ((at, level.value) for at, level in levels.items() if level.value is not ABSENT)
    return repr(sorted((at, repr(value)) for at, value in there))


def _level(factor: Factor, value: Any) -> Level:
    known = next((level for level in factor.levels if level.value == value), None)
    return known or Level("a random value", value, factor.own_keyword)


def _values(factor: Factor, strategies: Strategies) -> Any:
    from hypothesis import strategies as st

    classes = st.sampled_from([level.value for level in factor.levels])
    own = strategies.get(factor.pointer)
    if own is not None:
        return st.one_of(own(), classes)
    place = factor.place
    if any(promise.keyword in ("enum", "const") for promise in place.assertions):
        return classes
    allowed = place.allowed_types
    if "number" in allowed or "integer" in allowed:
        low, high = edges(place, "integer")
        if low is None:
            low = min(_LEAST, high) if high is not None else _LEAST
        if high is None:
            high = max(_MOST, low)
        if high != int(high) or low != int(low) or low > high:
            return classes  # there is hardly a whole number between the bounds
        return st.one_of(st.integers(int(low), int(high)), classes)
    if "string" in allowed:
        return st.one_of(_strings(factor), classes)
    return classes


_LOOKS_AROUND = re.compile(r"\(\?<?[=!]")


def _strings(factor: Factor) -> Any:
    from hypothesis import strategies as st

    place = factor.place
    if content_texts(place) is not None:
        return st.just(factor.plain.value)
    form = text_format(place)
    if form is not None:
        made = {
            "uuid": st.uuids(version=4).map(str),
            "uri": _uris(),
            "date-time": st.datetimes(min_value=datetime(1970, 1, 1)).map(_date_time),
        }
        return made.get(form, st.just(factor.plain.value))
    pattern = bound(place, "pattern")
    if pattern is not None:
        if not is_affordable(pattern.value):
            return st.just(factor.plain.value)
        if _LOOKS_AROUND.search(pattern.value):
            # Hypothesis does not see what a look-around asks for, and throws most texts away.
            return st.sampled_from(
                [factor.plain.value, *filter(place.fits, texts_of(pattern.value))]
            )
        try:
            return st.from_regex(re.compile(for_python(pattern.value)), alphabet=scalars())
        except re.error:  # it is an ECMA expression that Python does not read
            return st.just(factor.plain.value)
    least, most = place.lengths
    if least > _MOST_DRAWN:
        return st.just(factor.plain.value)
    return _words(LETTERS, least, 64 if most is None else most)


def _words(letters: str, least: int, most: int) -> Any:
    """Strings of these letters. `text()` would first build tables of all Unicode, half a second."""
    from hypothesis import strategies as st

    parts = st.lists(st.sampled_from(letters), min_size=least, max_size=most)
    return parts.map("".join)


def _date_time(moment: Any) -> str:
    return f"{moment.isoformat()}Z"


def _uris() -> Any:
    from hypothesis import strategies as st

    word = _words("abcdefghijklmnopqrstuvwxyz0123456789", 1, 12)
    path = st.lists(st.one_of(word, st.sampled_from(["%20", "~a", "a.b", "%E4%BC%9A"])), max_size=4)
    return st.builds(
        _uri, st.sampled_from(["https", "http", "rtmp", "rtmps"]), word, path, st.booleans()
    )


def _uri(scheme: str, host: str, path: list[str], query: bool) -> str:
    return f"{scheme}://{host}.example.net/{'/'.join(path)}{'?a=b&c=d' if query else ''}"
