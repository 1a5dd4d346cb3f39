"""The command `clausewise`: parses, hands over to one file per sub-command, catches mistakes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from clausewise import __version__
from clausewise.commands import COMMANDS
from clausewise.errors import ClausewiseError

DESCRIPTION = "A verdict for every single promise of an API's documentation."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code (0 to 6, see `clausewise --help`)."""
    parser = argparse.ArgumentParser(
        prog="clausewise",
        description=DESCRIPTION,
        epilog=(
            "Exit codes: 0 every judged clause upheld, 1 findings, 2 interrupted, 3 internal "
            "error, 4 usage or contract error, 5 nothing was judged, 6 target unreachable or "
            "preflight refused."
        ),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"clausewise {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_arguments(sub)
        sub.set_defaults(execute=command.execute)
    options, rest = parser.parse_known_args(argv)
    if rest and options.command != "run":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        code: int = options.execute(options)
    except ClausewiseError as error:
        print(f"clausewise: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("clausewise: interrupted", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read the output has seen enough (`clausewise plan | head`).
        sys.stderr.close()
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
