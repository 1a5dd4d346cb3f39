"""What is masked, in which spelling, and what is not."""

from __future__ import annotations

import json
import shlex
import sys
from collections import UserDict
from collections.abc import KeysView
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from clausewise.exchange import Request, Response
from clausewise.pack import find_pack
from clausewise.pack.credentials import Login
from clausewise.pack.settings import Settings
from clausewise.record.curl import curl_line
from clausewise.secrets.masking import MASK, Mask
from clausewise.secrets.names import is_secret_header, is_secret_parameter
from clausewise.secrets.settings import mask_for, secrets_of

SECRET = "s3cret-of-the-tests"  # noqa: S105  # made up
HIDDEN = {"type": "string", "x-sensitive": True}
BODY = {
    "type": "object",
    "properties": {
        "pin": {"type": "integer", "x-sensitive": True},
        "word": {"type": "string", "format": "password"},
        "token": {**HIDDEN, "examples": ["sk-example-0001"]},
        "tags": {"type": "array", "items": HIDDEN},
        # This name is an honest one elsewhere.
        "login": {"type": "object", "properties": {"name": HIDDEN}},
        "name": {"type": "string"},
    },
}


def _mask(folder: Path, *secrets: str, lawful: tuple[str, ...] = ()) -> Mask:
    """The mask of a small contract."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "make",
                    "requestBody": {"content": {"application/json": {"schema": BODY}}},
                    "responses": {"200": {"description": "Done."}},
                }
            }
        },
    }
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(document), "utf-8")
    mask = Mask(find_pack(str(path)).contract, secrets)
    mask.allow(list(lawful))
    return mask


def _sent(body: Any) -> Request:
    return Request("POST", "http://127.0.0.1/things", (), json.dumps(body).encode(), body=body)


def test_what_was_shown_before_is_looked_at_anew(tmp_path: Path) -> None:
    """A text or a body that nothing was hidden in hides what is learnt since; and the reverse."""
    mask = _mask(tmp_path)
    number, word = json.dumps({"note": [7654321]}), json.dumps({"token": "my-own-one"})
    assert mask.text(f"say {SECRET}") == f"say {SECRET}"
    assert mask.body(number) == number
    assert "my-own-one" not in mask.body(word)
    mask.add([SECRET])
    mask.learn(_sent({"pin": 7654321}), None)
    mask.allow(["my-own-one"])
    assert mask.text(f"say {SECRET}") == f"say {MASK}"
    assert "7654321" not in mask.body(number)
    assert mask.body(word) == word


@pytest.mark.parametrize("short", ["", "a", "12345"])
def test_short_secrets_are_left_alone(tmp_path: Path, short: str) -> None:
    """They stand in too many innocent places; where they belong they are masked all the same."""
    mask = _mask(tmp_path, short)
    mask.learn(_sent({"token": short}), None)

    assert mask.text(f"12345 is a number, and so is {short}6789") == (
        f"12345 is a number, and so is {short}6789"
    )
    assert mask.body(json.dumps({"token": "12345"})) == json.dumps(
        {"token": MASK}, ensure_ascii=False
    )


def test_a_password_is_a_secret(tmp_path: Path) -> None:
    """`format: password` is OpenAPI's word for what nobody should see, sent or answered."""
    mask = _mask(tmp_path)
    mask.learn(_sent({"word": SECRET}), None)
    assert mask.text(f"the word is {SECRET}!") == f"the word is {MASK}!"
    assert mask.body('{"word": "another one"}') == json.dumps({"word": MASK}, ensure_ascii=False)


def test_no_secret_is_lost_among_several_threads(tmp_path: Path) -> None:
    """A token that one thread fetches is masked, whatever others learn or show at that moment."""
    mask, interval = _mask(tmp_path), sys.getswitchinterval()
    tokens = [f"token-{number:04}" for number in range(300)]

    def learned(number: int) -> None:
        mask.add([tokens[number]])
        mask.learn(_sent({"token": f"other-{number:04}", "pin": 9_000_000 + number}), None)
        mask.text(f"{number} https://user:word@example.net")

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(learned, range(len(tokens))))
    finally:
        sys.setswitchinterval(interval)
    told = [*tokens, *(f"other-{number:04}" for number in range(300)), "9000299"]
    assert [mask.text(f"it is {one}") for one in told] == [f"it is {MASK}"] * len(told)


def test_the_shortest_that_is_looked_for(tmp_path: Path) -> None:
    """Six characters are enough."""
    assert _mask(tmp_path, "abc123").text("it was abc123!") == f"it was {MASK}!"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("pass word&more", "/x?y=pass%20word%26more"),
        ("pass word&more", "/x?y=pass+word%26more"),
        ('quo"te\\d', json.dumps({"x": 'quo"te\\d'})),
        ('quo"te\\d', json.dumps(json.dumps({"x": 'quo"te\\d'}))),
        ('quo"te\\d', repr(json.dumps({"x": 'quo"te\\d'}))),
        ('it\'s "so"', repr('it\'s "so"')),
        ("café au lait", json.dumps("café au lait")),
        ("sla/sh/es", '"sla\\/sh\\/es"'),
        ("<tag> & more", "&lt;tag&gt; &amp; more"),
        ("it's a secret", "'it'\\''s a secret'"),
        ("line one of it\nline two of it", "first line one of it, then line two of it"),
    ],
)
def test_every_spelling_of_a_secret(tmp_path: Path, secret: str, text: str) -> None:
    """In URLs, in JSON, in JSON within JSON, in Python, in HTML, in a shell, and line by line."""
    shown = _mask(tmp_path, secret).text(text)

    assert MASK in shown
    assert not any(word in shown for word in ("pass", "quo", "caf", "sla", "secret", "line one"))


def test_a_secret_in_the_middle_of_a_cut_is_no_less_one(tmp_path: Path) -> None:
    """What is left of it, before or after an ellipsis, is masked; a word that is like it is not."""
    mask = _mask(tmp_path, "recordings-are-secret-0001")

    assert mask.text("it said recordings-are-se…") == f"it said {MASK}…"
    assert mask.text("it said …are-secret-0001 twice") == f"it said …{MASK} twice"
    assert mask.text("x" * 200 + "recordings-are") == "x" * 200 + MASK
    assert mask.text("three recordings, and more recordings") == (
        "three recordings, and more recordings"
    )


def test_strings_that_are_broken_into_lines(tmp_path: Path) -> None:
    """Pytest prints long strings in pieces: a secret is found in them, others stay in pieces."""
    mask = _mask(tmp_path, SECRET)
    pieces = "x = ('one '\n     'two')\n"

    assert mask.logged(pieces) == pieces
    assert mask.logged("x = (b'1 s3cret-of-'\n     b'the-tests')") == f"x = (b'1 {MASK}')"


def test_what_a_plan_made_up_is_shown(tmp_path: Path) -> None:
    """Whoever sends it again needs it, and it tells nobody anything."""
    mask = _mask(tmp_path)
    mask.learn(_sent({"token": SECRET, "pin": 1234567}), None)
    assert SECRET not in mask.text(SECRET)
    mask.allow({"token": SECRET, "pin": 1234567})

    text = json.dumps({"token": SECRET, "pin": 1234567})
    assert mask.body(text) == text
    assert mask.text(SECRET) == SECRET


def test_what_was_given_is_masked_whatever_is_made_up(tmp_path: Path) -> None:
    """A plan cannot make the user's own secrets harmless."""
    mask = _mask(tmp_path, SECRET)
    mask.allow([SECRET])
    assert mask.text(SECRET) == MASK


def test_a_name_that_honest_members_have_too(tmp_path: Path) -> None:
    """It counts below its parent only."""
    body = {"name": "an honest one", "login": {"name": SECRET}, "more": {"name": "honest, too"}}
    shown = json.loads(_mask(tmp_path).body(json.dumps(body)))

    assert shown == {**body, "login": {"name": MASK}}


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "s3cret-of-the-tests"}',
        '{"token" :  "s3cret-of-the-tests", "token": "another-secret"}',
        '{"t\\u006fken": "s3cret-of-the-tests"}',
        '{"x": [{"token": "\\u0073\\u0033cret-of-the-tests"}]}',
        '{"tags": ["s3cret-of-the-tests", "another-secret"]}',
        '{"token": {"inside": ["s3cret-of-the-tests"]}}',
        '{"pin": 987654321}',
        '{"token": "s3cret-of-the-te',
        'not JSON: {"token": "s3cret-of-the-tests", ',
    ],
)
def test_members_of_a_reply(tmp_path: Path, text: str) -> None:
    """However they are spelt, also where the body is no JSON or not whole."""
    shown = _mask(tmp_path).body(text)

    assert MASK in shown
    assert not any(word in shown for word in ("s3cret", "another", "987", "0073"))


def test_a_number_is_masked_as_a_number(tmp_path: Path) -> None:
    """Where it is part of another one, that one is honest."""
    mask = _mask(tmp_path)
    mask.learn(_sent({"pin": 7654321}), None)

    assert mask.text("7654321 is more than 3, 17654321 is not it") == (
        f"{MASK} is more than 3, 17654321 is not it"
    )
    assert json.loads(mask.body('{"echo": 7654321}')) == {"echo": MASK}


def test_words_of_a_reply_are_not_looked_for(tmp_path: Path) -> None:
    """A server may call any word a cookie: elsewhere only what looks like none is masked."""
    mask = _mask(tmp_path)
    headers = (("Set-Cookie", "theme=recording"), ("Set-Cookie", "id=0123456789abcdef0123"))
    mask.learn(_sent({}), Response(200, headers, b"{}", 0.1))

    assert mask.text("a recording of 0123456789abcdef0123") == f"a recording of {MASK}"
    assert mask.headers(headers) == [["Set-Cookie", MASK]] * 2


def test_words_in_a_place_for_secrets_of_a_reply(tmp_path: Path) -> None:
    """There they are masked; elsewhere a word stays one, and what is none is masked."""
    mask = _mask(tmp_path)
    reply = b'{"token": "recording", "tags": ["in-progress", "k3y-0f-this"]}'
    mask.learn(_sent({}), Response(200, (), reply, 0.1))

    assert mask.text("a recording is in-progress") == "a recording is in-progress"
    assert mask.text("it was k3y-0f-this") == f"it was {MASK}"
    assert json.loads(mask.body(reply.decode())) == {"token": MASK, "tags": [MASK, MASK]}


@pytest.mark.parametrize("status", [200, 400])
def test_what_a_refusal_says_of_a_secret(tmp_path: Path, status: int) -> None:
    """A sentence about a member is none of its values, and is read wherever else it stands."""
    mask = _mask(tmp_path)
    reply = b'{"token": ["This field is required.", "k3y-0f-this", "corr3ct h0rse"]}'
    mask.learn(_sent({}), Response(status, (), reply, 0.1))

    said = "name: This field is required."
    assert (mask.text(said) == said) == (status == 400)
    assert mask.text("it was k3y-0f-this, corr3ct h0rse") == f"it was {MASK}, {MASK}"


def test_what_the_document_shows_is_no_secret(tmp_path: Path) -> None:
    """An example of a schema is known to everybody: sent or not, it is masked nowhere."""
    mask = _mask(tmp_path)
    mask.learn(_sent({"token": "sk-example-0001"}), None)
    mask.learn(_sent({"token": "sk-another-0001"}), None)

    assert mask.text("sk-example-0001, not sk-another-0001") == f"sk-example-0001, not {MASK}"


def test_names_of_headers(tmp_path: Path) -> None:
    """A secret may stand in the name of a header, too."""
    assert _mask(tmp_path, SECRET).headers([(f"X-{SECRET.upper()}", "1")]) == [[f"X-{MASK}", "1"]]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://user:pass@h/x", f"see https://{MASK}@h/x"),
        ('"rtmps:\\/\\/key@h\\/x"', f'"rtmps:\\/\\/{MASK}@h\\/x"'),
        ("/x?a=1&access_token=abcdef#y", f"/x?a=1&access_token={MASK}#y"),
        ("/x?X-Amz-Signature=abcdef&b=2", f"/x?X-Amz-Signature={MASK}&b=2"),
        ("/login?next=%2Fx%3Fsig%3Dabcdef%26b%3D2", f"/login?next=%2Fx%3Fsig%3D{MASK}%26b%3D2"),
        ("/x#id_token=abcdef", f"/x#id_token={MASK}"),
    ],
)
def test_urls_without_their_secrets(tmp_path: Path, text: str, shown: str) -> None:
    """Users' names, passwords and tokens go; the rest of a URL stays."""
    assert _mask(tmp_path).text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "mail someone@example.com, see https://example.com/@someone",
        "/x?page_token=abcdef&next_cursor=abcdef&sort=asc",
        "/x?key=status&author=somebody&sign=plus&token=ab",
        "the token is missing; password: none was given",
        "rtmp://plan:made@h.example/live",
    ],
)
def test_honest_text_stays(tmp_path: Path, text: str) -> None:
    """What only looks a little like a secret."""
    mask = _mask(tmp_path, lawful=("rtmp://plan:made@h.example/live",))
    assert mask.logged(text) == text


def test_headers_that_are_secret_by_their_name() -> None:
    """And those that are not."""
    secret = (
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth-Key",
        "X-Auth-Token", "X-Client-Secret", "Ocp-Apim-Subscription-Key", "X-Hub-Signature",
        "X_Access_Token", "Private-Key", "X-Key",
    )  # fmt: skip
    honest = (
        "WWW-Authenticate", "Idempotency-Key", "Access-Control-Allow-Credentials", "X-Request-Id",
        "Content-Type", "Author", "X-Keyboard", "Session-Id", "Sec-WebSocket-Key", "Link",
    )  # fmt: skip
    assert [name for name in secret if not is_secret_header(name)] == []
    assert [name for name in honest if is_secret_header(name)] == []


def test_parameters_that_are_secret_by_their_name() -> None:
    """And those that are not."""
    secret = (
        "api_key",
        "apikey",
        "access_token",
        "sig",
        "X-Goog-Signature",
        "client_secret",
        "key",
    )
    honest = ("page_token", "nextToken", "monkey", "signal", "author", "design", "keyword", "q")
    assert [name for name in secret if not is_secret_parameter(name)] == []
    assert [name for name in honest if is_secret_parameter(name)] == []


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (("Authorization", f"Bearer {SECRET}"), f"Bearer {MASK}"),
        (("Authorization", SECRET), MASK),
        (("Authorization", f"{SECRET} more"), f"{SECRET} {MASK}"),
        (("Cookie", f"a=b; c={SECRET}"), MASK),
        (("Location", f"/x?token={SECRET}"), f"/x?token={MASK}"),
        (("X-Other", "plain"), "plain"),
    ],
)
def test_headers(tmp_path: Path, header: tuple[str, str], shown: str) -> None:
    """The scheme of a credential stays readable, where there is one."""
    mask = _mask(tmp_path, *([SECRET] if shown.startswith(SECRET) else []))
    assert mask.headers([header]) == [[header[0], shown.replace(SECRET, MASK)]]


def test_what_settings_hold() -> None:
    """The token, cookies one by one, what Basic says, and the proxy's password in its forms."""
    settings = Settings(
        "http://127.0.0.1",
        {},
        token="dXNlcjpwYXNzd29yZA==",  # noqa: S106  # made up
        headers=(
            ("Authorization", "Basic dXNlcjpwYXNzd29yZA=="),
            ("Cookie", "a=first-cookie; b=second-cookie"),
            ("X-Tenant", "of acme-corporation"),
        ),
        proxy="http://me:p%40ssword@proxy.example:1",
        variables={"acme-corporation": "TENANT"},
    )
    known = secrets_of(settings, "TOKEN")

    assert {"user:password", "password", "first-cookie", "second-cookie"} <= set(known)
    assert {"p@ssword", "me:p%40ssword", "me:p@ssword", "bWU6cEBzc3dvcmQ="} <= set(known)
    assert known["dXNlcjpwYXNzd29yZA=="] == "TOKEN"
    assert known["acme-corporation"] == "TENANT"
    assert known["a=first-cookie; b=second-cookie"] == "COOKIE"


def test_a_token_that_comes_while_a_mask_is_made_is_known_to_it(tmp_path: Path) -> None:
    """A mask is made in one thread while another fetches a token: it is masked all the same."""

    class Variables(UserDict[str, str]):
        def keys(self) -> KeysView[str]:
            known = dict(self.data).keys()
            settings.learn("login", SECRET, "TOKEN")
            return known

    source = Login("make", (), "$response.body#/token", "TOKEN")
    settings = Settings("http://127.0.0.1", {}, variables=Variables(), fetched={"login": source})
    _mask(tmp_path)
    contract = find_pack(str(tmp_path / "small.yaml")).contract
    assert mask_for(contract, settings, "TOKEN").text(f"it is {SECRET}") == f"it is {MASK}"


def test_a_curl_line_names_variables(tmp_path: Path) -> None:
    """What a shell would act on in the rest of a header is spelt so that it does not."""
    request = Request("GET", f"http://h/?token={SECRET}", (("X-A", f'`a` "$b\\ {SECRET}'),))
    line = curl_line(request, {SECRET: "MINE"}, _mask(tmp_path, SECRET))

    assert line.endswith(f"'http://h/?token={MASK}'")
    assert '-H "X-A: \\`a\\` \\"\\$b\\\\ $MINE"' in line
    # Two more say that curl's own Accept and User-Agent were not sent.
    assert len(shlex.split(line)) == 12
