"""What follows from a call: flows and relays, one test for each rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.flow import Flow
from rtpng.calls.learn import Latch, Trust
from rtpng.calls.model import Call, Dialogue
from rtpng.calls.plan import EMPTY, Plan, PlanSettings, plan
from rtpng.media.relay import Forward, Relay
from sipcore.address import Address
from tests.rtpng.calls.models import (
    A_RTCP,
    B_RTCP,
    LOCAL_A,
    LOCAL_A_RTCP,
    LOCAL_B,
    LOCAL_B_RTCP,
    RELAY,
    RELAY6,
    A,
    B,
    audio,
    known,
    party,
    plain,
    talk,
)

DEFAULT = PlanSettings()
C, LOCAL_C = Address("203.0.113.30", 6000), Address(RELAY, 30004)
NATTED = Address("198.51.100.99", 61000)
A_TO_B, B_TO_A = Flow(LOCAL_A, A, LOCAL_B, B), Flow(LOCAL_B, B, LOCAL_A, A)


def relay(planned: Plan, local: Address) -> Relay:
    (found,) = [each for each in planned.relays if each.local == local]
    return found


def latch(call: Call, index: int, changed: Latch) -> Call:
    """The same call with another latch at the RTP port of one party."""
    rtp = call.parties[index].streams[0].rtp
    assert rtp is not None
    rtp.latch = changed
    return call


def multiplexed(call: Call, index: int) -> Call:
    call.parties[index].streams[0].mux = True
    return call


def test_a_plain_pair_has_two_flows_and_four_relays() -> None:
    planned = plan(plain(), DEFAULT)
    assert planned.flows == {A_TO_B, B_TO_A}
    assert planned.relays == {
        Relay(LOCAL_A, A, rtp=(Forward(LOCAL_B, B),), rtcp=(Forward(LOCAL_B_RTCP, B_RTCP),)),
        Relay(LOCAL_B, B, rtp=(Forward(LOCAL_A, A),), rtcp=(Forward(LOCAL_A_RTCP, A_RTCP),)),
        Relay(LOCAL_A_RTCP, None, rtcp=(Forward(LOCAL_B_RTCP, B_RTCP),)),
        Relay(LOCAL_B_RTCP, None, rtcp=(Forward(LOCAL_A_RTCP, A_RTCP),)),
    }
    assert planned.ports == {LOCAL_A, LOCAL_A_RTCP, LOCAL_B, LOCAL_B_RTCP}


def test_an_empty_call_plans_nothing() -> None:
    assert plan(Call("call-1", created=0.0, born=0.0), DEFAULT) == EMPTY


def test_the_same_model_gives_an_equal_plan() -> None:
    assert plan(plain(), DEFAULT) == plan(plain(), DEFAULT)


def test_a_party_that_was_not_heard_has_no_flow_but_gets_media_at_its_sdp_address() -> None:
    planned = plan(latch(plain(), 0, Latch(sdp=A)), DEFAULT)
    assert planned.flows == {B_TO_A}
    assert relay(planned, LOCAL_A).remote is None
    assert relay(planned, LOCAL_A).rtp == (Forward(LOCAL_B, B),)


def test_a_learned_address_is_source_and_target() -> None:
    planned = plan(latch(plain(), 0, Latch(sdp=A, remote=NATTED, trust=Trust.SIGNALLED)), DEFAULT)
    assert planned.flows == {Flow(LOCAL_A, NATTED, LOCAL_B, B), Flow(LOCAL_B, B, LOCAL_A, NATTED)}
    assert relay(planned, LOCAL_A).remote == NATTED


def test_a_reopened_party_has_no_flow_until_it_is_proven_anew() -> None:
    moved = Latch(sdp=NATTED, previous=A)
    planned = plan(latch(plain(), 0, moved), DEFAULT)
    assert planned.flows == {Flow(LOCAL_B, B, LOCAL_A, NATTED)}


def test_without_a_target_nothing_is_sent() -> None:
    planned = plan(latch(plain(), 0, Latch()), DEFAULT)
    assert planned.flows == frozenset()
    assert relay(planned, LOCAL_B).rtp == ()


# --- rtcp ---


def test_rtcp_from_a_side_that_multiplexes_leaves_by_the_rtcp_port_of_the_other() -> None:
    planned = plan(multiplexed(plain(), 0), DEFAULT)
    assert relay(planned, LOCAL_A).rtcp == (Forward(LOCAL_B_RTCP, B_RTCP),)
    assert relay(planned, LOCAL_B_RTCP).rtcp == (Forward(LOCAL_A, A),)
    assert planned.flows == {A_TO_B, B_TO_A}


def test_rtcp_between_two_that_multiplex_shares_the_rtp_ports() -> None:
    planned = plan(multiplexed(multiplexed(plain(), 0), 1), DEFAULT)
    assert relay(planned, LOCAL_A).rtcp == relay(planned, LOCAL_A).rtp == (Forward(LOCAL_B, B),)


def test_rtcp_follows_a_learned_rtp_address() -> None:
    planned = plan(latch(plain(), 0, Latch(sdp=A, remote=NATTED, trust=Trust.SIGNALLED)), DEFAULT)
    assert relay(planned, LOCAL_B_RTCP).rtcp == (Forward(LOCAL_A_RTCP, Address(NATTED.host, NATTED.port + 1)),)


def test_rtcp_never_has_a_flow_of_its_own() -> None:
    call = plain()
    for each in call.parties:
        rtcp = each.streams[0].rtcp
        assert rtcp is not None
        rtcp.latch = rtcp.latch._replace(remote=rtcp.latch.sdp, trust=Trust.EXACT)
    planned = plan(call, DEFAULT)
    assert {flow.local for flow in planned.flows} == {LOCAL_A, LOCAL_B}
    assert relay(planned, LOCAL_A_RTCP).remote == A_RTCP


def test_a_stream_without_rtcp_port_plans_one_relay() -> None:
    call = talk(party("a", audio(LOCAL_A, known(A))), party("b", audio(LOCAL_B, known(B))))
    assert plan(call, DEFAULT).ports == {LOCAL_A, LOCAL_B}


# --- who carries it ---


def test_two_families_stay_in_userspace() -> None:
    six = Address("2001:db8::20", 5000)
    call = talk(party("a", audio(LOCAL_A, known(A))), party("b", audio(Address(RELAY6, 30002), known(six))))
    planned = plan(call, DEFAULT)
    assert planned.flows == frozenset()
    assert relay(planned, LOCAL_A).rtp == (Forward(Address(RELAY6, 30002), six),)


def test_ipv6_on_both_sides_has_flows() -> None:
    one, other = Address("2001:db8::10", 4000), Address("2001:db8::20", 5000)
    local, beside = Address(RELAY6, 30000), Address(RELAY6, 30002)
    planned = plan(talk(party("a", audio(local, known(one))), party("b", audio(beside, known(other)))), DEFAULT)
    assert planned.flows == {Flow(local, one, beside, other), Flow(beside, other, local, one)}


def test_any_source_opens_flows_of_proven_parties_only() -> None:
    call = latch(plain(), 1, Latch(sdp=B))
    planned = plan(call, PlanSettings(any_source=True))
    assert planned.flows == {Flow(LOCAL_A, None, LOCAL_B, B)}


def test_any_source_is_off_unless_asked_for() -> None:
    assert all(flow.remote is not None for flow in plan(plain(), DEFAULT).flows)


def test_an_asymmetric_party_is_heard_from_anywhere_and_sent_to_where_its_sdp_says() -> None:
    call = latch(plain(), 0, Latch(sdp=A))
    call.parties[0].asymmetric = True
    planned = plan(call, DEFAULT)
    assert planned.flows == {Flow(LOCAL_A, None, LOCAL_B, B), B_TO_A}
    assert relay(planned, LOCAL_A).any_source
    assert relay(planned, LOCAL_A_RTCP).any_source
    assert not relay(planned, LOCAL_B).any_source


def test_media_that_is_not_rtp_stays_in_userspace_as_it_is() -> None:
    fax = [audio(LOCAL_A, known(A)), audio(LOCAL_B, known(B))]
    for stream in fax:
        stream.kind, stream.protocol = "image", "udptl"
    planned = plan(talk(party("a", fax[0]), party("b", fax[1])), DEFAULT)
    assert planned.flows == frozenset()
    assert relay(planned, LOCAL_A) == Relay(LOCAL_A, A, rtp=(Forward(LOCAL_B, B),), opaque=True)


# --- tos ---


@pytest.mark.parametrize(
    ("of_call", "of_daemon", "marked"),
    [
        (None, None, None),
        (None, 184, 184),
        (96, 184, 96),
        (-1, 184, None),
        (0, 184, None),
        (96, None, 96),
        (256, None, None),
    ],
)
def test_the_tos_of_the_call_beats_that_of_the_daemon(
    of_call: int | None, of_daemon: int | None, marked: int | None
) -> None:
    call = plain()
    call.tos = of_call
    planned = plan(call, PlanSettings(tos=of_daemon))
    assert {flow.tos for flow in planned.flows} == {each.tos for each in planned.relays} == {marked}


# --- hold, rejected media, branches ---


def test_the_zero_address_gets_nothing_although_the_party_was_heard() -> None:
    call = plain()
    call.parties[0].streams[0].on_hold = True
    planned = plan(call, DEFAULT)
    assert relay(planned, LOCAL_B).rtp == relay(planned, LOCAL_B_RTCP).rtcp == ()
    assert planned.flows == {A_TO_B}


@pytest.mark.parametrize("index", [0, 1])
def test_rejected_media_goes_no_way(index: int) -> None:
    call = plain()
    call.parties[index].streams[0].rejected = True
    planned = plan(call, DEFAULT)
    assert planned.flows == frozenset()
    assert all(each.rtp == each.rtcp == () for each in planned.relays)
    assert len(planned.relays) == 4


def test_one_rejected_stream_leaves_the_others_alone() -> None:
    call = plain()
    video = [audio(Address(RELAY, 30010), known(Address(A.host, 7000))), audio(Address(RELAY, 30012), Latch())]
    for each, stream in zip(call.parties, video, strict=True):
        stream.rejected = True
        each.streams.append(stream)
    assert plan(call, DEFAULT).flows == {A_TO_B, B_TO_A}


def test_a_stream_that_the_other_side_does_not_have_goes_no_way() -> None:
    call = plain()
    call.parties[0].streams.append(audio(Address(RELAY, 30010), known(Address(A.host, 7000))))
    assert relay(plan(call, DEFAULT), Address(RELAY, 30010)).rtp == ()


def forked() -> Call:
    call = talk(party("a", audio(LOCAL_A, known(A))), party(None, audio(LOCAL_B, known(B)), branch="1"), answered=False)
    call.parties.append(party(None, audio(LOCAL_C, Latch(sdp=C)), branch="2"))
    call.dialogues.append(Dialogue(call.parties[0], call.parties[2]))
    return call


def test_an_offer_to_several_is_copied_in_userspace() -> None:
    planned = plan(forked(), DEFAULT)
    assert set(relay(planned, LOCAL_A).rtp) == {Forward(LOCAL_B, B), Forward(LOCAL_C, C)}
    assert planned.flows == {B_TO_A}


def test_the_branch_that_answered_has_flows_and_the_others_go_no_way() -> None:
    call = forked()
    call.dialogues[0].answered, call.dialogues[1].connected = True, False
    planned = plan(call, DEFAULT)
    assert planned.flows == {A_TO_B, B_TO_A}
    assert relay(planned, LOCAL_C).rtp == ()


def test_the_call_id_is_on_every_relay_for_the_log() -> None:
    assert {each.label for each in plan(plain(), DEFAULT).relays} == {"call-1"}


@given(st.data())
def test_no_packet_can_match_two_flows_and_every_flow_has_its_relay(data: st.DataObject) -> None:
    call = data.draw(st.sampled_from([plain, forked]))()
    for each in call.parties:
        stream = each.streams[0]
        stream.mux, stream.on_hold, stream.rejected, each.asymmetric = data.draw(st.tuples(*[st.booleans()] * 4))
        assert stream.rtp is not None
        sdp, remote = data.draw(st.tuples(*[st.sampled_from([None, A, B, NATTED])] * 2))
        stream.rtp.latch = Latch(sdp=sdp, remote=remote)
    for dialogue in call.dialogues:
        dialogue.connected = data.draw(st.booleans())
    planned = plan(call, PlanSettings(any_source=data.draw(st.booleans())))
    assert len({flow.local for flow in planned.flows}) == len(planned.flows)
    for flow in planned.flows:
        below = relay(planned, flow.local)
        assert below.rtp == (Forward(flow.source, flow.target or A),)
        assert flow.remote is None or flow.remote == below.remote


def test_a_party_behind_a_firewall_gets_an_empty_packet_until_it_was_heard() -> None:
    call = latch(plain(), 0, Latch(sdp=A))
    for each in call.parties:
        each.pierce_nat = True
    planned = plan(call, DEFAULT)
    assert relay(planned, LOCAL_A).pierce == A
    assert relay(planned, LOCAL_A_RTCP).pierce == A_RTCP
    assert relay(planned, LOCAL_B).pierce is None
