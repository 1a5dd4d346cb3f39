"""The journals that runs leave where they were killed."""

from __future__ import annotations

from pathlib import Path


def journals_in(folder: Path) -> list[Path]:
    """The journals in the reports of a folder."""
    return sorted((folder / "reports").glob("journal-*.jsonl"))
