"""Every promise of "Pause, resume or stop a recording", one test item each."""

import clausewise


@clausewise.clauses("pause_resume_stop_recording", group="transport")
def test_transport(clause: clausewise.Judged) -> None:
    """Status, media type, JSON, path and credential are as documented."""
    clause.must_be_kept()


@clausewise.clauses("pause_resume_stop_recording", group="request")
def test_request(clause: clausewise.Judged) -> None:
    """The target takes what the documents allow and refuses what they forbid."""
    clause.must_be_kept()


@clausewise.clauses("pause_resume_stop_recording", group="envelope")
def test_envelope(clause: clausewise.Judged) -> None:
    """What stands around the recording, and every refusal, has the documented form."""
    clause.must_be_kept()


@clausewise.clauses("pause_resume_stop_recording", group="reply")
def test_reply(clause: clausewise.Judged) -> None:
    """The recording in the reply has the documented members, types and values."""
    clause.must_be_kept()
