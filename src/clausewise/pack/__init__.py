"""The folder of a contract and what goes with it: settings, supplies, waivers."""

from clausewise.pack.loading import (
    DEFAULT,
    FILE,
    Credential,
    Pack,
    Resource,
    Undo,
    find_pack,
    load_pack,
)

__all__ = ["DEFAULT", "FILE", "Credential", "Pack", "Resource", "Undo", "find_pack", "load_pack"]
