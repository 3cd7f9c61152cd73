"""What the plan makes of restraints: treated ways, and what the kernel still carries."""

import pytest

from kernel.flow import Flow
from rtpng.calls import restraints
from rtpng.calls.loops import without_loops
from rtpng.calls.model import Call, Control
from rtpng.calls.plan import Plan, PlanSettings, plan
from rtpng.calls.selection import Selection
from rtpng.media.relay import Forward, Treatment
from tests.rtpng.calls.models import LOCAL_A, LOCAL_B, A, B, plain
from tests.rtpng.calls.test_plan import A_TO_B, B_TO_A, LOCAL_C, C, forked, relay

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
