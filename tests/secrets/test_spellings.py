"""What a secret looks like recoded: it is found in every spelling, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clausewise.secrets.secret_set import SecretSet
from clausewise.secrets.spellings import Spellings

SECRET = "s3cret-of/the+tests é"  # noqa: S105  # made up
MASK = "•••"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# Every way that is promised, by its name.
WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": lambda secret: "".join(
        up if len(up := letter.upper()) == 1 and up.lower() == letter.lower() else letter
        for letter in secret
    ),
    "base64": _base64,
    "base64 of user and secret": lambda secret: _base64(f"user:{secret}"),
    "base64 within more": lambda secret: _base64(f"ab {secret} cd"),
    "base64url": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    "base64url of user and secret": lambda secret: base64.urlsafe_b64encode(
        f"someone:{secret}".encode()
    ).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "hex in capitals": lambda secret: secret.encode().hex().upper(),
    "percent": lambda secret: quote(secret, safe=""),
    "percent, small letters": lambda secret: quote(secret, safe="").lower(),
    "percent, of a form": quote_plus,
    "percent, twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "percent, every byte": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "HTML numbers": lambda secret: "".join(f"&#{ord(letter)};" for letter in secret),
    "HTML numbers, hex": lambda secret: "".join(f"&#x{ord(letter):x};" for letter in secret),
    "HTML names": html.escape,
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON within JSON": lambda secret: json.dumps(json.dumps(secret)),
    "Python": repr,
    "bytes in Python": lambda secret: repr(secret.encode())[2:-1],
    "over two lines": lambda secret: f"{secret[:7]}\n    {secret[7:]}",
    "over two lines, in JSON": lambda secret: f"{secret[:7]}\\n{secret[7:]}",
    "base64 in a URL": lambda secret: quote(_base64(secret), safe=""),
}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_secret_is_found_in_every_spelling(way: str) -> None:
    """It is told, and masked with nothing of it left; what stands around it stays."""
    known = Spellings().plus([SECRET])
    text = f"before <{WAYS[way](SECRET)}> behind"
    shown = known.masked(text, MASK)

    assert known.found(text) == {SECRET}
    assert shown.startswith("before <")
    assert shown.endswith("> behind")
    assert MASK in shown
    rest = shown.removeprefix("before <").removesuffix("> behind").replace(MASK, "")
    # Of base64 of more than the secret what is around it may stay.
    assert len(rest) <= len(_base64("someone:"))
    assert not known.found(rest)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_rule_about_secrets_finds_the_same(way: str) -> None:
    """A secret that came back recoded came back."""
    sent = SecretSet().after([SECRET], ["nothing else"])
    assert sent.first_in(["fine", f"<{WAYS[way](SECRET)}>"]) == SECRET


PRINTABLE = st.text(
    # HTML reads numbers of control characters as letters of Windows.
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Cc", "Cf", "Zs"]),
    min_size=12,
    max_size=40,
).filter(lambda text: len(set(text)) > 5)


@given(PRINTABLE, st.sampled_from(sorted(WAYS)), st.text("abc ,.:", max_size=20))
@example("000000012<\\r", "HTML names", "")
def test_any_secret_in_any_spelling(secret: str, way: str, around: str) -> None:
    """Whatever it is made of, it is found, and gone from what is shown."""
    known = Spellings().plus([secret])
    text = f"{around}<{WAYS[way](secret)}>{around}"

    assert secret in known.found(text)
    assert not known.found(known.masked(text, ""))


@given(st.text("abcdefghij0123456789 %&\\\n+/=;", max_size=300))
def test_a_text_without_a_secret_stays_as_it_is(text: str) -> None:
    """Nothing is rewritten on the way, however much of it looks encoded."""
    assert Spellings().plus(["Xyzzy-Xyzzy", "QQQQQQQQ"]).masked(text, MASK) == text


@given(PRINTABLE, st.integers(min_value=0, max_value=500))
def test_what_is_left_of_one_that_was_cut(secret: str, before: int) -> None:
    """Before an ellipsis no more than two characters of it are shown, in whatever width."""
    known = Spellings().plus([secret])
    for kept in range(len(secret) + 1):
        text = f"{'ü' * before}{secret[:kept]}"[-400:] + "…"
        shown = known.masked(text, MASK)
        assert kept < 3 or secret[:3].lower() not in shown.lower().replace("ü" * before, "")


def test_half_a_secret_that_is_encoded() -> None:
    """Base64 that breaks off is as good as the secret."""
    known = Spellings().plus(["a-long-secret-of-the-tests"])
    cut = _base64("a-long-secret-of-the-tests")[:20]

    assert cut[:8] not in known.masked(f"it said {cut}…", MASK)


def test_many_secrets_are_found_as_one_is() -> None:
    """Of thousands each is found, and no text is gone through once for each."""
    known = Spellings().plus([f"secret-{number:05}-of-many" for number in range(3000)])

    assert known.found("it was secret-02999-of-many") == {"secret-02999-of-many"}
    assert known.found(_base64("secret-00000-of-many")) == {"secret-00000-of-many"}
    assert known.found("secret-03000-of-many") == set()
