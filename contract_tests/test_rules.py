"""Promises between fields or messages, over every exchange that the run recorded."""

import clausewise

# What a start asks for.


@clausewise.rule("R1")
def test_vp8_and_vp9_leave_no_choice_of_audio(clause: clausewise.Judged) -> None:
    """R1: with video codec VP8 or VP9, audio_config may not be set."""
    clause.must_be_kept()


@clausewise.rule("R2")
def test_the_file_ends_as_the_codec_has_it(clause: clausewise.Judged) -> None:
    """R2 (soft): .mp4 of H264, .webm of VP8."""
    clause.must_be_kept()


@clausewise.rule("R3")
def test_a_disabled_bucket_gives_no_urls(clause: clausewise.Judged) -> None:
    """R3: with the RealtimeKit bucket disabled, the download members stay null."""
    clause.must_be_kept()


@clausewise.rule("R5")
def test_a_meeting_has_one_recording_unless_more_are_allowed(clause: clausewise.Judged) -> None:
    """R5: a second start begins no second recording, unless allow_multiple_recordings is true."""
    clause.must_be_kept()


@clausewise.rule("R16")
def test_an_uploaded_file_has_a_link(clause: clausewise.Judged) -> None:
    """R16: UPLOADED with the bucket enabled comes with download_url and its expiry."""
    clause.must_be_kept()


@clausewise.rule("R18")
def test_sound_is_apart_only_if_asked_for(clause: clausewise.Judged) -> None:
    """R18 (soft): audio_download_url is null unless audio_config was passed."""
    clause.must_be_kept()


@clausewise.rule("R24")
def test_the_prefix_begins_the_file_name(clause: clausewise.Judged) -> None:
    """R24: output_file_name starts with file_name_prefix."""
    clause.must_be_kept()


# A recording in one reply.


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


@clausewise.rule("X10")
def test_a_success_has_data(clause: clausewise.Judged) -> None:
    """X10 (soft): a 2xx reply has data."""
    clause.must_be_kept()


# A recording in several replies.


@clausewise.rule("R27")
def test_the_reply_is_about_the_recording_of_the_path(clause: clausewise.Judged) -> None:
    """R27: the id of the reply is the one that was asked for."""
    clause.must_be_kept()


@clausewise.rule("R28")
def test_actions_have_their_effect(clause: clausewise.Judged) -> None:
    """R28: pause, resume and stop, each where it belongs."""
    clause.must_be_kept()


@clausewise.rule("R29")
def test_an_end_is_an_end(clause: clausewise.Judged) -> None:
    """R29: what is UPLOADING runs no more, what is UPLOADED or ERRORED stays so."""
    clause.must_be_kept()


@clausewise.rule("R30")
def test_nothing_active_is_404(clause: clausewise.Judged) -> None:
    """R30: where nothing is running the answer is 404."""
    clause.must_be_kept()


@clausewise.rule("R31")
def test_the_active_recording_is_running(clause: clausewise.Judged) -> None:
    """R31: the active recording is the running one."""
    clause.must_be_kept()


@clausewise.rule("R41")
def test_two_at_once_are_two(clause: clausewise.Judged) -> None:
    """R41: two recordings at once have two ids, both are listed, one is the active one."""
    clause.must_be_kept()


@clausewise.rule("R42")
def test_a_recording_stays_the_same(clause: clausewise.Judged) -> None:
    """R42: one invoked_time, file name and meeting, in whichever reply."""
    clause.must_be_kept()


@clausewise.rule("R43")
def test_two_meetings_are_not_one_recording(clause: clausewise.Judged) -> None:
    """R43: starts of two meetings give two ids."""
    clause.must_be_kept()


# A list of recordings.


@clausewise.rule("R32")
def test_filters_hold_for_every_item(clause: clausewise.Judged) -> None:
    """R32: every item is inside of every filter."""
    clause.must_be_kept()


@clausewise.rule("R33")
def test_a_sorted_list_is_sorted(clause: clausewise.Judged) -> None:
    """R33: by invoked_time, upwards or downwards."""
    clause.must_be_kept()


@clausewise.rule("R34")
def test_paging_counts_the_items(clause: clausewise.Judged) -> None:
    """R34 (soft): per_page items at most, and offsets that count them."""
    clause.must_be_kept()


@clausewise.rule("R35")
def test_each_recording_is_listed_once(clause: clausewise.Judged) -> None:
    """R35: once in a list, and on one of its pages."""
    clause.must_be_kept()


# Any reply.


@clausewise.rule("R7")
def test_secrets_never_come_back(clause: clausewise.Judged) -> None:
    """R7: no write-only member, and no secret that was sent, is in any reply."""
    clause.must_be_kept()


@clausewise.rule("R36")
def test_success_tells_the_status(clause: clausewise.Judged) -> None:
    """R36: success is true exactly when the status is 2xx."""
    clause.must_be_kept()


@clausewise.rule("R37")
def test_the_error_code_is_the_status(clause: clausewise.Judged) -> None:
    """R37: error.code of RealtimeKit's own envelope is the HTTP status."""
    clause.must_be_kept()


# What no client can see: the reasons stand in rules/recordings.yaml.


@clausewise.rule("R4")
@clausewise.rule("R8")
@clausewise.rule("R9")
@clausewise.rule("R21")
@clausewise.rule("R22")
@clausewise.rule("R23")
@clausewise.rule("R25")
@clausewise.rule("R26")
@clausewise.rule("R38")
@clausewise.rule("R39")
@clausewise.rule("R40")
def test_what_no_client_can_see(clause: clausewise.Judged) -> None:
    """Rules about the caller, and about real media, storage or hours: never judged."""
    clause.must_be_kept()
