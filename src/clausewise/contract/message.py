"""A message: a body, or what a request's parameters say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clausewise.contract.compiled import compiled
from clausewise.contract.places import Place
from clausewise.contract.schemas import Schema


@dataclass(slots=True)
class Message:
    """A body, one parameter, or all query parameters: its schema, its places and a validator."""

    part: str
    schema: Schema
    place: Place
    media_types: tuple[str, ...] = ()
    required: bool = True
    _validator: Any = None

    @property
    def validator(self) -> Any:
        """The jsonschema-rs validator of the whole schema, formats included."""
        if self._validator is None:
            self._validator = compiled(self.schema.document)
        return self._validator

    def accepts(self, value: Any) -> bool:
        """Whether a value keeps the whole schema, formats included."""
        return bool(self.validator.is_valid(value))

    def complaints(self, value: Any) -> list[str]:
        """What is wrong with a value, one sentence a problem, for people."""
        return [
            f"{'/'.join(['', *(str(step) for step in error.instance_path)]) or 'the body'}: "
            f"{error.message}"
            for error in self.validator.iter_errors(value)
        ]
