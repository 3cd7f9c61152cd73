"""The thread that writes."""

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtpng.recording.frames import RAW
from rtpng.recording.names import names
from rtpng.recording.tape import Tape
from rtpng.recording.writer import Writer
from sipcore.address import Address

ONE, OTHER = Address("192.0.2.1", 4000), Address("192.0.2.2", 5000)


@pytest.fixture
def failures() -> list[tuple[Tape, OSError]]:
    return []


@pytest.fixture
def writer(failures: list[tuple[Tape, OSError]]) -> Iterator[Writer]:
    writer = Writer(lambda tape, error: failures.append((tape, error)), room=1000)
    yield writer
    writer.close()


def tape(folder: Path, call_id: str = "call") -> Tape:
    return Tape(names(str(folder), call_id, "0"), str(folder), RAW)


def test_everything_is_written_in_order(writer: Writer, tmp_path: Path, failures: list[object]) -> None:
    made = tape(tmp_path)
    writer.order(made, made.open)
    assert writer.packet(made, 1.0, ONE, OTHER, b"abc")
    writer.order(made, made.finish, "the end")
    writer.close()
    assert Path(made.names.pcap).stat().st_size == 24 + 16 + 28 + 3
    assert Path(made.names.metadata).read_text().endswith("the end")
    assert failures == []


def test_while_the_disk_waits_packets_find_no_room_and_nobody_waits(writer: Writer, tmp_path: Path) -> None:
    made, disk = tape(tmp_path), threading.Event()

    def wait() -> None:
        disk.wait(10)

    writer.order(made, wait)
    taken = [writer.packet(made, 1.0, ONE, OTHER, bytes(100)) for _ in range(5)]
    assert taken == [True, True, True, False, False]
    disk.set()
    writer.close()
    assert writer.packet(made, 1.0, ONE, OTHER, bytes(100))


def test_what_the_system_refuses_is_told_once_and_harms_no_other_tape(
    writer: Writer, tmp_path: Path, failures: list[tuple[Tape, OSError]]
) -> None:
    good, bad = tape(tmp_path), tape(tmp_path / "missing")
    for made in (bad, good):
        writer.order(made, made.open)
        writer.packet(made, 1.0, ONE, OTHER, b"abc")
        writer.order(made, made.finish, "the end")
    writer.close()
    assert [(made, error.errno) for made, error in failures] == [(bad, errno.ENOENT)]
    assert Path(good.names.metadata).exists()


def test_a_file_that_is_there_is_nobody_s_to_overwrite(
    writer: Writer, tmp_path: Path, failures: list[tuple[Tape, OSError]]
) -> None:
    made = tape(tmp_path)
    path = Path(made.names.pcap)
    path.parent.mkdir()
    target = tmp_path / "precious"
    path.symlink_to(target)
    writer.order(made, made.open)
    writer.close()
    assert failures[0][1].errno == errno.EEXIST
    assert not target.exists()


def test_a_bug_in_one_recording_ends_that_one(
    writer: Writer, tmp_path: Path, failures: list[tuple[Tape, OSError]], caplog: pytest.LogCaptureFixture
) -> None:
    made = tape(tmp_path)
    writer.order(made, lambda: [][0])
    writer.close()
    assert "IndexError" in str(failures[0][1])
    assert "Internal error in a recording" in caplog.text


def _on_a_full_disk(made: Tape) -> None:
    """What is still in the buffer of the pcap file finds no room."""
    assert made._pcap is not None
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, made._pcap.fileno())
    os.close(full)


def test_what_is_to_be_discarded_goes_from_a_full_disk_too(
    writer: Writer, tmp_path: Path, failures: list[object]
) -> None:
    made = tape(tmp_path)
    writer.order(made, made.open)
    writer.order(made, _on_a_full_disk, made)
    writer.order(made, made.discard)
    writer.close()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert failures == []


def test_notes_are_where_they_are_looked_for_although_the_last_packets_found_no_room(
    writer: Writer, tmp_path: Path, failures: list[tuple[Tape, OSError]]
) -> None:
    made = tape(tmp_path)
    writer.order(made, made.open)
    writer.order(made, _on_a_full_disk, made)
    writer.order(made, made.finish, "the end")
    writer.close()
    assert [error.errno for _, error in failures] == [errno.ENOSPC]
    assert Path(made.names.metadata).read_text().endswith("the end")
    assert not Path(made.names.draft).exists()
