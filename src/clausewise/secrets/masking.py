"""Masking secrets in everything that leaves the process.

What is secret is known from four sides: what the user gave (the credential, headers, a proxy's
password), what the contract marks (`writeOnly`, `x-sensitive`, `format: password`), what headers
say by their name, and what URLs hold (a user name, a token in the query). A value that is known is
masked wherever it stands and however it is spelt there; what the plan made up is no secret.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, unquote_plus

from clausewise.contract import Contract
from clausewise.contract.security import MADE_UP, MADE_UP_USER
from clausewise.exchange import Request, Response
from clausewise.secrets.names import credentials_in, is_secret_header, is_secret_parameter
from clausewise.secrets.places import SecretPlaces, all_scalars, spoken
from clausewise.secrets.spellings import SHORTEST, Spellings
from clausewise.strict_json import is_number

MASK = "•••"
# What a server calls secret may be any word: only what looks like no word is looked for elsewhere.
SHORTEST_OF_A_REPLY = 16
# What replies say is masked where it stands; no more of it is looked for elsewhere.
_MOST_OF_REPLIES = 1000

# `?key=` is a secret only where its value is as long as one.
_SHORTEST_KEY = 16

# So many texts that were shown are kept, up to a length each.
_MOST_KEPT = 4096
_LONGEST_KEPT = 1000

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


class _Shown:
    """What was made of texts: names and values of headers, URLs, bodies come again and again.

    Who learns a secret begins another one; what somebody made of a text before then goes into his.
    """

    def __init__(self, unchanged: set[str] | None = None) -> None:
        self._changed: dict[str, str] = {}
        self._unchanged = set() if unchanged is None else unchanged

    def of(self, text: str, show: Callable[[str], str]) -> str:
        """What `show` makes of a text, asked once."""
        if text in self._unchanged:
            return text
        known = self._changed.get(text)
        if known is None:
            known = show(text)
            if len(text) <= _LONGEST_KEPT:
                if len(self._changed) + len(self._unchanged) >= _MOST_KEPT:
                    self._changed.clear()
                    self._unchanged.clear()
                if known == text:
                    self._unchanged.add(text)
                else:
                    self._changed[text] = known
        return known

    def harmless(self) -> _Shown:
        """What is still so once more is known to be harmless: where nothing was hidden."""
        return _Shown(self._unchanged)


class Mask:
    """Replaces secrets: those that are given, and those that are learned from exchanges.

    Safe to use from several threads: a token is fetched anew while others' exchanges are learned.
    """

    def __init__(self, contract: Contract, secrets: Iterable[str | None]) -> None:
        """`secrets` are known values."""
        self._names = SecretPlaces(contract)
        # Held where something is learned. What is read meanwhile is replaced, not changed.
        self._lock = threading.Lock()
        self._lawful = {MADE_UP, MADE_UP_USER, *self._names.documented}
        self._secrets: set[str] = set()
        # Those that no plan can make harmless.
        self._given: set[str] = set()
        self._numbers: set[str] = set()
        self._spellings = Spellings()
        # Texts and bodies as they were shown, since the last secret was learnt.
        self._texts, self._bodies = _Shown(), _Shown()
        self._of_replies = 0
        # The operations whose plans are known: what they made up is lawful.
        self.planned: set[str] = set()
        self.add(secrets)

    def allow(self, made_up: Any) -> None:
        """Take the values of something that the plan made up for no secrets."""
        with self._lock:
            new = {spoken(value) for value in all_scalars(made_up)} - self._lawful
            self._lawful |= new
            mistaken = (self._secrets & new) - self._given
            if mistaken:
                self._secrets -= mistaken
                self._numbers = self._numbers - new
                self._spellings = Spellings().plus(self._secrets)
            if new:
                self._texts, self._bodies = self._texts.harmless(), self._bodies.harmless()

    def learn(self, request: Request, response: Response | None) -> None:
        """Take what an exchange holds in places for secrets for secret."""
        self._learn_values(self._names.values(_body_of(request)))
        hidden = [value for name, value in request.query.items() if name in self._names.query]
        hidden += [value for name, value in request.path.items() if self.hides(name)]
        self._learn_values(all_scalars(hidden))
        if response is None or self._of_replies > _MOST_OF_REPLIES:
            return
        before = len(self._secrets)
        if self._names.occur_in(response.content):
            with suppress(ValueError, RecursionError):
                told = json.loads(response.content.decode("utf-8", "backslashreplace"))
                # What a refusal says at the place of a secret is a sentence about it.
                refused = response.status >= 400
                found = [v for v in self._names.values(told) if not _is_word(v)]
                self._learn_values(v for v in found if not (refused and _is_sentence(v)))
        self._learn_values(
            part for part in self._told(response) if len(part) >= SHORTEST_OF_A_REPLY
        )
        self._of_replies += len(self._secrets) - before

    def _told(self, response: Response) -> Iterator[str]:
        """What a reply holds in headers and URLs that are known for secrets."""
        for name, value in response.headers:
            if is_secret_header(name):
                yield from credentials_in(name, value)
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
                self.add(credentials_in(name, value))

    def is_documented(self, value: str) -> bool:
        """Whether the contract itself shows a value where secrets stand: everybody may know it."""
        return value in self._names.documented

    def hides(self, parameter: str) -> bool:
        """Whether the contract marks a path parameter as sensitive."""
        return parameter in self._names.path

    def _learn_values(self, values: Iterable[Any]) -> None:
        found = [value for value in values if spoken(value) not in self._lawful]
        self._look_for(value for value in found if isinstance(value, str))
        numbers = {
            str(value) for value in found if is_number(value) and len(str(value)) >= SHORTEST
        }
        with self._lock:
            if numbers - self._numbers:
                self._numbers = self._numbers | numbers
                self._forget()

    def add(self, secrets: Iterable[str | None]) -> None:
        """Take these values for secret, whatever the plan makes up; short ones are not."""
        told = list(secrets)
        with self._lock:
            self._given |= {secret for secret in told if secret}
        self._look_for(told)

    def _look_for(self, secrets: Iterable[str | None]) -> None:
        new = {secret for secret in secrets if secret and len(secret) >= SHORTEST}
        with self._lock:
            new -= self._secrets
            if new:
                self._secrets |= new
                self._spellings = self._spellings.plus(new)
                self._forget()

    def _forget(self) -> None:
        """Look at all texts anew: a secret was learnt."""
        self._texts, self._bodies = _Shown(), _Shown()

    def text(self, text: str) -> str:
        """A text with every known secret masked, and what URLs and members hold in it."""
        return self._texts.of(text, self._masked)

    def _masked(self, text: str) -> str:
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
        return self._bodies.of(text, self._masked_body)

    def _masked_body(self, text: str) -> str:
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
        if is_number(node) and str(node) in self._numbers:
            return MASK
        return self.text(node) if isinstance(node, str) else node

    def _concealed(self, node: Any) -> Any:
        """What stands in a place for secrets; how many there are may be seen."""
        if isinstance(node, dict):
            return {name: self._concealed(inner) for name, inner in node.items()}
        if isinstance(node, list):
            return [self._concealed(inner) for inner in node]
        if node is None or isinstance(node, bool) or node == "" or spoken(node) in self._lawful:
            return node
        return MASK

    def _is_lawful(self, text: str) -> bool:
        return bool({text, unquote(text), unquote_plus(text)} & self._lawful)

    def _without_userinfo(self, found: re.Match[str]) -> str:
        if any(found[0] in value for value in tuple(self._lawful)):
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


def _body_of(request: Request) -> Any:
    if request.body is not None or request.content is None:
        return request.body
    with suppress(ValueError, RecursionError):
        return json.loads(request.content)
    return None


def _is_sentence(value: Any) -> bool:
    """Whether a text is of several words, one of them of small letters alone."""
    words = value.split() if isinstance(value, str) else []
    return len(words) > 2 and any(word.isalpha() and word.islower() for word in words)


def _is_word(value: Any) -> bool:
    """Whether a text looks like words of a language, and is no longer than some."""
    return (
        isinstance(value, str)
        and len(value) < SHORTEST_OF_A_REPLY
        and all(part.isalpha() for part in _BETWEEN_WORDS.split(value))
    )
