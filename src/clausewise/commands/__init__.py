"""One file a sub-command: `EXAMPLES`, `add_arguments(parser)` and `execute(options)`.

What each is for stands here, so that `clausewise --help` imports none of them.
"""

from importlib import import_module
from types import ModuleType

# By the name of a sub-command, which is that of its file, what it does.
COMMANDS: dict[str, str] = {
    "demo": "judge a mock that breaks three promises, and see what is found",
    "run": "judge a target clause by clause and write the reports",
    "init": "make a pack and a CI workflow of an OpenAPI document",
    "plan": "print the requests that a run would send, and how many",
    "check": "read a contract and say what can be judged, what not and why",
    "judge": "judge recorded exchanges (HAR, JSON lines, …) by a contract",
    "merge": "make one report of several: shards, nights, machines",
    "compare": "compare a mock with the real thing, clause by clause",
    "mock": "serve the pack's mock over HTTP",
    "selftest": "the detection score: break every promise on purpose, count what is noticed",
    "explain": "tell what a clause promises, how it is probed, and what the last run found",
    "replay": "send the deciding requests of a report again",
    "report": "write the reports of a run that was cut off, from its journal",
    "waive": "write waivers for findings of a report",
    "cleanup": "take back what a run left behind",
    "completion": "print a script that completes the command line in a shell",
}


def command(name: str) -> ModuleType:
    """The module of a sub-command."""
    return import_module(f"clausewise.commands.{name}")


__all__ = ["COMMANDS", "command"]
