"""Every promise of "Start recording a meeting", one test item each."""

import clausewise


@clausewise.clauses("start_recording", group="transport")
def test_transport(clause: clausewise.Judged) -> None:
    """Status, media type, JSON, path and credential are as documented."""
    clause.must_be_kept()


@clausewise.clauses("start_recording", group="request")
def test_request(clause: clausewise.Judged) -> None:
    """The target takes what the documents allow and refuses what they forbid."""
    clause.must_be_kept()


@clausewise.clauses("start_recording", group="envelope")
def test_envelope(clause: clausewise.Judged) -> None:
    """What stands around the recording, and every refusal, has the documented form."""
    clause.must_be_kept()


@clausewise.clauses("start_recording", group="reply")
def test_reply(clause: clausewise.Judged) -> None:
    """The recording in the reply has the documented members, types and values."""
    clause.must_be_kept()
