"""The recordings of all calls: what the model says is done to files, and packets find their way there."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from rtpng.calls import recording
from rtpng.calls.model import Call
from rtpng.calls.recording import Recording, Wish
from rtpng.calls.registry import Registry
from rtpng.log import NOTICE
from rtpng.recording import frames, notes
from rtpng.recording.names import Names, inside, names
from rtpng.recording.tape import Tape
from rtpng.timeline import Kind, Timelines
from sipcore.address import Address

_log = logging.getLogger(__name__)

NO_FOLDER = "Call recording requested, but no spool directory configured (--recording-dir)"


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """What the operator's configuration says; without a folder nothing is recorded."""

    folder: str | None = None
    link_type: int = frames.RAW


@dataclass(slots=True)
class Counts:
    """Of all recordings up to now; packets that were dropped found the queue of the writer full."""

    started: int = 0
    failed: int = 0
    packets_taken: int = 0
    packets_dropped: int = 0


class Writing(Protocol):
    """The writer, as it is used here; see ``rtpng.recording.writer``."""

    def order(self, tape: Tape, act: Callable[..., None], *values: Any) -> None: ...
    def packet(self, tape: Tape, when: float, source: Address, local: Address, data: bytes) -> bool: ...
    def close(self) -> None: ...


Failed = Callable[[Tape, OSError], None]


class _Running(NamedTuple):
    """A recording whose files are open, and whether they know of its pause."""

    recording: Recording
    tape: Tape
    paused: bool = False


@dataclass(slots=True)
class Recordings:
    """By Call-ID. ``follow`` brings the files up to what the model of a call says."""

    settings: RecordingSettings
    make_writer: Callable[[Failed], Writing]
    calls: Registry
    timelines: Timelines
    changed: Callable[[Call], None]  # a recording has ended by itself: the plan has to follow
    counts: Counts = field(default_factory=Counts)
    _running: dict[str, _Running] = field(default_factory=dict)
    _calls: dict[Tape, Call] = field(default_factory=dict)
    _writer: Writing = field(init=False)

    def __post_init__(self) -> None:
        self._writer = self.make_writer(self._failed)

    def wish(self, call: Call, wish: Wish | None, file: str | None = None) -> None:
        """Changes the model of a call. Without a folder only the log says so, as with rtpengine."""
        folder = self.settings.folder
        if wish is None or folder is None:
            if wish is Wish.START:
                self._say(call, logging.ERROR, NO_FOLDER)
            return
        if file is not None and not inside(folder, file):
            self._say(call, logging.WARNING, "recording-file %s is not below the folder of recordings: ignored", file)
            file = None
        call.recording = recording.after(call.recording, wish, secrets.token_hex(8), file)

    def follow(self, call: Call) -> None:
        """Opens, pauses or closes files."""
        running = self._running.get(call.call_id)
        if running is not None and running.recording is not call.recording:
            self._stop(call, running, call_ended=False)
            running = None
        if call.recording is None:
            return
        if running is None:
            self._start(call, call.recording)
            running = self._running.get(call.call_id)
        if running is not None and running.paused is not running.recording.paused:
            self._pause(call, running)

    def packet(self, local: Address, source: tuple[Any, ...], data: bytes, now: float) -> None:
        """A packet that has reached a port of a call that is recorded, decrypted."""
        del now
        owner = self.calls.owner(local)
        running = self._running.get(owner.call.call_id) if owner is not None else None
        if running is None:
            return
        if self._writer.packet(running.tape, self.timelines.wall(), Address(source[0], source[1]), local, data):
            self.counts.packets_taken += 1
        else:
            self._missed(running.tape)

    def document(self, call: Call, mode: str, sdp: str) -> None:
        """An SDP goes out."""
        running = self._running.get(call.call_id)
        if running is not None:
            self._writer.order(running.tape, running.tape.document, mode, sdp, call.created)

    def files(self, call: Call) -> list[str]:
        """The files that are written for a call."""
        running = self._running.get(call.call_id)
        return [running.tape.names.pcap] if running is not None else []

    def merge(self, call: Call, other: Call) -> None:
        """One call is part of another: so is its recording, unless the other has one itself."""
        if call.recording is not None or other.recording is None:
            self.end(other)
            return
        call.recording = other.recording
        running = self._running.pop(other.call_id, None)
        if running is not None:
            self._running[call.call_id], self._calls[running.tape] = running, call

    def end(self, call: Call) -> None:
        """The call is over."""
        running = self._running.get(call.call_id)
        if running is not None:
            self._stop(call, running, call_ended=True)

    def close(self) -> None:
        """Waits until everything is written."""
        self._writer.close()

    def _start(self, call: Call, wanted: Recording) -> None:
        assert self.settings.folder is not None, "nothing is recorded without a folder"
        tape = Tape(self._names(call, wanted), self.settings.folder, self.settings.link_type)
        self._running[call.call_id] = _Running(wanted, tape)
        self._calls[tape] = call
        self.counts.started += 1
        self._say(call, NOTICE, "Turning on call recording.")
        self._say(call, logging.INFO, "Writing recording file: %s", tape.names.pcap)
        self._writer.order(tape, tape.open)

    def _names(self, call: Call, wanted: Recording) -> Names:
        return names(self.settings.folder or "", call.call_id, wanted.token, wanted.file)

    def _pause(self, call: Call, running: _Running) -> None:
        paused = running.recording.paused
        self._running[call.call_id] = running._replace(paused=paused)
        self._say(call, NOTICE, "Pausing call recording." if paused else "Resuming call recording.")
        text = (notes.paused if paused else notes.resumed)(self.timelines.wall())
        self._writer.order(running.tape, running.tape.note, text)

    def _stop(self, call: Call, running: _Running, *, call_ended: bool) -> None:
        self._forget(call, running.tape)
        tape = running.tape
        if running.recording.discarded:
            self._say(call, NOTICE, "Discarding call recording.")
            self._writer.order(tape, tape.discard)
            return
        self._say(call, NOTICE, "Turning off call recording.")
        if tape.missed:
            self._say(call, logging.WARNING, "%d packets are missing in %s", tape.missed, tape.names.pcap)
        last = notes.end(call.created, self.timelines.wall(), call_ended=call_ended, metadata=call.metadata)
        self._writer.order(tape, tape.finish, last)

    def _missed(self, tape: Tape) -> None:
        self.counts.packets_dropped += 1
        tape.missed += 1
        if tape.missed == 1:
            text = "The disk is too slow for all recordings: packets are missing in %s"
            self._say(self._calls[tape], logging.WARNING, text, tape.names.pcap)

    def _failed(self, tape: Tape, error: OSError) -> None:
        """The system has refused to write: the recording is over, and the call goes on."""
        self.counts.failed += 1
        call = self._calls.get(tape)
        if call is None:  # it was over anyway
            _log.error("The end of the recording %s cannot be written (%s)", tape.names.pcap, error.strerror)
            return
        self._forget(call, tape)
        call.recording = None
        text = "The recording has ended, %s cannot be written (%s): see to the disk and start it again"
        self._say(call, logging.ERROR, text, tape.names.pcap, error.strerror)
        self.changed(call)

    def _forget(self, call: Call, tape: Tape) -> None:
        self._running.pop(call.call_id, None)
        self._calls.pop(tape, None)

    def _say(self, call: Call, level: int, text: str, *values: object) -> None:
        self.timelines.say(call.call_id, Kind.RECORDING, level, text, *values)

    def __len__(self) -> int:
        return len(self._running)
