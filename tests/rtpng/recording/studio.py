"""A relay that records into a folder, without a thread: what was asked for is written at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtpng.recording.frames import RAW
from rtpng.recording.recordings import Failed, RecordingSettings
from rtpng.recording.tape import Tape
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir


@dataclass(slots=True)
class AtOnce:
    """A writer for tests; ``full``: there is no room for packets."""

    failed: Failed
    full: bool = False
    closed: bool = False

    def order(self, tape: Tape, act: Callable[..., None], *values: Any) -> None:
        if tape.broken:
            return
        try:
            act(*values)
        except OSError as error:
            tape.break_off()
            self.failed(tape, error)

    def packet(self, tape: Tape, when: float, source: Address, local: Address, data: bytes) -> bool:
        if not self.full:
            self.order(tape, tape.packet, when, source, local, data)
        return not self.full

    def close(self) -> None:
        """Nothing waits."""
        self.closed = True


@dataclass(eq=False)
class Studio(RelayOnAir):
    """``folder`` None: the operator has named none."""

    folder: Path | None = None
    link_type: int = RAW
    writer: AtOnce = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        recordings = self.engine.recordings
        folder = str(self.folder) if self.folder is not None else None
        recordings.settings = RecordingSettings(folder, self.link_type)
        self.writer = AtOnce(recordings._failed)
        recordings._writer = self.writer
        self.air.record = recordings.packet

    def files(self) -> list[str]:
        """Every file below the folder, without tokens."""
        assert self.folder is not None
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(f"{path.parent}/{path.stem.rpartition('-')[0]}{path.suffix}" for path in found)

    def notes(self) -> str:
        """The metadata of the only recording that is complete."""
        assert self.folder is not None
        (path,) = (self.folder / "metadata").iterdir()
        return path.read_text()

    def packets(self) -> list[tuple[Address, Address, bytes]]:
        """Of the only recording, IPv4: source, target, payload."""
        assert self.folder is not None
        (path,) = (self.folder / "pcaps").iterdir()
        data = path.read_bytes()[24:]
        found = []
        while data:
            size = int.from_bytes(data[8:12], "little")
            frame, data = data[16 : 16 + size], data[16 + size :]
            source, target = (".".join(map(str, frame[at : at + 4])) for at in (12, 16))
            ports = [int.from_bytes(frame[at : at + 2]) for at in (20, 22)]
            found.append((Address(source, ports[0]), Address(target, ports[1]), frame[28:]))
        return found
