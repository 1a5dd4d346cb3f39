"""The score of the last self-test of a pack: kept, and told in every report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from clausewise.cache import cache_directory
from clausewise.pack import Pack

FILE = "selftest.json"
_MEMBERS = {"date": str, "contract": str, "faults": int, "noticed": int, "named": int,
            "equivalent": int}  # fmt: skip


def keep(pack: Pack, summary: Mapping[str, Any]) -> None:
    """Remember a score for this user's reports. A folder that cannot be written is no error."""
    path = _kept(pack)
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(summary)) + "\n", "utf-8")


def save(pack: Pack, summary: Mapping[str, Any]) -> Path:
    """Write a score beside clausewise.yaml, so that it goes where the pack goes."""
    path = pack.root / FILE
    path.write_text(json.dumps(dict(summary), indent=1) + "\n", "utf-8")
    return path


def score_of(pack: Pack) -> dict[str, Any] | None:
    """What reports say of the last self-test, or None where there was none.

    `current` is false where the contract was changed since.
    """
    found = [_read(pack.root / FILE), _read(_kept(pack))]
    known = [score for score in found if score is not None]
    if not known:
        return None
    digest = pack.contract.digest
    # The one of this very contract, and of these the later one.
    best = max(known, key=lambda score: (score["contract"] == digest, score["date"]))
    return {
        "date": best["date"],
        "faults": best["faults"],
        "noticed": best["noticed"],
        "named": best["named"],
        "equivalent": best["equivalent"],
        "current": best["contract"] == digest,
    }


def _kept(pack: Pack) -> Path | None:
    directory = cache_directory()
    # A folder may have several documents, and each is a pack of its own.
    where = pack.root / pack.settings["contract"] if pack.is_document else pack.root
    name = blake2b(str(where).encode(), digest_size=8).hexdigest()
    return directory / f"selftest-{name}.json" if directory is not None else None


def _read(path: Path | None) -> dict[str, Any] | None:
    """A score, or None for anything that is none."""
    try:
        score = json.loads(path.read_text("utf-8")) if path is not None else None
    except (OSError, ValueError):
        return None
    if not isinstance(score, dict):
        return None
    fits = all(isinstance(score.get(name), kind) for name, kind in _MEMBERS.items())
    return score if fits else None
