"""The reader of console blocks itself: what it takes for the same, and what not."""

from __future__ import annotations

from .console import Command, File, is_as_shown, steps_of

PAGE = """# A page

```console
$ clausewise run
12 requests in 8 ms
$ false  # exit 1
```

<!-- not run: needs a host of its own -->
```console
$ ssh somewhere
```

```yaml title="a/b.yaml (at its end)"
name: x
```

```console
$ clausewise plan \\
>   --counts
…
```
"""


def test_commands_come_in_order_with_what_they_print() -> None:
    """Blocks that are not run are left out; a command may go on in the next line."""
    first, second, file, third = steps_of(PAGE)
    assert isinstance(first, Command)
    assert isinstance(second, Command)
    assert isinstance(third, Command)
    assert (first.words, first.output, first.exit_code) == (
        "clausewise run",
        ["12 requests in 8 ms"],
        0,
    )
    assert (second.words, second.exit_code, second.line) == ("false", 1, 6)
    assert file == File("a/b.yaml", "name: x\n", True)
    assert (third.words, third.output) == ("clausewise plan \\\n   --counts", ["…"])


def test_what_varies_from_run_to_run_is_alike() -> None:
    """Durations, ports and dates; nothing else, no count above all."""
    assert is_as_shown(["12 requests in 8 ms"], "12 requests in 1.2 s\n")
    assert not is_as_shown(["12 requests in 8 ms"], "13 requests in 8 ms\n")
    assert is_as_shown(["a", "…", "d"], "a\nb\nc\nd\n")
    assert is_as_shown(["a … d"], "a b c d\n")
    assert not is_as_shown(["a", "…", "d"], "a\nb\nc\n")
    assert not is_as_shown([], "more\n")
