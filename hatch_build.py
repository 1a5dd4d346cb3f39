"""Puts this repository's pack into standard wheels, under ``clausewise/packs/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACK = "realtimekit_recordings"
SHIPPED = (
    "clausewise.yaml",
    "selftest.json",
    "schemas/**/*.yaml",
    "rules/**/*.yaml",
    "rules/**/*.py",
    "strategies/**/*.py",
    "contract_tests/**/*.py",
    "mock/**/*.py",
)


class BundlePack(BuildHookInterface[Any]):
    """Lists the pack's files by pattern, so that nothing else slips into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the pack's files; editable installs read the checkout instead."""
        if version != "standard":
            return
        root = Path(self.root)
        for pattern in SHIPPED:
            for path in sorted(root.glob(pattern)):
                part = path.relative_to(root).as_posix()
                build_data["force_include"][str(path)] = f"clausewise/packs/{PACK}/{part}"
