"""What the stand-in remembers: recordings, and which meetings are being recorded."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from clausewise.mock import Refused

# Beyond this many the oldest are forgotten: a stand-in may run for weeks.
MOST = 10_000

# Section 4 of the life cycle: the states that count as running, and what an action needs (R28).
# Whether INVOKED can be stopped is not documented; it has to be, or no start could be undone.
_BEFORE = {
    "pause": ("RECORDING",),
    "resume": ("PAUSED",),
    "stop": ("INVOKED", "RECORDING", "PAUSED"),
}
_AFTER = {"pause": "PAUSED", "resume": "RECORDING", "stop": "UPLOADING"}


class Owner(NamedTuple):
    """Whose recordings: an app of an account."""

    account_id: str
    app_id: str


@dataclass(slots=True)
class Recording:
    """One recording. `counted` says whether its duration is told while it is still 0."""

    owner: Owner
    meeting: UUID
    file_name: str
    invoked: datetime
    counted: bool
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "INVOKED"
    started: datetime | None = None
    stopped: datetime | None = None

    def shown(self) -> dict[str, Any]:
        """Give it as `data` of a reply (section 2.3).

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
            # Nothing can be fetched before the upload has ended (R16), and sizes wait for it too.
            "download_url": None,
            "download_url_expiry": None,
            "audio_download_url": None,
            "file_size": None,
            "start_reason": {"reason": "API_CALL", "caller": self._caller()},
        }
        if self.counted or self.stopped is not None:
            data["recording_duration"] = self._seconds()
        if self.stopped is not None:
            data["stop_reason"] = {"reason": "API_CALL", "caller": self._caller()}
        return data

    def _session(self) -> str | None:
        # A meeting that nobody has joined has no session: here, every other one.
        return str(uuid5(self.meeting, "session")) if self.meeting.int % 2 else None

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


class Recordings:
    """Every recording of every app, the newest ten thousand of them. Safe to share by threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._by_id: OrderedDict[str, Recording] = OrderedDict()
        self._ended: deque[str] = deque()
        self._running: dict[tuple[Owner, UUID], set[str]] = {}

    def start(self, owner: Owner, request: dict[str, Any]) -> dict[str, Any]:
        """Start what a lawful request asks for, and show it.

        Raises Refused with 409 while the meeting is being recorded, unless
        `allow_multiple_recordings` is true (R5).
        """
        meeting = UUID(request["meeting_id"])
        with self._lock:
            if self._running.get((owner, meeting)) and not request.get("allow_multiple_recordings"):
                raise Refused(409, "the meeting is being recorded already")
            now = _now()
            recording = Recording(
                owner=owner,
                meeting=meeting,
                file_name=_file_name(request, meeting, now),
                invoked=now,
                counted="max_seconds" in request,
            )
            self._by_id[recording.id] = recording
            self._running.setdefault((owner, meeting), set()).add(recording.id)
            if len(self._by_id) > self._most:
                self._forget_one()
            return recording.shown()

    def act(self, owner: Owner, recording_id: str, action: str) -> dict[str, Any]:
        """Pause, resume or stop a recording, and show it.

        Raises Refused: 404 for one that the owner does not have, 409 where its status does not
        allow the action (R28).
        """
        with self._lock:
            recording = self._by_id.get(str(UUID(recording_id)))
            if recording is None or recording.owner != owner:
                raise Refused(404, "there is no such recording")
            if recording.status == "INVOKED" and action == "pause":
                # Who pauses is taken to have waited until the recorder was at work.
                recording.status, recording.started = "RECORDING", _now(recording.invoked)
            if recording.status not in _BEFORE[action]:
                raise Refused(409, f"{action} does not go with status {recording.status}")
            recording.status = _AFTER[action]
            if action == "stop":
                recording.stopped = _now(recording.started or recording.invoked)
                self._end(recording)
                self._ended.append(recording.id)
            return recording.shown()

    def _end(self, recording: Recording) -> None:
        key = recording.owner, recording.meeting
        running = self._running[key]
        running.discard(recording.id)
        if not running:
            del self._running[key]

    def _forget_one(self) -> None:
        """Forget the oldest ended recording, or else the oldest: that one ends unseen."""
        if self._ended:
            del self._by_id[self._ended.popleft()]
            return
        self._end(self._by_id.popitem(last=False)[1])


def _now(after: datetime | None = None) -> datetime:
    # A clock may be set back; the times of a recording stay in order all the same (R13).
    now = datetime.now(UTC)
    return max(now, after) if after else now


def _written(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _file_name(request: dict[str, Any], meeting: UUID, now: datetime) -> str:
    """Name the file: prefix, room and time stamp (R24), and an ending by the codec (R2, R25)."""
    parts = [request.get("file_name_prefix"), meeting.hex, f"{now:%Y%m%d%H%M%S}"]
    codec = request.get("video_config", {}).get("codec", "H264")
    ending = "mp4" if codec == "H264" else "webm"
    if "interactive_config" in request:
        ending = "tar"
    return f"{'_'.join(part for part in parts if part)}.{ending}"
