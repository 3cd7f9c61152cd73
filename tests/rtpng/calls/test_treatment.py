"""What the plan makes of restraints: treated ways, and what the kernel still carries."""

from dataclasses import replace

import pytest

from kernel.flow import Flow
from rtpng.calls import restraints
from rtpng.calls.leg import Keying, Sdes
from rtpng.calls.loops import without_loops
from rtpng.calls.model import Call, Control, Echo
from rtpng.calls.plan import Plan, PlanSettings, plan
from rtpng.calls.selection import Selection
from rtpng.media.relay import UNTOUCHED, Forward, Play, Treatment
from sipcore.address import Address
from sipcore.sdp.codec import codecs_of
from sipcore.sdp.crypto import Crypto
from sipcore.sdp.session import parse
from sipcore.srtp import SUITES, Keys
from tests.rtpng.calls.models import A_RTCP, LOCAL_A, LOCAL_A_RTCP, LOCAL_B, A, B, plain
from tests.rtpng.calls.test_plan import A_TO_B, B_TO_A, LOCAL_C, C, forked, relay
from tests.rtpng.harness import audio, sdp

BLOCKED = Treatment(blocked=True)
NOTHING_OF_A = Flow(LOCAL_A, A, LOCAL_A, None)
NOTHING_OF_B = Flow(LOCAL_B, B, LOCAL_B, None)


def planned(call: Call, control: Control, selection: Selection) -> Plan:
    restraints.impose(call, control, selection)
    return plan(call, PlanSettings())


def test_blocked_media_is_dropped_in_the_kernel_and_in_userspace() -> None:
    call = plain()
    blocked = planned(call, Control.MEDIA, Selection(call.parties[0]))
    assert blocked.flows == {NOTHING_OF_A, B_TO_A}
    assert relay(blocked, LOCAL_A).rtp == (Forward(LOCAL_B, B, BLOCKED),)
    assert relay(blocked, LOCAL_B).rtp == (Forward(LOCAL_A, A),)


def test_rtcp_is_never_treated() -> None:
    call = plain()
    before = plan(call, PlanSettings())
    blocked = planned(call, Control.MEDIA, Selection())
    assert blocked.flows == {NOTHING_OF_A, NOTHING_OF_B}
    for local in before.ports:
        assert relay(blocked, local).rtcp == relay(before, local).rtcp


def test_a_lifted_block_leaves_the_plan_as_it_was() -> None:
    call = plain()
    planned(call, Control.MEDIA, Selection())
    restraints.lift(call, Control.MEDIA, Selection())
    assert plan(call, PlanSettings()) == plan(plain(), PlanSettings())


def test_the_way_that_stays_open_needs_no_copy() -> None:
    call = forked()
    blocked = planned(call, Control.MEDIA, Selection(call.parties[0], (call.parties[2],)))
    assert set(relay(blocked, LOCAL_A).rtp) == {Forward(LOCAL_B, B), Forward(LOCAL_C, C, BLOCKED)}
    assert blocked.flows == {A_TO_B, B_TO_A}


@pytest.mark.parametrize("any_source", [False, True])
def test_a_party_that_was_not_heard_has_no_blocking_flow(any_source: bool) -> None:
    call = plain()
    rtp = call.parties[0].streams[0].rtp
    assert rtp is not None
    rtp.latch = type(rtp.latch)(sdp=A)
    restraints.impose(call, Control.MEDIA, Selection())
    assert {flow.local for flow in plan(call, PlanSettings(any_source=any_source)).flows} == {LOCAL_B}


def test_cutting_a_loop_keeps_the_blocking_flow() -> None:
    call = plain()
    blocked = planned(call, Control.MEDIA, Selection(call.parties[0]))
    cut = without_loops(blocked, lambda address: {B: [LOCAL_A], A: [LOCAL_B]}.get(address, []))
    assert cut.flows == {NOTHING_OF_A}
    assert relay(cut, LOCAL_A).rtp == relay(cut, LOCAL_B).rtp == ()


# --- silence, events, short packets ---

CODECS = "0 8 9 18 96 13 101"


def coded(kind: str = "audio") -> Call:
    """Both are told of these codecs."""
    section = parse(sdp(audio(4000, CODECS, "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"))).media[0]
    call = plain()
    for party in call.parties:
        party.streams[0].codecs = codecs_of(section)
        party.streams[0].kind = kind
    return call


def treatment_of(call: Call, local: Address = LOCAL_A) -> Treatment:
    planned = plan(call, PlanSettings())
    (way,) = relay(planned, local).rtp
    assert any(flow.local == local for flow in planned.flows) is (way.treatment == UNTOUCHED)
    return way.treatment


def test_silence_by_codec_and_what_cannot_be_silenced_is_not_heard() -> None:
    call = coded()
    restraints.impose(call, Control.SOUND, Selection(call.parties[0]))
    silent = treatment_of(call)
    assert silent.silence == {(0, b"\xff"), (8, b"\xd5"), (9, b"\xfa"), (96, b"\xf8\xff\xfe")}
    assert silent.dropped == frozenset(range(128)) - {0, 8, 9, 96, 13, 101}
    assert treatment_of(call, LOCAL_B) == UNTOUCHED


def test_pictures_are_not_silenced() -> None:
    call = coded("video")
    restraints.impose(call, Control.SOUND, Selection())
    assert treatment_of(call) == UNTOUCHED


def test_events_are_dropped_and_audio_passes() -> None:
    call = coded()
    restraints.impose(call, Control.DTMF, Selection())
    assert treatment_of(call) == treatment_of(call, LOCAL_B) == Treatment(dropped=frozenset({101}))


def test_without_events_there_is_nothing_to_drop_and_the_kernel_goes_on() -> None:
    call = plain()
    restraints.impose(call, Control.DTMF, Selection())
    assert treatment_of(call) == UNTOUCHED


def test_the_types_that_the_speaker_was_told_count_more_than_its_own() -> None:
    call = coded()
    call.parties[1].streams[0].codecs = tuple(
        replace(codec, name="opus") if codec.payload_type == 101 else codec
        for codec in call.parties[1].streams[0].codecs
    )
    restraints.impose(call, Control.DTMF, Selection())
    assert treatment_of(call).dropped == {101}
    assert treatment_of(call, LOCAL_B) == UNTOUCHED


def test_short_packets_of_codecs_of_constant_length() -> None:
    call = coded()
    call.parties[0].streams[0].block_short = True
    assert treatment_of(call) == Treatment(unshortened=frozenset({0, 8, 9, 18}))
    assert treatment_of(call, LOCAL_B) == UNTOUCHED


# --- echo ---


def test_an_echo_goes_back_by_the_kernel() -> None:
    call = plain()
    call.parties[0].streams[0].echo = Echo.BACK
    planned = plan(call, PlanSettings())
    assert planned.flows == {Flow(LOCAL_A, A, LOCAL_A, A), B_TO_A}
    assert relay(planned, LOCAL_A).rtp == (Forward(LOCAL_A, A),)
    assert relay(planned, LOCAL_A).rtcp == (Forward(LOCAL_A_RTCP, A_RTCP),)


def test_a_black_hole_counts_rtp_and_drops_rtcp() -> None:
    call = plain()
    call.parties[0].streams[0].echo = Echo.NOWHERE
    planned = plan(call, PlanSettings())
    assert planned.flows == {NOTHING_OF_A, B_TO_A}
    assert relay(planned, LOCAL_A_RTCP).rtcp == ()


def test_dropped_traffic_goes_nowhere_and_does_not_count() -> None:
    call = plain()
    call.drop_traffic = True
    planned = plan(call, PlanSettings())
    assert planned.flows == frozenset()
    assert all(each.rtp == each.rtcp == () for each in planned.relays)


# --- digits that somebody is told of ---


def test_nobody_looks_for_digits_unless_somebody_is_told() -> None:
    planned = plan(coded(), PlanSettings())
    assert planned.flows == {A_TO_B, B_TO_A}
    assert {each.events for each in planned.relays} == {frozenset()}


def test_all_streams_with_events_are_looked_through_for_the_daemon() -> None:
    planned = plan(coded(), PlanSettings(digits=True))
    assert planned.flows == frozenset()
    assert relay(planned, LOCAL_A).events == relay(planned, LOCAL_B).events == {(101, 8000)}
    assert relay(planned, LOCAL_A_RTCP).events == frozenset()


def test_streams_without_events_stay_in_the_kernel() -> None:
    assert plan(plain(), PlanSettings(digits=True)).flows == {A_TO_B, B_TO_A}


def test_one_call_is_looked_through_for_its_own_destination() -> None:
    call = coded()
    call.dtmf_log_dest = Address("192.0.2.9", 9000)
    assert plan(call, PlanSettings()).flows == frozenset()


def test_one_party_is_looked_through_for_its_flag() -> None:
    call = coded()
    call.parties[0].detect_dtmf = True
    assert plan(call, PlanSettings()).flows == {B_TO_A}


def test_blocked_digits_are_told_all_the_same() -> None:
    call = coded()
    restraints.impose(call, Control.DTMF, Selection())
    assert relay(plan(call, PlanSettings(digits=True)), LOCAL_A).events == {(101, 8000)}


# --- encrypted media that its listener decrypts with the speaker's keys ---


def encrypted(call: Call, *, shared: bool) -> Call:
    """Each party has keys of its own; ``shared``: the second one is sent what the first one sends, as it came."""
    suite = SUITES["AES_CM_128_HMAC_SHA1_80"]
    a, b, c, d = (Crypto(1, Keys(suite, bytes([number]) * 16, bytes(14))) for number in range(4))
    for party, remote, local in zip(call.parties, (a, c), (b, a if shared else d), strict=True):
        party.streams[0].keying, party.streams[0].sdes = Keying.SDES, Sdes(remote=remote, local=local)
    return call


def ways(call: Call) -> list[Treatment]:
    return [relay(plan(call, PlanSettings()), local).rtp[0].treatment for local in (LOCAL_A, LOCAL_B)]


def test_one_key_stream_is_never_used_for_two_contents() -> None:
    call = encrypted(coded(), shared=True)
    restraints.impose(call, Control.SOUND, Selection())
    sealed, other = ways(call)
    assert sealed == Treatment(dropped=frozenset(range(128)) - {13, 101})
    assert other.silence
    for party in call.parties:
        party.streams[0].playing = (Play(1, 5),)
    assert [treatment.playing for treatment in ways(call)] == [(), (Play(1, 5),)]


def test_keys_of_their_own_let_any_content_pass() -> None:
    call = encrypted(coded(), shared=False)
    restraints.impose(call, Control.SOUND, Selection())
    assert all(treatment.silence for treatment in ways(call))
