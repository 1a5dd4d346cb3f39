"""One recording: how it comes about, how it goes on, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from clausewise.mock import Refused

# How long a file can be fetched after it was uploaded (R16).
_KEPT = timedelta(days=7)
_MILLISECOND = timedelta(milliseconds=1)

# Section 4 of the life cycle: what an action needs (R28), and where it leads. Whether INVOKED can
# be stopped is not documented; it has to be, or no start could be undone.
_BEFORE = {
    "pause": ("RECORDING",),
    "resume": ("PAUSED",),
    "stop": ("INVOKED", "RECORDING", "PAUSED"),
}
_AFTER = {"pause": "PAUSED", "resume": "RECORDING", "stop": "UPLOADING"}


class Clock:
    """Tells moments to the millisecond, none of them twice: so replies always show an order (R33).

    No moment ends in a zero, which may be all that is left of a time that was cut. The clock of a
    machine may be set back; the times of a recording stay in order (R13).
    """

    def __init__(self) -> None:
        self._last = now()

    def moment(self) -> datetime:
        """Give the time, or the next one after what was given last."""
        moment = max(now(), self._last + _MILLISECOND)
        if moment.microsecond % 10_000 == 0:
            moment += _MILLISECOND
        self._last = moment
        return moment


class Owner(NamedTuple):
    """Whose recordings: an app of an account."""

    account_id: str
    app_id: str


@dataclass(slots=True, kw_only=True)
class Recording:
    """One recording.

    `track` says that it is one of single participants. `counted` says whether its duration is told
    while it is still 0. `storage` is what may be told of the storage that was asked for: nothing,
    or `storage_config`. `in_bucket` says whether its files go to RealtimeKit's own storage, and
    `audio_name` is that of the file with the sound alone.
    """

    owner: Owner
    meeting: UUID
    file_name: str
    clock: Clock
    invoked: datetime
    audio_name: str | None = None
    in_bucket: bool = True
    storage: dict[str, Any] = field(default_factory=dict)
    counted: bool = False
    track: bool = False
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "INVOKED"
    started: datetime | None = None
    stopped: datetime | None = None
    uploaded: datetime | None = None

    @property
    def expiry(self) -> datetime | None:
        """Until when its files can be fetched; None where there is nothing to fetch (R3, R16)."""
        if self.uploaded is None or not self.in_bucket:
            return None
        return self.uploaded + _KEPT

    def act(self, action: str) -> None:
        """Pause, resume or stop it. Raises Refused with 409 where its status forbids that (R28)."""
        if self.status == "INVOKED" and action == "pause":
            # Who pauses is taken to have waited until the recorder was at work.
            self._begin()
        if self.status not in _BEFORE[action]:
            raise Refused(409, f"{action} does not go with status {self.status}")
        self.status = _AFTER[action]
        if action == "stop":
            self.stopped = self.clock.moment()

    def go_on(self) -> None:
        """Take the next step that nobody has to ask for, if there is one (R29)."""
        if self.status == "INVOKED":
            self._begin()
        elif self.status == "UPLOADING":
            self.uploaded = self.clock.moment()
            # A file that was to be kept nowhere is lost (R4).
            kept = self.in_bucket or self.storage.get("storage_config") is not None
            self.status = "UPLOADED" if kept else "ERRORED"

    def shown(self) -> dict[str, Any]:
        """Give it as every reply has it (section 2.3).

        Which of the lawful forms of an optional or nullable member is shown depends on the
        request alone, so that a run sees each of them and sees the same again next time.
        """
        data: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "invoked_time": _written(self.invoked),
            "started_time": _written(self.started),
            "stopped_time": _written(self.stopped),
            "output_file_name": self.file_name,
            "session_id": self._session(),
            "download_url": self._link(self.file_name),
            "download_url_expiry": _written(self.expiry),
            "audio_download_url": self._link(self.audio_name),
            "file_size": 1024 * (self._seconds() + 1) if self.expiry else None,
        }
        if self.counted or self.stopped is not None:
            data["recording_duration"] = self._seconds()
        return data

    def shown_alone(self) -> dict[str, Any]:
        """Give it as replies about it alone have it: with reasons and storage."""
        data = {**self.shown(), **self.storage}
        data["start_reason"] = {"reason": "API_CALL", "caller": self._caller()}
        if self.stopped is not None:
            data["stop_reason"] = {"reason": "API_CALL", "caller": self._caller()}
        return data

    def _begin(self) -> None:
        self.status, self.started = "RECORDING", self.clock.moment()

    def _link(self, file_name: str | None) -> str | None:
        if file_name is None or self.expiry is None:
            return None
        return f"https://recordings.example.net/{self.id}/{quote(file_name, safe='')}"

    def _session(self) -> str | None:
        # A meeting that nobody has joined has no session: here, every other one. The tracks are
        # those of somebody (R38).
        joined = self.track or self.meeting.int % 2
        return str(uuid5(self.meeting, "session")) if joined else None

    def _caller(self) -> dict[str, str]:
        # API tokens act for an organisation (X20).
        account = self.owner.account_id
        return {
            "name": "Stand-in organization",
            "type": "ORGANIZATION",
            "user_Id": str(uuid5(NAMESPACE_OID, account)),
        }

    def _seconds(self) -> int:
        if self.started is None or self.stopped is None:
            return 0
        return int((self.stopped - self.started).total_seconds())


def recording(
    owner: Owner, request: dict[str, Any], storage: dict[str, Any], clock: Clock
) -> Recording:
    """Make what a lawful request to start asks for."""
    meeting, invoked = UUID(request["meeting_id"]), clock.moment()
    # Prefix, room and time stamp (R24).
    parts = [request.get("file_name_prefix"), meeting.hex, f"{invoked:%Y%m%d%H%M%S}"]
    stem = "_".join(part for part in parts if part)
    audio = request.get("audio_config")
    return Recording(
        owner=owner,
        meeting=meeting,
        file_name=f"{stem}.{_ending(request)}",
        clock=clock,
        invoked=invoked,
        # There only if audio_config was passed (R18).
        audio_name=None if audio is None else f"{stem}.{audio.get('codec', 'AAC').lower()}",
        in_bucket=request.get("realtimekit_bucket_config", {}).get("enabled", True),
        storage=storage,
        counted="max_seconds" in request,
    )


def track_recording(owner: Owner, request: dict[str, Any], clock: Clock) -> Recording:
    """Make what a lawful request to record tracks asks for."""
    meeting, invoked = UUID(request["meeting_id"]), clock.moment()
    prefix = request.get("layers", {}).get("default", {}).get("file_name_prefix", "default")
    # Prefix, user, peer, kinds of stream and media, and milliseconds (R39).
    who = [uuid5(meeting, name).hex for name in ("user", "peer")]
    stamp = round(invoked.timestamp() * 1000)
    return Recording(
        owner=owner,
        meeting=meeting,
        file_name=f"{prefix}_{'_'.join(who)}_webcam_audio_{stamp}.webm",
        clock=clock,
        invoked=invoked,
        track=True,
    )


def now() -> datetime:
    """Give the time in UTC as replies tell it: to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _written(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ending(request: dict[str, Any]) -> str:
    # By the codec (R2), but an interactive recording is a tar (R25).
    if "interactive_config" in request:
        return "tar"
    codec = request.get("video_config", {}).get("codec", "H264")
    return "mp4" if codec == "H264" else "webm"
