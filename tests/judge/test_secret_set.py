"""The set of secrets that were sent: what counts as one, and that it stays small and quick."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise import SecretSet
from clausewise.secrets.secret_set import LONGEST_TEXT, MOST_SECRETS, MOST_TEXTS

SECRET = "geheim-0123"  # noqa: S105  # of nobody


def test_secrets_add_up() -> None:
    """Those of earlier requests are still looked for."""
    sent = SecretSet().after([SECRET], []).after([], ["something else"]).after(["another-0456"], [])
    assert len(sent) == 2
    for text in (SECRET, f"x{SECRET}x", "another-0456"):
        assert sent.first_in(["nothing", text]) is not None
    assert sent.first_in(["geheim-012", "nother-0456", ""]) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (([SECRET], [f"a {SECRET} text"]), ([], [])),
        (([SECRET], []), ([], [SECRET])),
        (([SECRET], []), ([], [f"https://x/{SECRET}?y"])),
        (([], [f"{SECRET}s"]), ([SECRET], [])),
        (([SECRET], []), ([SECRET], [SECRET])),
        (([""], []), (["short"], [])),
    ],
)
def test_what_is_said_openly_is_no_secret(
    first: tuple[list[str], list[str]], second: tuple[list[str], list[str]]
) -> None:
    """Whichever came first: it may come back as what it was said as. Nor is a short text one."""
    sent = SecretSet().after(*first).after(*second)
    assert len(sent) == 0
    assert sent.after([SECRET], []).first_in([SECRET]) is None or not first[0][0]
    assert sent.after(["another-0456"], []).first_in(["another-0456"]) == "another-0456"


def test_nothing_new_is_the_same_set() -> None:
    """A request that says what is known already costs no copy."""
    sent = SecretSet().after([SECRET, SECRET], ["an open text", "an open text"])
    assert len(sent) == 1
    assert sent.after([SECRET], ["an open text", "tiny"]) is sent


def test_secrets_that_stay_the_same_are_told() -> None:
    """Neither a new one nor one that is said openly; other texts are known from then on."""
    sent = SecretSet().after([SECRET], [])
    assert sent.unchanged_by([SECRET], ["another-0456"]) == sent.after([], ["another-0456"])
    assert sent.unchanged_by(["another-0456"], []) is None
    assert sent.unchanged_by([], [f"a {SECRET} text"]) is None
    assert sent.unchanged_by(["short"], []) is sent


def test_it_is_never_changed() -> None:
    """Who holds a set from before keeps it as it was."""
    before = SecretSet().after([SECRET], [])
    before.after(["another-0456"], [SECRET])
    assert before.first_in([SECRET]) == SECRET
    assert before.first_in(["another-0456"]) is None


def test_it_is_bounded() -> None:
    """However much is sent, so much is remembered, and what was sent last is."""
    sent = SecretSet()
    for number in range(MOST_SECRETS + 300):
        sent = sent.after([f"secret-{number:06}"], [f"open text {number:06}"])
    assert len(sent) == MOST_SECRETS
    assert sent.first_in([f"secret-{MOST_SECRETS + 299:06}"]) is not None
    assert sent.first_in(["secret-000000"]) is None
    assert len(pickle.dumps(sent)) < 40 * (MOST_SECRETS + 2 * MOST_TEXTS)
    long = SecretSet().after([], ["x" * 50 * LONGEST_TEXT])
    assert len(pickle.dumps(long)) < 2 * LONGEST_TEXT


@given(
    st.lists(st.text("ab", min_size=6, max_size=12), max_size=6),
    st.lists(st.text("ab", max_size=20), max_size=4),
    st.text("abc", max_size=30),
)
def test_it_finds_what_is_there(secrets: list[str], openly: list[str], reply: str) -> None:
    """The same as looking for each secret by itself, that was not said openly."""
    hidden = {one for one in secrets if len(one) >= 8 and not any(one in text for text in openly)}
    found = SecretSet().after(secrets, openly).first_in([reply])
    assert (found is None) is not any(one in reply for one in hidden)
    assert found is None or found in hidden
