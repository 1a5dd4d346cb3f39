"""The folder of a contract and what goes with it: settings, supplies, waivers."""

from clausewise.pack.finding import DEFAULT, find_pack
from clausewise.pack.loading import load_pack
from clausewise.pack.pack import FILE, Credential, Pack, Resource, Undo

__all__ = ["DEFAULT", "FILE", "Credential", "Pack", "Resource", "Undo", "find_pack", "load_pack"]
