"""Versions: what says at which one a thing is, in requests and in replies.

An entity tag and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1), or a member that means that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clausewise.exchange import Response
from clausewise.links.items import scalars

# The header by which a request says it, in small letters.
IF_MATCH = "if-match"
# With `*`, the header by which it says that the thing is not there yet (section 13.1.2).
IF_NONE_MATCH = "if-none-match"
_VERSIONS = re.compile(
    r"^_?(?:version|rev|revision|e_?tag|generation|(?:lock|row|resource)_?version)$", re.IGNORECASE
)


def is_version(name: str) -> bool:
    """Whether a member or a parameter is named as what says which version is meant."""
    return _VERSIONS.match(name) is not None


def versions_in(response: Response) -> dict[str, Any]:
    """What a reply shows of a thing by name, its entity tag among it (RFC 9110, section 8.8.3)."""
    members = scalars(response.json_or_none, "")
    shown = {at.rpartition("/")[2].lower().strip("_"): value for at, value in members}
    tag = response.header("etag")
    return shown | ({IF_MATCH: tag} if tag else {})


def version_of(shown: Mapping[str, Any], name: str) -> Any:
    """What `versions_in` shows of a version; an entity tag may be meant by another name."""
    plain = name.lower().strip("_")
    return shown.get(plain, shown.get(IF_MATCH) if "tag" in plain or "rev" in plain else None)
