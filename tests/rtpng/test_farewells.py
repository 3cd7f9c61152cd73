"""The record of a finished call, beside one that rtpengine 26 has written of such a call."""

import syslog
from collections.abc import Iterator

import pytest

from rtpng.calls.expiry import Reason
from rtpng.config import Config
from rtpng.interfaces import Interface
from rtpng.log import CALL_RECORDS, configure
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir, established
from tests.rtpng.harness import ALICE, BOB, audio, sdp
from tests.rtpng.log_state import syslog_records
from tests.rtpng.media.rig import rtcp, rtp

A, B = Address(ALICE, 4000), Address(BOB, 5000)
INTERFACE = Interface("default", "192.0.2.1", "192.0.2.1", 23000, 23099)

# One call of 26.0.1.26: five packets from each side, one report of the answerer's
THEIRS = (
    "ci=c1, created_from=127.0.0.1:60752, last_signal=1795610385, tos=0, ml0_start_time=1795610385.075635, "
    "ml0_end_time=1795610386.384709, ml0_duration=1.309074, ml0_termination=REGULAR, ml0_local_tag=ft, "
    "ml0_local_tag_type=FROM_TAG, ml0_remote_tag=tt, payload_type=8, ml0_midx1_rtp_endpoint_ip=127.0.0.2, "
    "ml0_midx1_rtp_endpoint_port=4000, ml0_midx1_rtp_local_relay_ip=127.0.0.1, "
    "ml0_midx1_rtp_local_relay_port=12132, ml0_midx1_rtp_relayed_packets=5, ml0_midx1_rtp_relayed_bytes=860, "
    "ml0_midx1_rtp_relayed_errors=0, ml0_midx1_rtp_last_packet=1795610385, ml0_midx1_rtp_in_tos_tclass=0, "
    "ml0_midx1_rtcp_endpoint_ip=127.0.0.2, ml0_midx1_rtcp_endpoint_port=4001, "
    "ml0_midx1_rtcp_local_relay_ip=127.0.0.1, ml0_midx1_rtcp_local_relay_port=12133, "
    "ml0_midx1_rtcp_relayed_packets=0, ml0_midx1_rtcp_relayed_bytes=0, ml0_midx1_rtcp_relayed_errors=0, "
    "ml0_midx1_rtcp_last_packet=1795610385, ml0_midx1_rtcp_in_tos_tclass=0, ml1_start_time=1795610385.077512, "
    "ml1_end_time=1795610386.384709, ml1_duration=1.307197, ml1_termination=REGULAR, ml1_local_tag=tt, "
    "ml1_local_tag_type=TO_TAG, ml1_remote_tag=ft, payload_type=8, ml1_midx1_rtp_endpoint_ip=127.0.0.3, "
    "ml1_midx1_rtp_endpoint_port=5000, ml1_midx1_rtp_local_relay_ip=127.0.0.1, "
    "ml1_midx1_rtp_local_relay_port=12382, ml1_midx1_rtp_relayed_packets=5, ml1_midx1_rtp_relayed_bytes=860, "
    "ml1_midx1_rtp_relayed_errors=0, ml1_midx1_rtp_last_packet=1795610385, ml1_midx1_rtp_in_tos_tclass=0, "
    "ml1_midx1_rtcp_endpoint_ip=127.0.0.3, ml1_midx1_rtcp_endpoint_port=5001, "
    "ml1_midx1_rtcp_local_relay_ip=127.0.0.1, ml1_midx1_rtcp_local_relay_port=12383, "
    "ml1_midx1_rtcp_relayed_packets=1, ml1_midx1_rtcp_relayed_bytes=32, ml1_midx1_rtcp_relayed_errors=0, "
    "ml1_midx1_rtcp_last_packet=1795610385, ml1_midx1_rtcp_in_tos_tclass=0, "
)


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, str]]]:
    with syslog_records(monkeypatch, CALL_RECORDS) as sent:
        configure(Config((INTERFACE,), log_facility_cdr="local5", log_stderr=True))
        yield sent


def pairs(record: str) -> list[tuple[str, str]]:
    found = [pair.partition("=") for pair in record.split(", ")]
    assert found.pop() == ("", "", "")  # the last pair ends as all do
    return [(name, value) for name, _, value in found]


def test_a_record_tells_of_a_call_what_rtpengine_tells(records: list[tuple[int, str]]) -> None:
    relay = RelayOnAir()
    to_a, to_b = established(relay)  # a packet of each side
    for sequence in range(2, 6):
        relay.send(A, to_a, rtp(sequence))
        relay.send(B, to_b, rtp(sequence))
    relay.send(Address(BOB, 5001), Address(to_b.host, to_b.port + 1), rtcp())
    relay.clock.now += 2.5
    relay.clock.wall += 2.5
    relay.delete()
    ((priority, text),) = records
    assert priority == syslog.LOG_LOCAL5 | syslog.LOG_INFO
    ours, theirs = pairs(text), pairs(THEIRS)
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    told = dict(ours)
    assert (told["ml0_duration"], told["ml0_termination"]) == ("2.500000", "REGULAR")
    assert (told["ml0_local_tag_type"], told["ml1_local_tag_type"]) == ("FROM_TAG", "TO_TAG")
    assert (told["ml0_midx1_rtp_endpoint_ip"], told["ml0_midx1_rtp_local_relay_port"]) == (ALICE, str(to_a.port))
    for name in ("payload_type", "ml1_remote_tag", "ml1_midx1_rtp_relayed_packets", "ml1_midx1_rtp_relayed_bytes"):
        assert told[name] == dict(theirs)[name].replace("ft", "alice")
    assert told["ml1_midx1_rtcp_relayed_packets"] == "1"
    assert told["ml0_midx1_rtcp_last_packet"] == str(int(float(told["ml0_start_time"])))  # none has come


def test_an_offer_that_nobody_has_answered_has_a_record_too(records: list[tuple[int, str]]) -> None:
    relay = RelayOnAir()
    relay.offer(sdp(audio(4000)))
    (call,) = relay.engine.calls
    relay.engine.end(call, Reason.OFFER_TIMEOUT)
    told = dict(pairs(records[0][1]))
    assert told["ml0_termination"] == "OFFER_TIMEOUT"
    assert (told["ml0_remote_tag"], told["ml1_local_tag"]) == ("(null)", "(null)")
    assert (told["ml1_local_tag_type"], told["payload_type"]) == ("UNKNOWN", "unknown")
    assert (told["ml1_midx1_rtp_endpoint_ip"], told["ml1_midx1_rtp_endpoint_port"]) == ("", "0")


def test_nobody_who_has_not_asked_gets_records(records: list[tuple[int, str]]) -> None:
    configure(Config((INTERFACE,), log_stderr=True))
    relay = RelayOnAir()
    established(relay)
    relay.delete()
    assert records == []


def test_what_a_peer_has_chosen_cannot_break_the_record(records: list[tuple[int, str]]) -> None:
    relay = RelayOnAir()
    relay.offer(sdp(audio(4000)), call_id="a\nb\0c", from_tag="t\r\n")
    (call,) = relay.engine.calls
    relay.engine.end(call, Reason.DELETED)
    told = dict(pairs(records[0][1]))
    assert (told["ci"], told["ml0_local_tag"]) == ("a?b?c", "t??")
