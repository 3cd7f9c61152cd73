"""Copies for subscribers: what follows for flows and relays, one test for each rule."""

from rtpng.calls.learn import Latch
from rtpng.calls.model import Call, Dialogue, Subscription
from rtpng.calls.plan import PlanSettings, plan
from rtpng.media.relay import Forward
from sipcore.address import Address
from tests.rtpng.calls.models import A_RTCP, LOCAL_A, LOCAL_A_RTCP, LOCAL_B, RELAY, A, B, audio, known, party, plain
from tests.rtpng.calls.test_plan import A_TO_B, B_TO_A, relay

DEFAULT = PlanSettings()
REC_1, REC_1_RTCP = Address("203.0.113.40", 7000), Address("203.0.113.40", 7001)
REC_2, REC_2_RTCP = Address("203.0.113.40", 7002), Address("203.0.113.40", 7003)
LOCAL_1, LOCAL_1_RTCP = Address(RELAY, 30010), Address(RELAY, 30011)
LOCAL_2 = Address(RELAY, 30012)


def recorded() -> Call:
    """A call of two, and a recorder that hears each of them on a stream of its own."""
    call = plain()
    one = audio(LOCAL_1, Latch(sdp=REC_1), Latch(sdp=REC_1_RTCP))
    recorder = party("rec", one, audio(LOCAL_2, Latch(sdp=REC_2), Latch(sdp=REC_2_RTCP)))
    caller, callee = call.parties
    call.parties.append(recorder)
    call.subscriptions += [
        Subscription(caller, recorder, places=((0, 0),)),
        Subscription(callee, recorder, places=((0, 1),)),
    ]
    return call


def test_what_a_subscriber_hears_is_copied_in_userspace() -> None:
    planned = plan(recorded(), DEFAULT)
    assert planned.flows == frozenset()
    assert relay(planned, LOCAL_A).rtp == (Forward(LOCAL_B, B), Forward(LOCAL_1, REC_1))
    assert relay(planned, LOCAL_B).rtp == (Forward(LOCAL_A, A), Forward(LOCAL_2, REC_2))
    assert Forward(LOCAL_1_RTCP, REC_1_RTCP) in relay(planned, LOCAL_A_RTCP).rtcp


def test_without_a_subscriber_the_kernel_carries_the_call_again() -> None:
    call = recorded()
    call.subscriptions.clear()
    assert plan(call, DEFAULT).flows == {A_TO_B, B_TO_A}


def test_a_subscriber_sends_no_media_into_the_call() -> None:
    call = recorded()
    stream = call.parties[2].streams[0]
    assert stream.rtp is not None
    stream.rtp.latch = known(REC_1)
    planned = plan(call, DEFAULT)
    assert relay(planned, LOCAL_1).rtp == ()
    assert all(flow.local != LOCAL_1 for flow in planned.flows)


def test_nobody_who_talks_gets_the_rtcp_of_a_subscriber() -> None:
    assert relay(plan(recorded(), DEFAULT), LOCAL_1_RTCP).rtcp == ()


def test_a_publisher_gets_the_rtcp_of_its_subscribers() -> None:
    call = recorded()
    call.dialogues.clear()
    assert relay(plan(call, DEFAULT), LOCAL_1_RTCP).rtcp == (Forward(LOCAL_A_RTCP, A_RTCP),)


def test_a_subscriber_that_has_not_answered_gets_nothing() -> None:
    call = recorded()
    for stream in call.parties[2].streams:
        assert stream.rtp is not None
        stream.rtp.latch = Latch()
    assert plan(call, DEFAULT).flows == {A_TO_B, B_TO_A}


def test_one_publisher_and_one_subscriber_are_carried_by_the_kernel() -> None:
    call = recorded()
    call.dialogues.clear()
    assert {flow.local: flow.target for flow in plan(call, DEFAULT).flows} == {LOCAL_A: REC_1, LOCAL_B: REC_2}


def test_streams_of_a_dialogue_may_be_joined_across() -> None:
    other = Address(RELAY, 30020)
    call = plain()
    caller, callee = call.parties
    callee.streams.insert(0, audio(other, known(Address(B.host, 5010))))
    call.dialogues = [Dialogue(caller, callee, answered=True, places=((0, 1),))]
    planned = plan(call, DEFAULT)
    assert planned.flows == {A_TO_B, B_TO_A}
    assert relay(planned, other).rtp == ()
