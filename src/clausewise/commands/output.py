"""Standard output that may end before we do: a closed pipe, a full disk.

What is printed there is no reason to lose a run: the rest is dropped, the work is done to its end,
and the exit code says that not all was told.
"""

from __future__ import annotations

import os
from contextlib import suppress
from errno import EPIPE
from typing import Any, TextIO


class Outlet:
    """A text stream of which nothing comes back: what cannot be written is dropped.

    Streams to the same place share what they know: `lost` of the first one says why.
    """

    def __init__(self, stream: TextIO, first: Outlet | None = None) -> None:
        """`first` is an earlier stream to the same place."""
        self._stream = stream
        self._first = first or self
        self.lost: str | None = None

    def write(self, text: str) -> int:
        """Write as long as that is possible."""
        if self._first.lost is None:
            try:
                return self._stream.write(text)
            except OSError as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Write out what waits, as long as that is possible."""
        if self._first.lost is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._lose(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _lose(self, error: OSError) -> None:
        closed = "it was closed" if error.errno == EPIPE else error.strerror or str(error)
        self._first.lost = closed
        # What still waits in its buffer has to go somewhere: Python writes it out at its end.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._stream.flush()
