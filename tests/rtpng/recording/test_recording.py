"""Calls that are recorded."""

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtpng.errors import NgError
from rtpng.recording.tape import Tape
from sipcore.address import Address
from tests.rtpng.harness import ALICE, BOB, audio, sdp
from tests.rtpng.media.rig import rtcp, rtp
from tests.rtpng.recording.studio import Studio

A, B = Address(ALICE, 4000), Address(BOB, 5000)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(folder=tmp_path)
    yield studio
    studio.engine.close()


def begun(studio: Studio, **words: str) -> tuple[Address, Address]:
    """A call in which both were heard once, and the kernel forwards where it may."""
    replies = [
        studio.command("offer", call_id="call", from_tag="alice", sdp=sdp(audio(4000)), **words),
        studio.command("answer", call_id="call", from_tag="alice", to_tag="bob", sdp=sdp(audio(5000), host=BOB)),
    ]
    to_b, to_a = (studio.local(int(re.findall(r"m=audio (\d+)", reply["sdp"])[0])) for reply in replies)
    studio.send(A, to_a, rtp(1))
    studio.send(B, to_b, rtp(1))
    return to_a, to_b


def ask(studio: Studio, command: str, **words: str | list[str]) -> None:
    assert studio.command(command, call_id="call", **words) == {"result": "ok"}


def test_both_directions_are_recorded_as_they_came(studio: Studio) -> None:
    to_a, to_b = begun(studio, record_call="yes")
    rtcp_port, reporter = Address(to_a.host, to_a.port + 1), Address(ALICE, 4001)
    studio.send(reporter, rtcp_port, rtcp())
    studio.send(Address("192.0.2.250", 9), to_a, rtp(7))
    studio.delete()
    assert studio.files() == ["metadata/rtpengine-meta-call.txt", "pcaps/call.pcap"]
    assert studio.packets() == [(A, to_a, rtp(1)), (B, to_b, rtp(1)), (reporter, rtcp_port, rtcp())]


def test_a_stream_leaves_the_kernel_for_as_long_as_it_is_recorded(studio: Studio) -> None:
    to_a, to_b = begun(studio)
    assert len(studio.table.installed) == 2
    ask(studio, "start recording")
    assert not studio.table.installed
    assert studio.send(A, to_a, rtp(2)) == [(to_b, B)]
    ask(studio, "pause recording")
    assert len(studio.table.installed) == 2
    ask(studio, "start recording")
    assert not studio.table.installed
    ask(studio, "stop recording")
    assert len(studio.table.installed) == 2
    assert [payload for *_, payload in studio.packets()] == [rtp(2)]


def test_what_is_blocked_is_recorded_all_the_same(studio: Studio) -> None:
    to_a, _ = begun(studio, record_call="yes")
    ask(studio, "block media")
    assert studio.send(A, to_a, rtp(2)) == []
    studio.delete()
    assert (A, to_a, rtp(2)) in studio.packets()


def test_the_reply_names_the_file(studio: Studio) -> None:
    reply = studio.command("offer", call_id="a/../b", from_tag="alice", sdp=sdp(audio()), flags=["record-call"])
    (file,) = reply["recordings"]
    assert re.fullmatch(rf"{studio.folder}/pcaps/a%2F\.\.%2Fb-[0-9a-f]{{16}}\.pcap", file)
    assert Path(file).exists()


def test_query_tells_of_it(studio: Studio) -> None:
    begun(studio, record_call="on")
    assert studio.query()["recording"] == {"call recording": 1, "forwarding": 0}
    ask(studio, "pause recording")
    assert studio.query()["recording"] == {"call recording": 0, "forwarding": 0}
    ask(studio, "stop recording")
    assert "recording" not in studio.query()


@pytest.mark.parametrize("words", [{"flags": ["pause"]}, {"pause": "yes"}])
def test_stop_recording_with_a_pause(studio: Studio, words: dict[str, str | list[str]]) -> None:
    begun(studio, record_call="yes")
    ask(studio, "stop recording", **words)
    assert studio.query()["recording"] == {"call recording": 0, "forwarding": 0}


def test_the_notes_have_the_form_of_rtpengine(studio: Studio) -> None:
    begun(studio, record_call="yes", metadata="a=b|c")
    ask(studio, "pause recording")
    ask(studio, "start recording")
    studio.delete()
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
    said = r"\nTimestamp started ms: \d+\.\d{3}\nSDP mode: %s\nSDP before RTP packet: 1\n\nv=0\r\n(.*\r\n)+"
    expected = (
        rf"{studio.folder}/pcaps/call-\w+\.pcap\n\n" + said % "offer" + said % "answer"
        + rf"\nRecording paused at: {moment} \(\d+\.\d{{3}} ms\)\n"
        + rf"\nRecording resumed at: {moment} \(\d+\.\d{{3}} ms\)\n"
        + rf"\nTimestamp terminated ms\(first monologue\): \d+\.\d{{3}}\n\ncall start time: {moment}\n"
        + rf"call end time: {moment}\n\n\na=b\|c\n"
    )  # fmt: skip
    assert re.fullmatch(expected, (next((studio.folder or Path()).glob("metadata/*"))).read_bytes().decode())


def test_a_recording_that_is_stopped_is_complete_before_the_call_ends(studio: Studio) -> None:
    begun(studio, record_call="yes")
    assert studio.files() == ["pcaps/call.pcap", "tmp/rtpengine-meta-call.tmp"]
    ask(studio, "stop recording")
    assert studio.files() == ["metadata/rtpengine-meta-call.txt", "pcaps/call.pcap"]
    assert "Timestamp terminated ms(first monologue): 0.000" in studio.notes()


def test_a_second_recording_has_files_of_its_own(studio: Studio) -> None:
    begun(studio, record_call="yes")
    ask(studio, "stop recording")
    ask(studio, "start recording")
    studio.delete()
    assert studio.files() == ["metadata/rtpengine-meta-call.txt"] * 2 + ["pcaps/call.pcap"] * 2


@pytest.mark.parametrize("how", ["stop recording", "delete", "offer"])
def test_of_a_recording_that_is_discarded_nothing_stays(studio: Studio, how: str) -> None:
    begun(studio, record_call="yes")
    if how == "offer":
        studio.command("offer", call_id="call", from_tag="alice", to_tag="bob", sdp=sdp(audio()), record_call="discard")
    else:
        studio.command(how, call_id="call", flags=["discard-recording"], delete_delay=0)
    assert studio.files() == []


def test_parties_that_are_excluded_are_not_recorded_and_stay_in_the_kernel(studio: Studio) -> None:
    begun(studio, record_call="yes", flags="exclude-recording")
    assert len(studio.table.installed) == 2
    studio.delete()
    assert studio.packets() == []


def test_a_file_below_the_folder_may_be_named(studio: Studio) -> None:
    begun(studio, record_call="yes", recording_file="mine.pcap")
    studio.delete()
    assert studio.folder is not None
    assert (studio.folder / "mine.pcap").stat().st_size > 24


def test_a_file_elsewhere_is_not_written(
    studio: Studio, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path_factory.mktemp("other") / "x.pcap"
    begun(studio, record_call="yes", recording_file=str(other))
    assert not other.exists()
    assert studio.files()[0] == "pcaps/call.pcap"
    assert "is not below the folder of recordings" in caplog.text


def test_without_a_folder_the_call_goes_on_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    studio = Studio()
    begun(studio, record_call="yes")
    ask(studio, "start recording")
    ask(studio, "pause recording")
    assert "Call recording requested, but no spool directory configured" in caplog.text
    assert len(studio.table.installed) == 2


@pytest.mark.parametrize("command", ["start recording", "stop recording", "pause recording"])
def test_requests_that_are_refused(studio: Studio, command: str) -> None:
    with pytest.raises(NgError, match="No call-id in message"):
        studio.command(command)
    with pytest.raises(NgError, match="Unknown call-id"):
        studio.command(command, call_id="nobody")


def is_over(studio: Studio, caplog: pytest.LogCaptureFixture, reason: str) -> None:
    """The recording has ended with one line, and the call is in the kernel again."""
    lines = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(lines) == 1
    assert reason in lines[0].getMessage()
    assert studio.engine.recordings.counts.failed == 1
    assert len(studio.engine.recordings) == 0
    assert len(studio.table.installed) == 2
    assert "recording" not in studio.query()


def test_a_folder_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    studio = Studio(folder=tmp_path / "missing")
    begun(studio, record_call="yes")
    is_over(studio, caplog, "No such file or directory")
    studio.delete()


def test_a_disk_that_is_full(studio: Studio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    to_a, to_b = begun(studio, record_call="yes")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Tape, "packet", full)
    assert studio.send(A, to_a, rtp(2)) == [(to_b, B)]
    assert studio.send(A, to_a, rtp(3)) == [(to_b, B)]
    is_over(studio, caplog, "No space left on device")
    assert studio.files() == ["metadata/rtpengine-meta-call.txt", "pcaps/call.pcap"]


def test_of_a_recording_whose_end_cannot_be_written_the_log_tells(
    studio: Studio, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(studio, record_call="yes")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Tape, "finish", full)
    studio.delete()
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert re.fullmatch(r"The end of the recording .*/call-\w+\.pcap cannot be written \(No space .*\)", line)


def test_a_writer_that_lags_behind_costs_packets_of_the_recording_only(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    to_a, to_b = begun(studio, record_call="yes")
    studio.writer.full = True
    assert studio.send(A, to_a, rtp(2)) == [(to_b, B)]
    assert studio.send(A, to_a, rtp(3)) == [(to_b, B)]
    studio.delete()
    counts = studio.engine.recordings.counts
    assert (counts.packets_taken, counts.packets_dropped) == (2, 2)
    slow, missing = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert slow.startswith("The disk is too slow for all recordings: packets are missing in ")
    assert missing.startswith("2 packets are missing in ")


def test_the_end_of_the_daemon_completes_recordings(studio: Studio) -> None:
    begun(studio, record_call="yes")
    studio.engine.close()
    assert studio.files() == ["metadata/rtpengine-meta-call.txt", "pcaps/call.pcap"]


def test_what_the_kernel_refuses_at_the_end_costs_no_recording(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    begun(studio, record_call="yes")
    monkeypatch.setattr(studio.table, "close", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        studio.engine.close()
    assert studio.writer.closed
    assert studio.files() == ["metadata/rtpengine-meta-call.txt", "pcaps/call.pcap"]


def test_the_recording_of_a_call_that_becomes_part_of_another_goes_on(studio: Studio) -> None:
    begun(studio, record_call="yes")
    studio.offer(sdp(audio(6000)), call_id="other", from_tag="carol")
    studio.answer(sdp(audio(7000), host=BOB), call_id="other", from_tag="carol", to_tag="dave")
    studio.command("connect", call_id="other", to_call_id="call", from_tag="carol", to_tag="alice")
    assert studio.query(call_id="other")["recording"] == {"call recording": 1, "forwarding": 0}
    assert not studio.table.installed
    studio.delete(call_id="other", from_tag=None)
    assert studio.files() == ["metadata/rtpengine-meta-call.txt", "pcaps/call.pcap"]


def test_the_timeline_tells_of_it(studio: Studio) -> None:
    begun(studio, record_call="yes")
    ask(studio, "pause recording")
    ask(studio, "stop recording")
    told = [
        event["text"] for event in studio.command("trace", call_id="call")["events"] if event["kind"] == "recording"
    ]
    assert told[0] == "Turning on call recording."
    assert told[2:] == ["Pausing call recording.", "Turning off call recording."]
