"""Many words in one pass: what is said is what is there, however it is looked for."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from clausewise.secrets import sieve
from clausewise.secrets.sieve import Sieve

_LETTERS = "aAb0.*+?()[]{}|^$\\/-_&# \n\r\0\u00e9\u0130\u212a\U0001f512"
_WORDS = st.text(alphabet=_LETTERS, min_size=1, max_size=6)
_TEXTS = st.text(alphabet=st.one_of(st.sampled_from(_LETTERS), st.characters()), max_size=40)


@settings(max_examples=150)
@given(st.lists(st.lists(_WORDS, max_size=5), max_size=6), st.lists(_TEXTS, max_size=12), st.data())
@example([["a.b"], ["x"]], ["acb", "a.b", "x\ud800", "\ud800"], None)
def test_a_text_may_hold_what_stands_in_it(
    groups: list[list[str]], texts: list[str], data: Any
) -> None:
    """One by one, in one automaton or in several: a text with a word is told, one without is not.

    Of half a surrogate pair nothing can be told.
    """
    known, words = Sieve(), list[str]()
    pays = sieve._PAYS
    sieve._PAYS = 1
    try:
        for group in groups:
            known, words = known.plus(group), [*words, *group]
            inside = [] if data is None or not words else [data.draw(st.sampled_from(words))]
            for text in (*texts, *(f"{text}{one}{text}" for text in texts for one in inside)):
                told, there = known.may_hold(text), any(word in text for word in words)
                assert told if there else not told or _is_broken(text)
    finally:
        sieve._PAYS = pays


def _is_broken(text: str) -> bool:
    return any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def test_words_are_put_together_once_that_pays() -> None:
    """What is looked for often is looked for at once, in few automata; what is not, never is."""
    known, blocks = Sieve().plus(["rarely"]), []
    assert not known.may_hold("a text")
    assert known._state == ((), ("rarely",))
    for number in range(64):
        known = known.plus([f"word {number}", f"other {number}"])
        for _ in range(sieve._PAYS + 2):
            assert not known.may_hold("a text without any")
        blocks.append(len(known._state[0]))
    assert max(blocks) <= 7, "each is larger than the next"
    assert known.may_hold("this has word 17 in it")
    assert known.may_hold("and this is rarely so")


def test_threads_that_put_words_together_at_once_come_to_the_same() -> None:
    """A thread that comes late finds nothing to be put together, and looks no more often for it."""
    known = Sieve().plus(["word"])
    blocks, loose = known._state
    known._put_together(blocks, loose)
    once = [words for words, _ in known._state[0]]
    known._put_together(blocks, loose)
    assert [words for words, _ in known._state[0]] == once
    assert known.may_hold("a word")
    assert not known.may_hold("a text")
