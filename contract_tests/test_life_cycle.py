"""Recordings from start to stop, in the words of the guide: what several requests show together.

Every exchange is judged by all other promises as well, so a scenario only says what is new in it.
Where a recording may have failed or ended by itself (R22), nothing is said.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import clausewise

RUNNING = ("INVOKED", "RECORDING", "PAUSED")
ENDED = ("UPLOADING", "UPLOADED", "ERRORED")
STORED = ("UPLOADED", "ERRORED")

NEWEST_FIRST = {"sort_by": "invokedTime", "sort_order": "DESC"}
OLDEST_FIRST = {"sort_by": "invokedTime", "sort_order": "ASC"}
IN_THE_BUCKET = {
    "realtimekit_bucket_config": {"enabled": True},
    "video_config": {"codec": "H264"},
}
# The secrets are made up; they must not come back, wherever the recording is shown (R7).
IN_ANOTHER_BUCKET_ALONE = {
    "realtimekit_bucket_config": {"enabled": False},
    "video_config": {"codec": "VP8"},
    "storage_config": {
        "type": "aws",
        "bucket": "acme-meetings",
        "region": "eu-central-1",
        "access_key": "canary-access-key-of-the-life-cycle",
        "secret": "canary-secret-of-the-life-cycle",
    },
}
# An id that nobody gave out.
NO_MEETING = "e41b7c08-53fd-4b6e-9a1c-0d72f6a98b35"
# Filters that nothing fits.
OUTSIDE = {
    "start_time": "2999-01-01T00:00:00Z",
    "end_time": "2000-01-01T00:00:00Z",
    "search": NO_MEETING,
}


@clausewise.scenario("R2", "R16", "R28", "R29", "R30", "R31", "R32", "R42", requests=43)
def test_from_start_to_stop(scenario: clausewise.Scenario) -> None:
    """A recording is started, paused, resumed and stopped; then nothing is active any more."""
    meeting = {"meeting_id": scenario.fresh("meeting")}
    started = scenario.send("start_recording", body={**meeting, **IN_THE_BUCKET})
    recording = started.must_be_accepted().at("/data/id")

    active = scenario.send("get_active_recording", path=meeting)
    if wait_for(scenario, recording, "RECORDING").at("/data/status") != "RECORDING":
        # What an action does to it is documented for no other status.
        scenario.give_up("the recording did not come to be RECORDING")

    def is_active(reply: clausewise.Reply) -> bool:  # nobody has paused it yet
        return same(reply, started) and reply.at("/data/status") != "PAUSED"

    if not is_active(active):  # what is INVOKED, or new, may not count as active yet
        active = scenario.poll("get_active_recording", path=meeting, until=is_active)
    if is_active(active) or (answered(active) and is_running(scenario, recording)):
        said = "it is not the recording that is running"
        scenario.holds("R31", active, is_active(active), said)

    act(scenario, recording, "pause", "PAUSED")
    act(scenario, recording, "resume", "RECORDING")
    act(scenario, recording, "stop", *ENDED)
    again = put(scenario, recording, "resume")
    # A refusal is as good as a reply that changes nothing.
    if again.refused or again.at("/data/status") in ENDED:
        scenario.holds("R29", again, True, "")

    stored = wait_for(scenario, recording, *STORED)
    if stored.at("/data/status") not in STORED:
        scenario.give_up("the recording was not stored in time")
    scenario.send("get_all_recordings", query={**meeting, **NEWEST_FIRST})
    wait_for(scenario, recording, most=1)  # an end is an end (R29)
    if is_valid(stored.at("/data/download_url_expiry")):
        expired = scenario.send("get_all_recordings", query={**meeting, "expired": True})
        if expired.accepted:
            absent = id_of(started) not in ids(expired)
            scenario.holds("R32", expired, absent, "it has a recording that is not expired")
    idle = scenario.poll("get_active_recording", path=meeting, until=lambda reply: reply.refused)
    if idle.refused:
        said = f"it answered {idle.status}; documented is 404"
        scenario.holds("R30", idle, idle.status == 404, said)
    elif same(idle, started) and idle.at("/data/status") in RUNNING:
        scenario.holds("R30", idle, False, "it shows a recording that has ended")


@clausewise.scenario("R3", "R5", "R32", "R33", "R34", "R35", "R41", "R42", requests=34)
def test_twelve_recordings_at_once(scenario: clausewise.Scenario) -> None:
    """A second recording takes permission; twelve are listed in order, in pages and by filters."""
    meeting = {"meeting_id": scenario.fresh("meeting")}
    first = scenario.send("start_recording", body=meeting).must_be_accepted()
    another = scenario.send("start_recording", body=meeting)
    began_another(scenario, first, another)

    allowed = {**meeting, "allow_multiple_recordings": True}
    second = scenario.send("start_recording", body={**allowed, **IN_ANOTHER_BUCKET_ALONE})
    most = 12 if another.refused or same(first, another) else 13
    alone = another if second.accepted else None
    if not second.accepted:
        second, most = scenario.send("start_recording", body=allowed), most + 1
    if second.refused:
        scenario.holds("R5", second, False, f"refused with {second.status}, though it is allowed")
    second.must_be_accepted()
    both_are_there(scenario, meeting, first, second, alone)

    for _ in range(10):
        scenario.send("start_recording", body=allowed).must_be_accepted()
    # Whether pages count from 0 or from 1 is not documented: these two have items either way.
    page = {**meeting, **OLDEST_FIRST, "per_page": 5}

    def counts_all(listed: clausewise.Reply) -> bool:
        total = listed.at("/paging/total_count")
        return isinstance(total, int | float) and 12 <= total <= most

    one = scenario.poll(
        "get_all_recordings", query={**page, "page_no": 1}, until=counts_all, most=3
    )
    two = scenario.send("get_all_recordings", query={**page, "page_no": 2})
    total = one.at("/paging/total_count")
    if one.accepted and isinstance(total, int | float):
        said = f"total_count is {total}; {most} were started in this meeting"
        scenario.holds("R34", one, total <= most, said)
    if ids(one) and ids(two):
        scenario.holds("R35", two, not ids(one) & ids(two), "it has recordings of page 1 as well")
        ended, begun = moments(one)[-1:], moments(two)[:1]
        if ended and begun and not ids(one) & ids(two):
            said = f"page 2 begins at {begun[0]}, page 1 ends at {ended[0]}"
            scenario.holds("R33", two, ended <= begun, said)
    for name, value in OUTSIDE.items():
        none = scenario.send("get_all_recordings", query={**meeting, name: value})
        if none.accepted:
            said = f"it has recordings in spite of {name}={value}"
            scenario.holds("R32", none, not ids(none), said)

    # The file of the second is in no bucket of RealtimeKit's: there is never a link to it (R3).
    put(scenario, second.at("/data/id"), "stop")
    wait_for(scenario, second.at("/data/id"), *STORED)
    scenario.send("get_all_recordings", query={**meeting, "status": list(ENDED)})


def began_another(
    scenario: clausewise.Scenario, first: clausewise.Reply, another: clausewise.Reply
) -> None:
    """See whether a second start began a second recording, which nobody had allowed (R5)."""
    if another.refused or same(first, another):
        # To tell the first one again starts nothing.
        scenario.holds("R5", another, True, "")
    elif another.accepted and id_of(first) and id_of(another):
        both_run = another.at("/data/status") in RUNNING and is_running(scenario, id_of(first))
        if both_run:
            scenario.holds("R5", another, False, "another one began")


def both_are_there(
    scenario: clausewise.Scenario,
    meeting: dict[str, str],
    first: clausewise.Reply,
    second: clausewise.Reply,
    another: clausewise.Reply | None,
) -> None:
    """Two starts made two recordings, a list has both, and one of them is the active one (R41).

    `another` is the one start between them that was not to begin a third (R5).
    """
    if id_of(first) is None or id_of(second) is None:
        return
    scenario.holds("R41", second, not same(first, second), "it is the first recording again")

    def has_both(listed: clausewise.Reply) -> bool:
        return {id_of(first), id_of(second)} <= ids(listed)

    query = {**meeting, **NEWEST_FIRST}
    listed = scenario.poll("get_all_recordings", query=query, until=has_both, most=3)
    if listed.accepted:
        scenario.holds("R41", listed, has_both(listed), "it lacks one of two recordings at once")
    known = {id_of(first), id_of(second), *([id_of(another)] if another else [])}
    if another and another.refused and has_both(listed):
        # What was there before may be listed too, where the profile names the meetings.
        since = moment(first.at("/data/invoked_time"))
        stray = [one for one in items(listed) if str(one.get("id")).lower() not in known]
        begun = [told for one in stray if (told := moment(one.get("invoked_time")))]
        if since and any(told > since for told in begun):
            said = "it was refused, and began another all the same"
            scenario.holds("R5", another, False, said)

    def is_one_of_them(active: clausewise.Reply) -> bool:
        return id_of(active) in known

    active = scenario.poll("get_active_recording", path=meeting, until=is_one_of_them, most=3)
    if active.accepted and id_of(active):
        said = "it is neither of the two that are running"
        scenario.holds("R41", active, is_one_of_them(active), said)


def act(scenario: clausewise.Scenario, recording: Any, action: str, *wanted: str) -> None:
    """Pause, resume or stop a recording where that is legal, and see the effect (R28).

    Both may take a moment. Without the effect, the scenario cannot go on.
    """
    reply = put(scenario, recording, action, patiently=True)
    # What the reply says of itself is no proof.
    seen = wait_for(scenario, recording, *wanted, *ENDED).at("/data/status")
    done = reply.accepted and seen in wanted
    if done or (answered(reply) and seen in RUNNING):
        said = f"{action} was answered with {reply.status}, and the recording is {seen}"
        scenario.holds("R28", reply, done, said)
    if not done:
        scenario.give_up(f"{action} had no effect: the recording is {seen}")


def put(
    scenario: clausewise.Scenario, recording: Any, action: str, *, patiently: bool = False
) -> clausewise.Reply:
    """Ask for an action; `patiently`: once more where it may have come too soon."""
    return scenario.poll(
        "pause_resume_stop_recording",
        path={"recording_id": recording},
        body={"action": action},
        until=lambda reply: reply.accepted,
        most=2 if patiently else 1,
    )


def wait_for(
    scenario: clausewise.Scenario, recording: Any, *wanted: str, most: int = 4
) -> clausewise.Reply:
    """Look at a recording until it has one of some statuses; gives the last look."""
    return scenario.poll(
        "get_one_recording",
        path={"recording_id": recording},
        until=lambda reply: reply.at("/data/status") in wanted,
        most=most,
    )


def is_running(scenario: clausewise.Scenario, recording: Any) -> bool:
    """Whether a recording runs, as it is now."""
    return wait_for(scenario, recording, most=1).at("/data/status") in RUNNING


def answered(reply: clausewise.Reply) -> bool:
    """Whether a reply is about the request: not a crash, nor a call for patience."""
    return reply.accepted or reply.refused


def same(one: clausewise.Reply, other: clausewise.Reply) -> bool:
    """Whether two replies are about one recording."""
    return id_of(one) is not None and id_of(one) == id_of(other)


def id_of(reply: clausewise.Reply) -> str | None:
    """The id of the recording of a reply. Both cases are lawful in a UUID."""
    told = reply.at("/data/id")
    return told.lower() if isinstance(told, str) else None


def items(listed: clausewise.Reply) -> list[dict[str, Any]]:
    """The recordings of a list."""
    data = listed.at("/data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def ids(listed: clausewise.Reply) -> set[str | None]:
    """The ids of the recordings of a list."""
    return {str(item.get("id")).lower() for item in items(listed)}


def moments(listed: clausewise.Reply) -> list[datetime]:
    """When the recordings of a list were asked for, in its order; nothing where that is unclear."""
    found = [moment(item.get("invoked_time")) for item in items(listed)]
    told = [one for one in found if one is not None]
    return told if len(told) == len(found) else []


def moment(text: Any) -> datetime | None:
    """A time with its zone, or None."""
    try:
        told = datetime.fromisoformat(str(text).upper())
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def is_valid(expiry: Any) -> bool:
    """Whether a link is good for another hour."""
    told = moment(expiry)
    return told is not None and told > datetime.now(UTC) + timedelta(hours=1)
