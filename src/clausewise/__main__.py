"""The command `clausewise`: parses, hands over to one file per sub-command, catches mistakes."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import NoReturn

from clausewise import __version__
from clausewise.commands import COMMANDS, command
from clausewise.commands.output import Outlet
from clausewise.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    ClausewiseError,
    UsageError,
    mistake_of,
)
from clausewise.options import did_you_mean

# What every command reads of the environment.
_VARIABLES = {
    "CLAUSEWISE_CACHE_DIR": "where plans are kept between runs; nothing is, where it is empty",
    "NO_COLOR": "set to anything, the output has no colours",
}
DESCRIPTION = "A verdict for every single promise of an API's documentation."


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are mistakes like all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`")

    def refuse(self, unknown: Iterable[str]) -> NoReturn:
        """Raise UsageError for words that nothing is known of, with what may have been meant."""
        word = next(iter(unknown))
        name = word.partition("=")[0]
        if name.startswith("-"):
            raise UsageError(f"no option {name!r}{did_you_mean(name, self._option_string_actions)}")
        raise UsageError(f"{word!r} is one word too many; see `{self.prog} --help`")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code (0 to 6, see `clausewise --help`)."""
    usual = sys.stdout
    outlet = Outlet(usual)
    sys.stdout = outlet
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        outlet.flush()
    finally:
        sys.stdout = usual
        if argv is None:
            gc.freeze()  # the process ends: nobody looks through all that there is once more
    if outlet.lost is not None and code in (0, 1):
        _tell(f"the output could not be written to its end: {outlet.lost}")
        return EXIT_USAGE
    return code


def _run(words: list[str]) -> int:
    try:
        return _execute(words)
    except ClausewiseError as error:
        _tell(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _tell("interrupted")
        return EXIT_INTERRUPTED
    except Exception as error:
        if (mistake := mistake_of(error)) is not None:
            _tell(str(mistake))
            return mistake.exit_code
        # A bug of ours; Python's own code for that would be the one for findings.
        import traceback

        traceback.print_exc()
        return EXIT_INTERNAL


def _execute(words: list[str]) -> int:
    parser = _Parser(
        prog="clausewise",
        description=DESCRIPTION,
        epilog=(
            "Exit codes: 0 every judged clause upheld, 1 findings, 2 interrupted, 3 internal "
            "error, 4 usage, contract or local file error, 5 nothing was judged, 6 target "
            "unreachable or preflight refused."
        ),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"clausewise {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    first = next((word for word in words if not word.startswith("-")), None)
    known: dict[str, _Parser] = {}
    for name, purpose in COMMANDS.items():
        sub = known[name] = commands.add_parser(
            name,
            help=purpose,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name == first:  # the others are not imported
            module = command(name)
            sub.description = module.__doc__
            sub.epilog = _epilog(module)
            module.add_arguments(sub)
            sub.set_defaults(execute=module.execute)
    if first is not None and first not in COMMANDS and words[0] == first:
        near = did_you_mean(first, COMMANDS) or f"; there are: {', '.join(COMMANDS)}"
        raise UsageError(f"no command {first!r}{near}")
    options, rest = parser.parse_known_args(words)
    if rest and options.command != "run":
        known[options.command].refuse(rest)
    options.rest = rest
    code: int = options.execute(options)
    return code


def _epilog(module: ModuleType) -> str:
    """What stands below the options of a command: examples, and the variables that it reads."""
    examples = "".join(f"\n  {line}" for line in module.EXAMPLES)
    told: dict[str, str] = {**_VARIABLES, **getattr(module, "VARIABLES", {})}
    width = max(map(len, told))
    variables = "".join(f"\n  {name:{width}}  {what}" for name, what in told.items())
    return f"examples:{examples}\n\nenvironment variables:{variables}"


def _tell(text: str) -> None:
    with suppress(OSError):  # nobody listens there either
        print(f"clausewise: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
