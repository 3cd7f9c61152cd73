"""The files of one recording. Everything here waits for the disk: it belongs into the writer's thread."""

import os
from contextlib import suppress
from typing import IO

from rtpng.recording import frames, notes
from rtpng.recording.names import FOLDERS, Names
from sipcore.address import Address

_BUFFER = 1 << 16  # bytes


class Tape:
    """A pcap file and the notes beside it. Methods raise OSError; after ``break_off`` they do nothing.

    ``missed``: packets that found no room to wait in; whoever gives the orders counts them.
    """

    def __init__(self, names: Names, folder: str, link_type: int) -> None:
        self.names = names
        self.packets = self.missed = 0
        self._folder = folder
        self._link_type = link_type
        self._pcap: IO[bytes] | None = None
        self._notes: IO[str] | None = None
        self._broken = False

    @property
    def broken(self) -> bool:
        return self._broken

    def open(self) -> None:
        """Makes the files; neither may be there already, whoever has made it."""
        for name in FOLDERS:
            with suppress(FileExistsError):
                os.mkdir(os.path.join(self._folder, name))
        self._pcap = open(self.names.pcap, "xb", buffering=_BUFFER)  # noqa: SIM115 - until the recording ends
        self._pcap.write(frames.file_header(self._link_type))
        self._notes = open(self.names.draft, "x", encoding="utf-8", errors="surrogateescape", newline="")  # noqa: SIM115
        self.note(notes.beginning(self.names.pcap))

    def packet(self, when: float, source: Address, local: Address, data: bytes) -> None:
        if self._pcap is not None:
            self._pcap.write(frames.packet(when, source, local, data, self._link_type))
            self.packets += 1

    def note(self, text: str) -> None:
        if self._notes is not None:
            self._notes.write(text)
            self._notes.flush()

    def document(self, mode: str, sdp: str, created: float) -> None:
        self.note(notes.document(mode, sdp, created, self.packets))

    def finish(self, last: str) -> None:
        """The recording is complete: its notes go where they are looked for."""
        if self._notes is None:
            return
        self.note(last)
        try:
            self._close()
        finally:
            os.rename(self.names.draft, self.names.metadata)

    def discard(self) -> None:
        """Nothing stays of the recording, not even where the disk no longer takes its last packets."""
        with suppress(OSError):
            self._close()
        for name in (self.names.pcap, self.names.draft):
            with suppress(FileNotFoundError):
                os.unlink(name)

    def break_off(self) -> None:
        """It cannot go on; what there is of it stays."""
        self._broken = True
        had_notes = self._notes is not None
        with suppress(OSError):
            self._close()
        if had_notes:
            with suppress(OSError):
                os.rename(self.names.draft, self.names.metadata)

    def _close(self) -> None:
        pcap, written, self._pcap, self._notes = self._pcap, self._notes, None, None
        try:
            if pcap is not None:
                pcap.close()
        finally:
            if written is not None:
                written.close()
