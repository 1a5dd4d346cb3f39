"""Path templates, as `/pets/{petId}`: which parameters they name, and what a path has for each."""

from __future__ import annotations

import re

# What a path has operations under, in a path item (OpenAPI 3.2, section 4.9).
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_NAMED = re.compile(r"\{([^{}]+)\}")


def path_names(template: str) -> list[str]:
    """The names of a template's parameters, in its order.

    >>> path_names("/pets/{petId}/toys/{toyId}")
    ['petId', 'toyId']
    """
    return _NAMED.findall(template)


def without_names(template: str) -> str:
    """A template that is equal for all that differ in names alone.

    >>> without_names("/pets/{petId}/toys")
    '/pets/{}/toys'
    """
    return _NAMED.sub("{}", template)


def path_pattern(template: str, value: str) -> str:
    """The regular expression of a template's paths; `value` is that of each parameter, a group.

    >>> path_pattern("/pets/{petId}", "([^/]+)")
    '/pets/([^/]+)'
    """
    return value.join(re.escape(piece) for piece in _NAMED.split(template)[::2])
