"""Replies that nobody can read, or that put a run off: what it says of them, and how it ends."""

from __future__ import annotations

from pathlib import Path

from ..campaign.odd import operation, pack_of
from ..conftest import Command
from ..transport.raw_server import reply, serving


def test_a_run_of_which_no_reply_could_be_read_is_not_green(
    command: Command, tmp_path: Path
) -> None:
    """Where all that was judged are statuses and media types, a run ends with 5 and says why."""
    pack = pack_of(tmp_path, {"/things": {"get": operation("list")}}).origin
    with serving(reply(b"?", "200 OK", "Content-Encoding: br"), keep=True) as server:
        done = command("run", "--pack", pack, "--base-url", server.url)
    assert done.code == 5
    assert done.verdicts["list:200:json"] == "inconclusive"
    assert done.verdicts["list:200:media-type"] == "upheld"
    assert "no reply could be read" in " ".join(done.output.split())
    with serving(reply(b'{"ok": true}'), keep=True) as server:
        read = command("run", "--pack", pack, "--base-url", server.url)
    assert read.code == 0


def test_a_wait_for_the_target_is_told_as_it_begins(command: Command, tmp_path: Path) -> None:
    """Also where another line was told just before: nothing else is told until it is over."""
    paths = {"/a": {"get": operation("first")}, "/b": {"get": operation("second")}}
    pack, fine = pack_of(tmp_path, paths).origin, reply(b'{"ok": true}')
    busy = reply(b"{}", "429 Too Many Requests", "Retry-After: 1")
    with serving(fine, busy, fine, keep=True) as server:
        done = command("run", "--pack", pack, "--base-url", server.url)
    assert done.code == 0, done.output + done.errors
    assert "the target asks for patience, waiting 1 s, 2 requests so far" in done.output
