"""What a plain reference leads to: a document, and a pointer into it (RFC 3986 and RFC 6901).

Most documents call none of their parts by a name (`$id`, `$anchor`), so that needs no more. What
has names, and what leads nowhere, is asked of `referencing`, which is imported then: to import it
takes a tenth of the time to the first request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from clausewise.pointer import ABSENT, look

if TYPE_CHECKING:
    from referencing import Registry

# What names a document, or a part of it; an escaped `$` may be one.
_NAMING = ("$id", "$self", "$anchor", "$dynamicAnchor", "\\u0024", "\\x24", "\\U00000024")


def is_plain(text: str) -> bool:
    """Whether no part of a document has a name beside the pointer to it."""
    return not any(word in text for word in _NAMING)


def nowhere() -> tuple[type[Exception], ...]:
    """What is raised for a reference that leads nowhere, or is none."""
    from referencing.exceptions import Unresolvable

    return (Unresolvable, ValueError, TypeError, AttributeError)


class Resolved(NamedTuple):
    """What a reference leads to, and the base of what that refers to."""

    contents: Any
    resolver: Any


class PlainResolver:
    """A base of references: a plain document, and the URI that it was read by."""

    def __init__(
        self,
        uri: str,
        data: Any,
        other: Callable[[str], PlainResolver | None],
        registry_of: Callable[[Iterable[tuple[str, Any]]], Registry[Any]],
    ) -> None:
        """`other` gives the base of the plain document at a URI, if there is one.

        `registry_of` gives what `referencing` knows of, when it knows these nodes by their URIs.
        """
        self.uri = uri
        self.data = data
        self._other = other
        self._registry_of = registry_of

    def lookup(self, ref: str) -> Any:
        """What a reference leads to, as `contents` and `resolver`. Raises one of `nowhere()`."""
        base, fragment = self._parted(ref)
        if base is not None and (not fragment or fragment.startswith("/")):
            contents = look(base.data, unquote(fragment))
            if contents is not ABSENT:
                return Resolved(contents, base)
        return self._registry_of([(self.uri, self.data)]).resolver(self.uri).lookup(ref)

    def _parted(self, ref: str) -> tuple[PlainResolver | None, str]:
        """The document that a reference is about, where it is plain, and the fragment in it."""
        if ref.startswith("#"):
            return self, ref[1:]
        uri, fragment = urldefrag(urljoin(self.uri, ref))
        return self if uri == self.uri else self._other(uri), fragment
