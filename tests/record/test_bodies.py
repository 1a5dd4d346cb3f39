"""Bodies as a record keeps them: what was cut or masked is said beside the text."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausewise.pack import Pack
from clausewise.pointer import look
from clausewise.record.bodies import Cut, RecordedBody, recorded_body
from clausewise.secrets.masking import MASK, Mask

SECRET = "the-token-of-the-run-0123456789"  # noqa: S105  # made up for the tests


@pytest.fixture
def mask(pack: Pack) -> Mask:
    """A mask that knows one secret."""
    return Mask(pack.contract, [SECRET])


def test_a_short_text_is_whole(mask: Mask) -> None:
    """Nothing is said of a body of which nothing is missing."""
    assert recorded_body(b'{"a": 60.0}', mask, 100) == RecordedBody(text='{"a": 60.0}')


def test_a_long_text_says_how_much_of_it_is_there(mask: Mask) -> None:
    """The text is a beginning of the body, to the letter; how long all of it was stands beside."""
    body = recorded_body(("ä" * 50).encode(), mask, 10)

    assert body == RecordedBody(text="ä" * 10, cut=Cut(kept=20, bytes=100))


def test_masked_members_are_named(mask: Mask) -> None:
    """Each place where something is masked is named by its pointer, and no other."""
    sent = {"list": [{"a/b": SECRET}, "x"], "plain": 1, "url": f"/x?t={SECRET}"}

    body = recorded_body(json.dumps(sent).encode(), mask)

    assert body.masked == ("/list/0/a~1b", "/url")
    shown = json.loads(body.text or "")
    assert MASK in look(shown, "/list/0/a~1b")
    assert look(shown, "/plain") == 1


@pytest.mark.parametrize("text", [f"no JSON: {SECRET}", f'{{"a": 1}} {SECRET}', f'"{SECRET}"'])
def test_what_has_no_members_is_masked_as_a_whole(mask: Mask, text: str) -> None:
    """A text that is no JSON object or array has only itself to point at."""
    body = recorded_body(text.encode(), mask)

    assert body.masked == ("",)
    assert SECRET not in body.shown


def test_a_mask_comes_before_a_cut(mask: Mask) -> None:
    """No half of a secret is left where a body is cut in its middle."""
    body = recorded_body(f"{'x' * 90}{SECRET}{'y' * 90}".encode(), mask, 100)

    assert SECRET[:8] not in body.shown
    assert body.masked == ("",)
    assert body.cut is not None


def test_bytes_that_are_no_text_are_kept_as_they_are(mask: Mask) -> None:
    """An image is not spoilt by being taken for UTF-8; a long one is cut by bytes."""
    image = b"\x89PNG\r\n\x1a\n\xff\xd8"

    assert recorded_body(image, mask) == RecordedBody(base64=base64.b64encode(image).decode())
    cut = recorded_body(image * 10, mask, 15)
    assert (cut.content, cut.cut) == ((image * 2)[:15], Cut(15, 100))


def test_a_secret_among_bytes_is_masked(mask: Mask) -> None:
    """In base64 nobody would see it, but anybody could read it."""
    body = recorded_body(b"\xff\xfe" + SECRET.encode() + b"\x80", mask)

    assert body.masked == ("",)
    assert SECRET.encode() not in body.content


@given(content=st.binary(max_size=60), longest=st.integers(1, 60))
def test_kept_bytes_are_the_beginning(pack: Pack, content: bytes, longest: int) -> None:
    """Without a secret, what is kept is how the body began, and a cut counts all of it."""
    body = recorded_body(content, Mask(pack.contract, ()), longest)

    assert content.startswith(body.content)
    assert (body.cut is None) == (body.content == content)
    assert body.cut is None or body.cut == Cut(len(body.content), len(content))
