"""What carries media at this moment."""

from rtpng.calls.plan import Plan
from rtpng.carrier import Carrier
from rtpng.media.relay import Forward, Relay
from rtpng.offload import Offload
from rtpng.said import OncePerCall
from rtpng.timeline import Timelines
from rtpng.traffic import Traffic
from sipcore.address import Address
from tests.fakes import FakeLegs, FakePlane, FakePorts, FakeTable

OURS, OTHER = Address("203.0.113.1", 30000), Address("203.0.113.1", 30002)
PEER, PEER_RTCP = Address("198.51.100.1", 4000), Address("198.51.100.1", 4001)
PLAN = Plan(
    relays=frozenset({Relay(OURS, rtp=(Forward(OTHER, PEER),), rtcp=(Forward(OTHER, PEER_RTCP),)), Relay(OTHER)})
)


def carrier() -> Carrier:
    plane = FakePlane(FakePorts({OURS, OTHER}))
    offload = Offload(FakeTable(), Traffic(plane.stats))
    return Carrier(plane, FakeLegs(), offload, OncePerCall(Timelines(float, float)))


def test_targets_are_those_of_the_applied_plan() -> None:
    carries = carrier()
    assert list(carries.targets("call", OURS)) == []
    carries.apply("call", PLAN, 0.0)
    assert list(carries.targets("call", OURS)) == [PEER, PEER_RTCP]
    assert list(carries.targets("call", OTHER)) == []
    carries.stop("call", 0.0)
    assert list(carries.targets("call", OURS)) == []
    assert carries.applied == {}
