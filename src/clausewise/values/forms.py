"""How the value of a message goes over the wire, and what a server reads from it."""

from __future__ import annotations

import json
from typing import Any, Protocol

from clausewise.contract.codecs import encode_json


class Form(Protocol):
    """Writes values of one message, and reads them back as a server would."""

    def written(self, value: Any) -> Any:
        """What stands for a value, hashable; None where nothing means it and nothing else."""
        ...

    def read(self, encoded: Any) -> Any:
        """The value that a server reads."""
        ...

    def has_types(self, at: str) -> bool:
        """Whether a number at a pointer is told from its text, or the proof says so."""
        ...


class JsonForm:
    """A JSON body by itself."""

    def written(self, value: Any) -> Any:
        """The body; every value has one."""
        return encode_json(value)

    def read(self, encoded: Any) -> Any:
        """The body parsed."""
        return json.loads(encoded)

    def has_types(self, at: str) -> bool:  # noqa: ARG002  # JSON has them everywhere
        """Always: JSON has types."""
        return True
