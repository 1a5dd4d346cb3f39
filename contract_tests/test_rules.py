"""Promises between fields or messages, over every exchange that the run recorded."""

import clausewise


@clausewise.rule("R1")
def test_vp8_and_vp9_leave_no_choice_of_audio(clause: clausewise.Judged) -> None:
    """R1: with video codec VP8 or VP9, audio_config may not be set."""
    clause.must_be_kept()


@clausewise.rule("R3")
def test_a_disabled_bucket_gives_no_urls(clause: clausewise.Judged) -> None:
    """R3: with the RealtimeKit bucket disabled, the download members stay null."""
    clause.must_be_kept()


@clausewise.rule("R5")
def test_a_meeting_has_one_recording_unless_more_are_allowed(clause: clausewise.Judged) -> None:
    """R5: a second start is refused unless allow_multiple_recordings is true."""
    clause.must_be_kept()


@clausewise.rule("R7")
def test_secrets_never_come_back(clause: clausewise.Judged) -> None:
    """R7: no write-only member, and no secret that was sent, is in any reply."""
    clause.must_be_kept()


@clausewise.rule("R12")
def test_a_start_answers_invoked(clause: clausewise.Judged) -> None:
    """R12 (soft): the first status is INVOKED."""
    clause.must_be_kept()


@clausewise.rule("R13")
def test_times_are_in_order(clause: clausewise.Judged) -> None:
    """R13: invoked, started, stopped."""
    clause.must_be_kept()


@clausewise.rule("R14")
def test_times_come_with_their_status(clause: clausewise.Judged) -> None:
    """R14 (soft): started_time is null before RECORDING, stopped_time until stopped."""
    clause.must_be_kept()


@clausewise.rule("R15")
def test_a_stop_reason_comes_with_the_stop(clause: clausewise.Judged) -> None:
    """R15 (soft): stop_reason comes only once the recording was stopped."""
    clause.must_be_kept()


@clausewise.rule("R17")
def test_a_link_has_an_expiry(clause: clausewise.Judged) -> None:
    """R17 (soft): download_url and its expiry are both null or both set."""
    clause.must_be_kept()


@clausewise.rule("R19")
def test_an_automatic_start_has_no_caller(clause: clausewise.Judged) -> None:
    """R19: RECORD_ON_START carries no details of a caller."""
    clause.must_be_kept()


@clausewise.rule("R20")
def test_a_user_is_told_by_id_and_name_alone(clause: clausewise.Judged) -> None:
    """R20 (soft): a caller of type USER has user_Id and name, and nothing else."""
    clause.must_be_kept()


@clausewise.rule("R24")
def test_the_prefix_begins_the_file_name(clause: clausewise.Judged) -> None:
    """R24: output_file_name starts with file_name_prefix."""
    clause.must_be_kept()


@clausewise.rule("R36")
def test_success_tells_the_status(clause: clausewise.Judged) -> None:
    """R36: success is true exactly when the status is 2xx."""
    clause.must_be_kept()


@clausewise.rule("X10")
def test_a_start_has_data(clause: clausewise.Judged) -> None:
    """X10 (soft): a successful start has data."""
    clause.must_be_kept()
