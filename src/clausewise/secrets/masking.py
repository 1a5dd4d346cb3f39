"""Masking secrets in everything that leaves the process.

What is secret is known from four sides: what the user gave (the credential, headers, a proxy's
password), what the contract marks (`writeOnly`, `x-sensitive`), what headers say by their name, and
what URLs hold (a user name, a token in the query). A value that is known is masked wherever it
stands and however it is spelt there; values that the plan made up are no secrets.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

from clausewise.contract import Contract
from clausewise.contract.places import Place
from clausewise.contract.security import MADE_UP, MADE_UP_USER
from clausewise.exchange import Request, Response
from clausewise.pack.settings import STAND_IN, Settings
from clausewise.pointer import ABSENT
from clausewise.secrets.spellings import SHORTEST, Spellings

MASK = "•••"
# What a server calls secret may be any word: only what looks like no word is looked for elsewhere.
SHORTEST_OF_A_REPLY = 16
# What replies say is masked where it stands; no more of it is looked for elsewhere.
_MOST_OF_REPLIES = 1000

_SECRET_HEADERS = {"authorization", "proxy-authorization", "cookie", "set-cookie"}
_REMARKABLE = ("secret", "token", "api-key", "apikey", "password", "passwd", "credential")
# The same as whole words of a name; `Idempotency-Key` is none, nor is `WWW-Authenticate`.
_WORDS = {"auth", "jwt", "signature", "pwd"}
_KEYS = {"access-key", "auth-key", "private-key", "secret-key", "subscription-key", "x-key"}
_PARAMETERS = {"auth", "authorization", "hmac", "jwt", "pwd", "sas", "sig", "signature"}
# `?key=` is a secret only where its value is as long as one.
_SHORTEST_KEY = 16
# Tokens of this kind only say where to go on.
_HARMLESS = ("page", "next", "cursor", "continuation", "sync")

_BETWEEN_WORDS = re.compile(r"[ _.-]")
_USERINFO = re.compile(r"""([a-zA-Z][a-zA-Z0-9+.-]*:(?:\\?/){2})([^\s/?#"'<>@\\]+)@""")
_PARAMETER = re.compile(
    r"""((?:[?&;#]|%3[fF]|%26|\\u0026)([\w.~\[\]-]{1,60})(?:=|%3[dD]))((?:(?!%26|%23)[^&#\s"'<>\\`])+)"""
)
# A header in a log: `(b'Set-Cookie', b'…')`, `Authorization: Bearer …`.
_LOGGED_HEADER = re.compile(
    r"""((?:\(b?['"]([\w-]{3,40})['"],|['"]([\w-]{3,40})['"]:)\s*b?)"""
    r"""(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")"""
)
_LOGGED_SCHEME = re.compile(r"\b((?:Bearer|Basic) )([A-Za-z0-9._~+/=-]{8,})")
# Where pytest breaks a string into lines.
_JOINT = re.compile(r"""(['"])[ \t]*\n[E \t]*[-+]?[ \t]*b?\1""")


class Mask:
    """Replaces secrets: those that are given, and those that are learned from exchanges."""

    def __init__(self, contract: Contract, secrets: Iterable[str | None], lawful: set[str]) -> None:
        """`secrets` are known values; `lawful` the values that the plan itself made up."""
        self._names = _Names(contract)
        self._lawful = {*lawful, MADE_UP, MADE_UP_USER, *self._names.documented}
        self._secrets: set[str] = set()
        # Those that no plan can make harmless.
        self._given: set[str] = set()
        self._numbers: set[str] = set()
        self._spellings = Spellings()
        self._of_replies = 0
        self.add(secrets)

    def allow(self, made_up: Any) -> None:
        """Take the values of something that the plan made up for no secrets."""
        new = {_spoken(value) for value in _scalars(made_up)} - self._lawful
        self._lawful |= new
        mistaken = (self._secrets & new) - self._given
        if mistaken:
            self._secrets -= mistaken
            self._numbers -= new
            self._spellings = Spellings().plus(self._secrets)

    def learn(self, request: Request, response: Response | None) -> None:
        """Take what an exchange holds in places for secrets for secret."""
        self._learn_values(self._names.values(_body_of(request)))
        hidden = [value for name, value in request.query.items() if name in self._names.query]
        hidden += [value for name, value in request.path.items() if self.hides(name)]
        self._learn_values(_scalars(hidden))
        if response is None or self._of_replies > _MOST_OF_REPLIES:
            return
        before = len(self._secrets)
        if self._names.occur_in(response.content):
            with suppress(ValueError, RecursionError):
                told = json.loads(response.content.decode("utf-8", "backslashreplace"))
                self._learn_values(v for v in self._names.values(told) if not _is_word(v))
        self._learn_values(
            part for part in self._told(response) if len(part) >= SHORTEST_OF_A_REPLY
        )
        self._of_replies += len(self._secrets) - before

    def _told(self, response: Response) -> Iterator[str]:
        """What a reply holds in headers and URLs that are known for secrets."""
        for name, value in response.headers:
            if is_secret_header(name):
                yield from _credentials_in(name, value)
            else:
                yield from self._held_by_urls(value)
        yield from self._held_by_urls(response.content.decode("utf-8", "backslashreplace"))

    def _held_by_urls(self, text: str) -> Iterator[str]:
        if "@" in text:
            for found in _USERINFO.finditer(text):
                if self._without_userinfo(found) != found[0]:
                    yield from (found[2], found[2].rpartition(":")[2])
        if "=" in text:
            for found in _PARAMETER.finditer(text):
                shown = self._without_parameter(found)
                if shown == f"{found[1]}{MASK}":
                    yield from (found[3], unquote_plus(found[3]))
                elif shown != found[0]:
                    yield from self._held_by_urls(found[3])

    def learn_credentials(self, request: Request) -> None:
        """Take what a request's headers hold by their names for secret: nobody gave it to us."""
        for name, value in request.headers:
            if is_secret_header(name) or name.lower() in self._names.headers:
                self.add(_credentials_in(name, value))

    def is_documented(self, value: str) -> bool:
        """Whether the contract itself shows a value where secrets stand: everybody may know it."""
        return value in self._names.documented

    def hides(self, parameter: str) -> bool:
        """Whether the contract marks a path parameter as sensitive."""
        return parameter in self._names.path

    def _learn_values(self, values: Iterable[Any]) -> None:
        found = [value for value in values if _spoken(value) not in self._lawful]
        self._look_for(value for value in found if isinstance(value, str))
        self._numbers |= {
            str(value) for value in found if _is_number(value) and len(str(value)) >= SHORTEST
        }

    def add(self, secrets: Iterable[str | None]) -> None:
        """Take these values for secret, whatever the plan makes up; short ones are not."""
        told = list(secrets)
        self._given |= {secret for secret in told if secret}
        self._look_for(told)

    def _look_for(self, secrets: Iterable[str | None]) -> None:
        new = {secret for secret in secrets if secret and len(secret) >= SHORTEST}
        new -= self._secrets
        if new:
            self._secrets |= new
            self._spellings = self._spellings.plus(new)

    def text(self, text: str) -> str:
        """A text with every known secret masked, and what URLs and members hold in it."""
        text = self._spellings.masked(text, MASK)
        for number in self._numbers:
            if number in text:
                text = re.sub(rf"(?<![\d.]){re.escape(number)}(?![\d.])", MASK, text)
        if "@" in text:
            text = _USERINFO.sub(self._without_userinfo, text)
        if "=" in text or "%3" in text:
            text = _PARAMETER.sub(self._without_parameter, text)
        if self._names.pattern is not None:
            text = self._names.pattern.sub(self._without_member, text)
        return text

    def logged(self, text: str) -> str:
        """Text of a log or a traceback: headers in it are known by their names as well.

        A long string may stand in pieces there, one a line: where a secret does, it is put
        together.
        """
        masked = self._logged(text)
        whole = _JOINT.sub("", text)
        if whole != text and (together := self._logged(whole)) != _JOINT.sub("", masked):
            return together
        return masked

    def _logged(self, text: str) -> str:
        text = _LOGGED_HEADER.sub(self._without_header, self.text(text))
        return _LOGGED_SCHEME.sub(
            lambda found: found[0] if found[2] in self._lawful else f"{found[1]}{MASK}", text
        )

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[list[str]]:
        """Headers with secret ones masked; the scheme of a credential stays readable."""
        masked = []
        for name, value in headers:
            if is_secret_header(name) or name.lower() in self._names.headers:
                scheme = re.match(r"[A-Za-z][\w-]* ", value)
                value = f"{scheme[0]}{MASK}" if scheme and "auth" in name.lower() else MASK
            masked.append([self.text(name), self.text(value)])
        return masked

    def body(self, text: str) -> str:
        """A body as text; as JSON it is looked through as well, whatever its spelling."""
        shown = self.text(text)
        named = self._names.occur_in(text.encode("utf-8", "replace"))
        if "\\" not in text and not named and (shown == text or not self._numbers):
            return shown
        try:
            masked = self.value(json.loads(text))
        except (ValueError, RecursionError):
            return shown
        with suppress(ValueError, RecursionError):
            if json.loads(shown) == masked:
                return shown
        return json.dumps(masked, ensure_ascii=False)

    def value(self, node: Any, parent: str = "") -> Any:
        """JSON with everything masked in it: by place, and by value."""
        if isinstance(node, dict):
            return {
                self.text(name): self._concealed(inner)
                if self._names.is_secret(parent, name)
                else self.value(inner, name)
                for name, inner in node.items()
            }
        if isinstance(node, list | tuple):
            return [self.value(inner, parent) for inner in node]
        if _is_number(node) and str(node) in self._numbers:
            return MASK
        return self.text(node) if isinstance(node, str) else node

    def _concealed(self, node: Any) -> Any:
        """What stands in a place for secrets; how many there are may be seen."""
        if isinstance(node, dict):
            return {name: self._concealed(inner) for name, inner in node.items()}
        if isinstance(node, list):
            return [self._concealed(inner) for inner in node]
        if node is None or isinstance(node, bool) or node == "" or _spoken(node) in self._lawful:
            return node
        return MASK

    def _is_lawful(self, text: str) -> bool:
        return bool({text, unquote(text), unquote_plus(text)} & self._lawful)

    def _without_userinfo(self, found: re.Match[str]) -> str:
        if any(found[0] in value for value in self._lawful):
            return found[0]
        return f"{found[1]}{MASK}@"

    def _without_parameter(self, found: re.Match[str]) -> str:
        before, name, value = found[1], unquote(found[2]), found[3]
        secret = name in self._names.query or (
            is_secret_parameter(name)
            and len(value) >= (_SHORTEST_KEY if name.lower() == "key" else SHORTEST)
        )
        if secret:
            return found[0] if self._is_lawful(value) else f"{before}{MASK}"
        # There may be another URL in it.
        return before + _PARAMETER.sub(self._without_parameter, value)

    def _without_member(self, found: re.Match[str]) -> str:
        """A member in JSON, or in the words of Python."""
        before, value = found[1], found[3]
        if value[0] not in "\"'":
            return found[0] if value in self._lawful else f'{before}"{MASK}"'
        inner = value[1:-1] if value[-1] == value[0] and len(value) > 1 else value[1:]
        with suppress(ValueError):
            inner = json.loads(f'"{inner}"')
        if not inner or inner in self._lawful:
            return found[0]
        return f"{before}{value[0]}{MASK}{value[0]}"

    def _without_header(self, found: re.Match[str]) -> str:
        name, value = found[2] or found[3], found[4] or found[5]
        secret = is_secret_header(name) and value and MASK not in value
        return f"{found[1]}'{MASK}'" if secret and value not in self._lawful else found[0]


def secrets_of(settings: Settings, variable: str) -> dict[str, str | None]:
    """What a run's settings hold that is secret, each with its name in a `curl` line, if any.

    `variable` stands for the credential.
    """
    known: dict[str, str | None] = dict(settings.variables)
    for name, value in settings.headers:
        if is_secret_header(name):
            for part in _credentials_in(name, value):
                known.setdefault(part, None)
            whole = value.partition(" ")[2] if "auth" in name.lower() else value
            known[whole or value] = known.get(whole or value) or _variable(name)
    if settings.proxy is not None:
        known |= dict.fromkeys(_userinfo(settings.proxy))
    if settings.token is not None:
        known[settings.token] = variable
    return known


def shown_in_curl(settings: Settings, variable: str) -> dict[str, str | None]:
    """What stands for a run's secrets in `curl` lines: variables, as `secrets_of` gives them.

    A stand-in that the pack itself publishes stands for itself, so that the line works as it is.
    """
    known = secrets_of(settings, variable)
    if settings.token is not None and settings.token_name == STAND_IN:
        known[settings.token] = settings.token
    return known


def mask_for(
    contract: Contract, settings: Settings, variable: str, lawful: Iterable[str] = ()
) -> Mask:
    """The mask of a run that has sent nothing yet; `variable` stands for the credential."""
    mask = Mask(contract, secrets_of(settings, variable), set(lawful))
    hidden = (value for name, value in settings.path.items() if mask.hides(name))
    mask.add(value for value in hidden if not mask.is_documented(value))
    if settings.fetched:
        settings.learners.append(mask.add)
    return mask


def is_secret_header(name: str) -> bool:
    """Whether a header of this name holds a secret, as far as its name tells."""
    lower = name.lower().replace("_", "-")
    return not lower.startswith("access-control-") and (
        lower in _SECRET_HEADERS
        or any(word in lower for word in _REMARKABLE)
        or any(lower.endswith(key) for key in _KEYS)
        or bool(_WORDS & set(lower.split("-")))
    )


def is_secret_parameter(name: str) -> bool:
    """Whether a query parameter of this name holds a secret, as far as its name tells."""
    lower = name.lower().replace("_", "-")
    if any(word in lower for word in _HARMLESS):
        return False
    return (
        lower in _PARAMETERS
        or any(word in lower for word in _REMARKABLE)
        or any(lower.endswith(key) for key in (*_KEYS, "-signature", "accesskeyid"))
        or lower == "key"
    )


def _variable(header: str) -> str:
    return re.sub(r"\W", "_", header).upper()


def _credentials_in(name: str, value: str) -> Iterator[str]:
    """The secrets of one header: what follows the scheme, what Basic says, each cookie's value."""
    if "cookie" in name.lower():
        pairs = value.split(";")[:1] if name.lower() == "set-cookie" else value.split(";")
        yield from (pair.partition("=")[2].strip().strip('"') for pair in pairs)
        return
    scheme, _, rest = value.partition(" ")
    secret = rest.strip() if "auth" in name.lower() and rest else value
    yield secret
    if scheme.lower() == "basic":
        with suppress(ValueError):
            said = base64.b64decode(rest, validate=True).decode()
            yield from (said, said.partition(":")[2])


def _userinfo(url: str) -> Iterator[str]:
    """What the user name and the password of a URL may look like on their way."""
    raw = urlsplit(url).netloc.rpartition("@")[0]
    user, _, password = (unquote(part) for part in raw.partition(":"))
    secret = password or user
    if secret:
        yield from (raw, secret, f"{user}:{password}")
        yield base64.b64encode(f"{user}:{password}".encode()).decode()


def _body_of(request: Request) -> Any:
    if request.body is not None or request.content is None:
        return request.body
    with suppress(ValueError, RecursionError):
        return json.loads(request.content)
    return None


def _is_word(value: Any) -> bool:
    """Whether a text looks like words of a language, and is no longer than some."""
    return (
        isinstance(value, str)
        and len(value) < SHORTEST_OF_A_REPLY
        and all(part.isalpha() for part in _BETWEEN_WORDS.split(value))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spoken(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _scalars(node: Any) -> Iterator[Any]:
    if isinstance(node, Mapping):
        for inner in node.values():
            yield from _scalars(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _scalars(inner)
    elif isinstance(node, str) or _is_number(node):
        yield node


class _Names:
    """The places of a contract that hold secrets, by the names of members and parameters.

    A name is enough: a server may put what it was sent anywhere. One that honest places have too
    counts only below the same parent.
    """

    def __init__(self, contract: Contract) -> None:
        self.documented: set[str] = set()
        secret, honest = _named_places(contract, self.documented)
        others = {name for _, name in honest - secret}
        self._pairs = secret
        self._members = {name for _, name in secret} - others
        self.path: set[str] = set()
        self.query: set[str] = set()
        self.headers: set[str] = set()
        by_location = {"path": self.path, "query": self.query, "header": self.headers}
        for operation in contract.operations.values():
            for parameter in operation.parameters:
                notes = parameter.message.place.notes
                items = parameter.message.place.items
                hidden = notes.get("x-sensitive") or (items and items.notes.get("x-sensitive"))
                if hidden:
                    self.documented |= _documented(parameter.message.place)
                    if parameter.example is not ABSENT:
                        self.documented.add(_spoken(parameter.example))
                if hidden and parameter.location in by_location:
                    lower = parameter.location == "header"
                    name = parameter.name.lower() if lower else parameter.name
                    by_location[parameter.location].add(name)
            for scheme in operation.schemes:
                if scheme.place == "query":
                    self.query.add(scheme.parameter)
                elif scheme.place == "header":
                    self.headers.add(scheme.parameter.lower())
        self._sought = [json.dumps(name)[1:-1].encode() for _, name in self._pairs]
        self.pattern = _pattern(self._members)

    def is_secret(self, parent: str, name: str) -> bool:
        """Whether a member holds a secret."""
        return name in self._members or (parent, name) in self._pairs

    def occur_in(self, content: bytes) -> bool:
        """Whether any of the names may stand in a body."""
        return any(name in content for name in self._sought) or b"\\u" in content

    def values(self, node: Any, parent: str = "") -> Iterator[Any]:
        """The secrets in a body."""
        if isinstance(node, Mapping):
            for name, inner in node.items():
                if self.is_secret(parent, name):
                    yield from _scalars(inner)
                else:
                    yield from self.values(inner, name)
        elif isinstance(node, list | tuple):
            for inner in node:
                yield from self.values(inner, parent)


def _pattern(names: set[str]) -> re.Pattern[str] | None:
    """A member with its value, in JSON or in the words of Python; the value may be cut off."""
    if not names:
        return None
    one = "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))
    string = r""""(?:[^"\\]|\\.)*(?:"|$)|'(?:[^'\\]|\\.)*(?:'|$)"""
    return re.compile(rf"""((["'])(?:{one})\2\s*:\s*)({string}|-?\d[\d.eE+-]*)""", re.DOTALL)


def _documented(place: Place) -> set[str]:
    """The values that a schema itself shows at a place."""
    found: list[Any] = []
    for body in (place.schema, *place.schema.get("allOf", ())):
        found += [body[name] for name in ("example", "default", "const") if name in body]
        for name in ("examples", "enum"):
            found += body[name] if isinstance(body.get(name), list) else []
    return {_spoken(value) for value in _scalars(found)}


def _named_places(
    contract: Contract, documented: set[str]
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Parent and name of every place that holds secrets, and of every other one.

    What schemas show at the first ones is added to `documented`.
    """
    secret: set[tuple[str, str]] = set()
    honest: set[tuple[str, str]] = set()
    for operation in contract.operations.values():
        contents = [*operation.contents]
        for reply in operation.replies.values():
            contents += reply.contents
        places: list[Place] = [content.message.place for content in contents]
        for place in places:
            walked = [(inner.pointer, inner) for inner in place.walk()]
            hidden = {
                at for at, inner in walked
                if inner.notes.get("writeOnly") or inner.notes.get("x-sensitive")
            }  # fmt: skip
            for at, inner in walked:
                pair = _named(at)
                if at in hidden:
                    secret.add(pair)
                    documented |= _documented(inner)
                elif not any(at.startswith(f"{above}/") for above in hidden):
                    honest.add(pair)
    secret.discard(("", ""))
    # An array of secrets is a place like any other, and so is its name.
    return secret, honest - secret


def _named(pointer: str) -> tuple[str, str]:
    """The last two names of a pointer; items have that of their array."""
    steps = [step for step in pointer.split("/")[1:] if step != "*" and not step.isdigit()]
    names = [step.replace("~1", "/").replace("~0", "~") for step in steps]
    return ("", "", *names)[-2], ("", "", *names)[-1]
