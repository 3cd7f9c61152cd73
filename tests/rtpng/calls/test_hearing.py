"""Which rules of learning a packet meets, and what it says to them."""

import pytest

from rtpng.calls.hearing import judge_untrusted
from rtpng.calls.learn import Candidate, Latch, Trust, locked
from rtpng.calls.model import Call, Endpoint, MediaStream
from rtpng.calls.registry import Owner
from rtpng.media.relay import Verdict
from sipcore.address import Address
from tests.rtpng.media.rig import rtcp, rtp

OURS, OUR_RTCP = Address("203.0.113.1", 30000), Address("203.0.113.1", 30001)
SDP, SDP_RTCP = Address("198.51.100.1", 4000), Address("198.51.100.1", 4001)
NATTED = Address("192.0.2.7", 61000)
UNPROVEN = Latch(sdp=SDP, talks_since=0.0)


def owner(latch: Latch, protocol: str = "RTP/AVP", *, of_rtcp: bool = False) -> Owner:
    stream = MediaStream("audio", protocol, rtp=Endpoint(OURS, latch))
    stream.rtcp = Endpoint(OUR_RTCP, Latch(sdp=SDP_RTCP))
    endpoint = stream.rtcp if of_rtcp else stream.rtp
    assert endpoint is not None
    return Owner(Call("call", 0.0, 0.0), (stream,), endpoint)


def test_rtp_of_the_sdp_address_locks() -> None:
    decision = judge_untrusted(owner(UNPROVEN), SDP, rtp(), 1.0)
    assert (decision.verdict, decision.latch.remote, decision.latch.trust) == (Verdict.FORWARD, SDP, Trust.EXACT)


def test_rtp_of_another_address_is_a_candidate_by_its_header() -> None:
    decision = judge_untrusted(owner(UNPROVEN), NATTED, rtp(77, ssrc=99), 1.0)
    assert decision.verdict is Verdict.HOLD
    assert decision.latch.candidates == (Candidate(NATTED, 99, 77, 1),)


def test_the_payload_type_is_looked_at() -> None:
    latch = Latch(sdp=SDP, talks_since=0.0, payload_types=frozenset({8}))
    assert judge_untrusted(owner(latch), NATTED, rtp(payload_type=8), 1.0).verdict is Verdict.HOLD
    assert judge_untrusted(owner(latch), NATTED, rtp(payload_type=9), 1.0).verdict is Verdict.FOREIGN


@pytest.mark.parametrize("latch", [UNPROVEN, locked(UNPROVEN, NATTED, Trust.STRANGE, 0.0)])
def test_rtcp_on_the_rtp_port_proves_nothing(latch: Latch) -> None:
    assert judge_untrusted(owner(latch), SDP, rtcp(), 1.0).latch.remote == latch.remote


def test_rtcp_on_its_own_port_is_measured_by_the_rtp_lock() -> None:
    proven = locked(UNPROVEN, SDP, Trust.EXACT, 0.0)
    assert judge_untrusted(owner(proven, of_rtcp=True), SDP_RTCP, rtcp(), 1.0).verdict is Verdict.FORWARD
    decision = judge_untrusted(owner(proven, of_rtcp=True), NATTED, rtcp(), 1.0)
    assert (decision.verdict, decision.latch.remote) == (Verdict.FOREIGN, None)


def test_other_media_is_counted_by_its_first_two_bytes() -> None:
    decision = judge_untrusted(owner(UNPROVEN, "udptl"), NATTED, b"\x01\x02fax", 1.0)
    assert decision.latch.candidates == (Candidate(NATTED, 0, 0x0102, 1),)


def test_other_media_may_be_of_any_length() -> None:
    assert judge_untrusted(owner(UNPROVEN, "udptl"), SDP, b"", 1.0).verdict is Verdict.FORWARD
