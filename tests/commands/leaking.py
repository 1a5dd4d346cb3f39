"""A pack with a secret in every place that may hold one, and a server that repeats them all."""

from __future__ import annotations

import base64
import html
import json
import re
import runpy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

import yaml

from ..campaign.small import SHORT_NAMES
from ..conftest import REPOSITORY

# By the place where a secret stands, the secret. Each is there once, and no other holds it.
CANARIES = {
    "token of the environment": "cfat_canary01-Aa-token-0123456789abcdef",
    "header of the profile, by its name": "canary02-Bb-api-key",
    "header of the profile, by ${ENV}": "canary03-Cc-of-the-environment",
    "header of the command line": "canary04-Dd-client-secret",
    "cookie that was sent": "canary05-Ee-cookie",
    "userinfo of the proxy": "canary06-Ff:proxy+password",
    "path parameter, --set": "canary07-Gg/vault key",
    "query parameter": "canary08-Hh&query=secret ü",
    "write-only member that was sent": "canary09-Ii\"quoted\\pass'word <&>",
    "write-only member of many lines": (
        "-----BEGIN KEY-----\ncanary10JjLineOneOfTheKey\ncanary10JjLineTwo\n-----END KEY-----"
    ),
    "sensitive member that was sent": "canary11-Kk-sensitive",
    "sensitive member, nested": "canary12-Ll-nested",
    "sensitive items of an array": "canary13-Mm-of-an-array",
    "sensitive member in an array": "canary14-Nn-in-an-array",
    "write-only member of a reply": "canary15-Oo-came-back",
    "sensitive member of a reply": "canary16-Pp-of-a-reply\\back",
    "sensitive items of a reply": "canary17-Qq-recovery-code",
    "sensitive number of a reply": "8675309018",
    "cookie that was received": "canary19-Rr-session-of-the-server",
    "Authorization of a reply": "canary20-Ss-of-the-server",
    "query of Location": "canary21-Tt-access-token",
    "query of Link": "canary22-Uu-signature",
    "query of a signed download URL": "canary23-Vv-amz-signature",
    "userinfo of a URL in a reply": "canary24-Ww-userinfo",
    "client key": "canary25-Xx-in-the-key-file",
    "echo that is cut in its middle": "canary26-Yy-" + "0123456789" * 9,
}
# Half of a secret is no less one: of the long one this much may not be seen either.
PARTS = {"echo that is cut in its middle": "canary26-Yy-0123456789"}
PROXY_USER = "proxy-user"
ENVIRONMENT = {
    "LEAKY_TOKEN": CANARIES["token of the environment"],
    "API_KEY": CANARIES["header of the profile, by its name"],
    "TENANT_SECRET": CANARIES["header of the profile, by ${ENV}"],
    "SESSION": CANARIES["cookie that was sent"],
    "PROXY_PASSWORD": quote(CANARIES["userinfo of the proxy"], safe=""),
    "BODY": json.dumps(
        {
            "seat": "seat-one",
            "password": CANARIES["write-only member that was sent"],
            "private_key": CANARIES["write-only member of many lines"],
            "pass_phrase": CANARIES["sensitive member that was sent"],
            "owner": {"ssn": CANARIES["sensitive member, nested"]},
            "codes": [CANARIES["sensitive items of an array"]],
            "keys": [{"material": CANARIES["sensitive member in an array"]}],
            "note": CANARIES["echo that is cut in its middle"],
        }
    ),
    "QUERY": CANARIES["query parameter"],
    "VAULT": CANARIES["path parameter, --set"],
}
ARGUMENTS = (
    "--header", f"X-Client-Secret: {CANARIES['header of the command line']}",
    "--set", f"vault={CANARIES['path parameter, --set']}",
)  # fmt: skip
SEATS = ["seat-one", "seat-two"]
# What only the server knows; the rest is sent.
OF_THE_SERVER = (
    "write-only member of a reply", "sensitive member of a reply", "sensitive items of a reply",
    "sensitive number of a reply", "cookie that was received", "Authorization of a reply",
    "query of Location", "query of Link", "query of a signed download URL",
    "userinfo of a URL in a reply",
)  # fmt: skip
HONEST = "an honest word, and its name: password"

_TEXT = {"type": "string"}
_HIDDEN = {"type": "string", "x-sensitive": True}
_BODY = {
    "type": "object",
    "required": ["seat"],
    "properties": {
        "seat": {"type": "string", "minLength": 1, "maxLength": 40},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "password": {"type": "string", "writeOnly": True},
        "private_key": {"type": "string", "writeOnly": True},
        "pass_phrase": {**_HIDDEN, "maxLength": 30},
        "owner": {"type": "object", "properties": {"ssn": _HIDDEN}},
        "codes": {"type": "array", "items": _HIDDEN},
        "keys": {
            "type": "array",
            "items": {"type": "object", "properties": {"material": _HIDDEN}},
        },
        "note": {"type": "string", "writeOnly": True},
    },
}
_THING = {
    "type": "object",
    "required": ["id", "wanted"],
    "properties": {
        "id": {"type": "string"},
        "wanted": {"type": "string"},
        "password": {"type": "string", "writeOnly": True},
        # What comes is none of it: complaints quote it.
        "ticket": {"type": "string", "maxLength": 3, "x-sensitive": True},
        "pin": {"type": "integer", "maximum": 3, "x-sensitive": True},
        "recovery": {"type": "array", "items": {**_HIDDEN, "maxLength": 3}},
        "url": {"type": "string", "maxLength": 3},
        "echo": {"type": "object", "maxProperties": 0},
        "words": {"type": "string", "const": HONEST},
    },
}


def _replies(status: str) -> dict[str, Any]:
    error = {"type": "object", "required": ["message"], "properties": {"message": _TEXT}}
    return {
        status: {"description": "Done.", "content": {"application/json": {"schema": _THING}}},
        "4XX": {"description": "No.", "content": {"application/json": {"schema": error}}},
    }


def _document() -> dict[str, Any]:
    vault = {"name": "vault", "in": "path", "required": True, "schema": _HIDDEN}
    number = {"name": "thing", "in": "path", "required": True, "schema": _TEXT}
    code = {"name": "access_code", "in": "query", "schema": _HIDDEN}
    body = {"required": True, "content": {"application/json": {"schema": _BODY}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "security": [{"bearer": []}],
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/{vault}/things": {
                "parameters": [vault],
                "post": {
                    "operationId": "make_thing",
                    "requestBody": body,
                    "responses": _replies("201"),
                },
                "get": {
                    "operationId": "list_things",
                    "parameters": [code],
                    "responses": _replies("200"),
                },
            },
            "/{vault}/things/{thing}": {
                "parameters": [vault, number],
                "delete": {"operationId": "drop_thing", "responses": _replies("200")},
            },
        },
    }


_SCENARIO = '''"""Scenarios that quote all they know, and fail."""

import json
import logging
import os
import warnings

import clausewise


@clausewise.scenario("T1", requests=2)
def test_secrets(scenario: clausewise.Scenario) -> None:
    """What is sent here is nobody else's business."""
    body = json.loads(os.environ["BODY"])
    scenario.send("list_things", query={"access_code": os.environ["QUERY"]})
    made = scenario.send("make_thing", body=body)
    logging.getLogger("pack").warning("sent %s, got %s", body, made.body)
    print("captured", made.body, os.environ["QUERY"])
    warnings.warn(f"sent {json.dumps(body)}")
    scenario.holds("T1", made, False, f"sent {body}, got {made.body}")
    try:
        raise RuntimeError(f"quotes {made.entry}")
    except RuntimeError as error:
        logging.getLogger("pack").exception("a traceback of %s", os.environ["QUERY"])
        assert made.body == body, str(error)


@clausewise.clauses()
def test_promises(clause: clausewise.Judged) -> None:
    """Every clause."""
    clause.must_be_kept()
'''
_RULES = {
    "T1": {
        "statement": "A scenario shows it.",
        "operations": ["make_thing"],
        "scenario": "test_secrets",
    },
    "T2": {
        "statement": "A check asks it.",
        "operations": "all",
        "check": "quotes",
        "soft": True,
    },
}
_CHECK = '''"""A check that quotes all it sees, and may break."""

import os

from clausewise.checks import Broken, Message, check


@check
def quotes(message: Message) -> Broken | None:
    """Break the rule with every word of the exchange."""
    everything = repr(message)
    wanted = {"scenario": os.environ["QUERY"] in str(message.query), "plan": message.request_body}
    if wanted.get(os.environ.get("BREAK")):
        raise LookupError(f"the check broke at {everything}")
    return Broken(everything)
'''


def write_pack(folder: Path, **profiles: dict[str, Any]) -> Path:
    """The pack, in a folder of its own; its profiles are `leaky`, `by-proxy` and those given."""
    pems = runpy.run_path(str(REPOSITORY / "tests" / "transport" / "certificates.py"))
    files = {
        "openapi.yaml": yaml.safe_dump(_document()),
        "rules/rules.yaml": yaml.safe_dump(_RULES),
        "rules/__init__.py": "",
        "rules/checks.py": _CHECK,
        "contract_tests/test_all.py": _SCENARIO,
        "contract_tests/conftest.py": SHORT_NAMES,
        "client.pem": pems["CLIENT"],
        "key.pem": f"{CANARIES['client key']}\n{pems['KEY']}",
        "clausewise.yaml": yaml.safe_dump(_settings(profiles)),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def _settings(profiles: dict[str, Any]) -> dict[str, Any]:
    leaky = {
        "base_url": "${URL}/v1",
        "headers": {
            "X-Api-Key": "${API_KEY}",
            "X-Tenant": "of ${TENANT_SECRET}",
            "Cookie": "theme=dark; session=${SESSION}",
        },
        "resources": {"seat": SEATS},
        "path": {"vault": "${VAULT}"},
        "tls": {"client_certificate": "client.pem", "client_key": "key.pem"},
    }
    proxy = "http://" + PROXY_USER + ":${PROXY_PASSWORD}@${PROXY}"
    return {
        "name": "leaky",
        "contract": "openapi.yaml",
        "rules": "rules/rules.yaml",
        "tests": "contract_tests",
        "credential": {"environment": "LEAKY_TOKEN"},
        "path": {"vault": "nobody-s"},
        "resources": {
            "seat": {
                "members": {"make_thing": "/seat"},
                "undo": {
                    "make_thing": {
                        "method": "DELETE", "path": "/{vault}/things/{id}", "id": "/id",
                    }
                },
            }
        },
        "profiles": {"leaky": leaky, "by-proxy": {**leaky, "proxy": proxy}, **profiles},
    }  # fmt: skip


class Leaky(ThreadingHTTPServer):
    """Accepts everything, keeps what it was told, and says it all again. It is a proxy, too."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[str] = []
        self.said: list[str] = []
        # What every request is answered with, where that is not as usual.
        self.status: int | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    def carried(self) -> str:
        """All that crossed the wire, each thing as it is meant and not as it is spelt."""
        return "\n".join([*self.heard, *self.said])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Leaky

    def _answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        told = _told(content)
        headers = {name: _credential(value) for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query))
        self.server.heard += [unquote(parts.path), str(list(_strings([headers, query, told])))]
        self.server.heard += [*_strings([headers, query, told])]
        answer = self._thing(told, query, dict(self.headers.items()))
        status = self.server.status or {"POST": 201, "GET": 200}.get(self.command, 500)
        # Whole servers of PHP and Python escape as they like.
        body = json.dumps(answer).replace("/", "\\/").replace("canary16", "\\u0063anary16")
        data = body.encode()
        self.send_response(status)
        for name, value in self._headers():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.server.said += [*_strings(answer), *(value for _, value in self._headers())]

    do_GET = do_POST = do_DELETE = do_PUT = _answer  # noqa: N815  # the library names them

    def _headers(self) -> Iterator[tuple[str, str]]:
        yield "Content-Type", "application/json"
        yield "Set-Cookie", f"sid={CANARIES['cookie that was received']}; HttpOnly"
        yield "Authorization", CANARIES["Authorization of a reply"]
        yield "Location", f"/a?page=2&access_token={CANARIES['query of Location']}#x"
        yield "Link", f'<https://h.example/b?sig={CANARIES["query of Link"]}>; rel="next"'
        yield "X-Echo", str(self.headers.get("Authorization"))
        yield "X-Echo-Path", self.path

    def _thing(self, told: Any, query: Any, headers: dict[str, str]) -> dict[str, Any]:
        signed = CANARIES["query of a signed download URL"]
        long = CANARIES["echo that is cut in its middle"]
        cookies = headers.get("Cookie", "")
        return {
            "id": "a-thing",
            "password": CANARIES["write-only member of a reply"],
            "ticket": CANARIES["sensitive member of a reply"],
            "pin": int(CANARIES["sensitive number of a reply"]),
            "recovery": [CANARIES["sensitive items of a reply"]],
            "url": f"https://s3.example/f.mp4?X-Amz-Expires=60&X-Amz-Signature={signed}",
            "message": f"rtmp://user:{CANARIES['userinfo of a URL in a reply']}@h.example/live",
            "words": f"{HONEST}, said again",
            "echo": {
                "body": told,
                "query": query,
                "headers": headers,
                "cookies": [pair.partition("=")[2] for pair in cookies.split(";")],
                "said": [_credential(value) for value in headers.values()],
                "path": unquote(self.path),
                json.dumps(told): 1,
                "cut": long if long in str(told) else "",
            },
            # A member that nobody documented is told by its name.
            f"of {told['note']}" if isinstance(told, dict) and "note" in told else "of": 1,
            # A complaint about it is cut where the secret stands.
            "wanted": ["x" * 770 + long + "y" * 400] if long in str(told) else [],
        }

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _told(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")


def _credential(value: str) -> str:
    """A header's value, that of Basic read."""
    scheme, _, rest = value.partition(" ")
    return base64.b64decode(rest).decode() if scheme == "Basic" else value


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, inner in node.items():
            yield str(name)
            yield from _strings(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _strings(inner)
    else:
        yield str(node)


@contextmanager
def leaky_server() -> Iterator[Leaky]:
    """A server of its own, in threads."""
    with Leaky() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def forms(secret: str) -> dict[str, str]:
    """What a secret may look like in a file, by the name of the spelling."""
    slashes = json.dumps(secret)[1:-1].replace("/", "\\/")
    spelt = {
        "raw": secret,
        "JSON": json.dumps(secret)[1:-1],
        "JSON in UTF-8": json.dumps(secret, ensure_ascii=False)[1:-1],
        "JSON in JSON": json.dumps(json.dumps(secret)[1:-1])[1:-1],
        "JSON with its slashes": slashes,
        "JSON with its slashes in Python": slashes.replace("\\", "\\\\"),
        "JSON in Python": repr(json.dumps(secret)[1:-1])[1:-1],
        "JSON in JSON in Python": repr(json.dumps(json.dumps(secret)[1:-1])[1:-1])[1:-1],
        "Python": repr(secret)[1:-1],
        "percent-encoded": quote(secret, safe=""),
        "percent-encoded, with slashes": quote(secret),
        "form": quote_plus(secret),
        "HTML": html.escape(secret),
        "XML": html.escape(secret, quote=False),
        "shell": secret.replace("'", "'\\''"),
        "base64": base64.b64encode(secret.encode()).decode().rstrip("="),
        "Basic": base64.b64encode(f"{PROXY_USER}:{secret}".encode()).decode(),
    }
    return spelt | {f"line {n}": line for n, line in enumerate(secret.split("\n")[1:-1])}


_JOINT = re.compile(r"""(['"])\s*\n[E\s]*b?\1""")


def _bare(text: str) -> str:
    return "".join(text.split())


def leaks(texts: dict[str, str]) -> list[str]:
    """Which secret stands in which text, and how it is spelt there."""
    # Terminals and printers of objects break lines anywhere.
    whole = {name: _bare(text) + _bare(_JOINT.sub("", text)) for name, text in texts.items()}
    found = []
    for place, secret in CANARIES.items():
        spelt = forms(PARTS.get(place, secret))
        for name, text in whole.items():
            seen = [spelling for spelling, form in spelt.items() if _bare(form) in text]
            if seen:
                found.append(f"{place} in {name}: {', '.join(seen)}")
    return found


def everything_below(*folders: Path, besides: tuple[Path, ...] = ()) -> dict[str, str]:
    """All files below some folders as text, by name; but for those below others."""
    return {
        str(path): path.read_bytes().decode("utf-8", "backslashreplace")
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(path.is_relative_to(other) for other in besides)
    }
