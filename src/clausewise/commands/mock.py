"""Serve the pack's mock over HTTP, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys

from clausewise.pack import find_pack

NAME = "mock"
HELP = "serve the pack's mock over HTTP"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pack", metavar="PATH|bundled:NAME", help="the pack whose mock it is")
    parser.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port; 0 takes a free one (default: 8080)"
    )


def execute(options: argparse.Namespace) -> int:
    """Serve; gives 0 after Ctrl-C. Raises UsageError when the port cannot be had."""
    from clausewise.mock import serve

    pack = find_pack(options.pack)
    credential = pack.credential

    def ready(url: str) -> None:
        print(f"{pack.name} is served at {url}")
        if credential is not None and credential.stand_in:
            print(f"token: {credential.stand_in}, or what {credential.environment} holds here")
        print(f"judge it: clausewise run --base-url {url}")
        sys.stdout.flush()

    serve(pack.mock(), options.host, options.port, ready)
    return 0
