"""`clausewise COMMAND --help`: examples that work, and what is read of the environment."""

from __future__ import annotations

import argparse
import shlex

import pytest

from clausewise.__main__ import main
from clausewise.commands import COMMANDS, command


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_command_lines(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command shows two examples or more, and each is taken by its parser as it stands."""
    module = command(name)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    module.add_arguments(parser)
    assert len(module.EXAMPLES) >= 2
    for example in module.EXAMPLES:
        program, called, *words = shlex.split(example.partition(" > ")[0], comments=True)
        assert (program, called, parser.parse_known_args(words)[1]) == ("clausewise", name, [])
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = capsys.readouterr().out
    assert all(example in shown for example in module.EXAMPLES)
    assert "CLAUSEWISE_CACHE_DIR" in shown
