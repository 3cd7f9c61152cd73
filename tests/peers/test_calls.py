"""Calls between two sipp phones through Debian's Kamailio, with the packets counted where the people are."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sipcore.address import Address
from tests.peers.conftest import TelephoneSystem
from tests.peers.counters import kernel_flows, netdev_tables, phone_counters
from tests.peers.landscape import RELAY_PUBLIC, Homes, Site
from tests.peers.ng_peer import RTPNG, listening
from tests.peers.rtp_phone import RtpPhone, contents, sources, talk
from tests.peers.sipp import OWN_MEDIA, Session
from tests.peers.truth import RTP_BYTES, Claim, claim

pytestmark = pytest.mark.peers

PACKETS = 150  # per side and conversation
PATIENCE = 10.0  # seconds until something that must happen has happened
CALL = "the-call@peers"


@dataclass(frozen=True, slots=True)
class Conversation:
    """An established call: both SIP sides, both media sides, and where each side was told to send its media."""

    system: TelephoneSystem
    alice: Session
    bob: Session
    caller: RtpPhone
    callee: RtpPhone
    to_callee: Address
    to_caller: Address

    def claim(self) -> Claim:
        return claim(self.system.relay.ask("query", call_id=CALL))

    def meet(self) -> None:
        """Both speak until both are heard and, where the kernel shall forward, until it does."""
        eventually("the phones hear each other", self._in_touch)

    def _in_touch(self) -> bool:
        talk(self.caller, self.to_callee, self.callee, self.to_caller, 5)
        if not (self.caller.heard and self.callee.heard):
            return False
        return not self.system.relay.daemon.kernel or all("kernelized" in side.flags for side in self.claim().both)

    def talk(self) -> None:
        """Both speak and listen; every packet must arrive once, unchanged, from the address in the SDP."""
        said = talk(self.caller, self.to_callee, self.callee, self.to_caller, PACKETS)
        assert contents(self.callee.heard) == said.by_caller
        assert contents(self.caller.heard) == said.by_callee
        assert sources(self.callee.heard) == {self.to_caller}
        assert sources(self.caller.heard) == {self.to_callee}


@contextmanager
def conversation(system: TelephoneSystem, caller: str, callee: str) -> Iterator[Conversation]:
    """Bob waits with one scenario, Alice calls with another; their media is ours."""
    bob = system.bob.run(callee, CALL)
    alice = system.alice.run(caller, CALL)
    to_callee, to_caller = alice.media("established"), bob.media("invited")
    bob.event("acknowledged")
    voices = RtpPhone(system.land.caller, ssrc=0xA11CE), RtpPhone(system.land.callee, ssrc=0xB0B)
    try:
        yield Conversation(system, alice, bob, *voices, to_callee, to_caller)
    finally:
        for voice in voices:
            voice.close()


def the_kernel_carries_a_call(system: TelephoneSystem) -> None:
    """From its beginning to its end, every packet of what is spoken."""
    with conversation(system, "caller_hangs_up", "callee_answers") as call:
        call.meet()
        before = kernel_flows(system.land.relay.host).packets
        call.talk()
        assert kernel_flows(system.land.relay.host).packets - before == 2 * PACKETS
        call.alice.press("hang up")
        call.alice.finish()
        call.bob.finish()


def eventually(what: str, happens: Callable[[], bool]) -> None:
    """Asks until it is true."""
    deadline = time.perf_counter() + PATIENCE
    while not happens():
        assert time.perf_counter() < deadline, f"never: {what}"
        time.sleep(0.05)


def nothing_is_left(system: TelephoneSystem) -> bool:
    """Whether the relay has forgotten the call: not listed, no flow, and of its ports only ng is open."""
    media_ports = [port for port in listening(system.land.relay.host) if port >= 10000]
    return not system.call_ids() and not media_ports and not kernel_flows(system.land.relay.host).flows


@pytest.mark.parametrize("homes", [Homes.ROUTED], ids=lambda homes: homes.value, indirect=True)
def test_query_list_and_delete_tell_the_truth(system: TelephoneSystem) -> None:
    with conversation(system, "caller_hangs_up", "callee_answers") as call:
        assert call.to_callee.host == call.to_caller.host == RELAY_PUBLIC
        assert system.call_ids() == [CALL]
        call.meet()
        call.talk()

        told = call.claim()
        spoken = {side: phone_counters(site.host)[0] for side, site in _sites(system).items()}
        assert (told.caller.packets, told.callee.packets) == (spoken["caller"], spoken["callee"])
        assert told.total_packets == spoken["caller"] + spoken["callee"]
        assert [side.bytes for side in told.both] == [side.packets * RTP_BYTES for side in told.both]
        assert [side.errors for side in told.both] == [0, 0]
        assert [side.remote.host for side in told.both] == [system.land.caller.address, system.land.callee.address]
        assert told.caller.local.port == call.to_callee.port
        assert {told.caller.local.port, told.callee.local.port} < listening(system.land.relay.host)

        call.alice.press("hang up")
        call.alice.finish()
        call.bob.finish()
    eventually("nothing is left of the call", lambda: nothing_is_left(system))
    assert system.relay.ask("query", call_id=CALL) == {"result": "error", "error-reason": "Unknown call-id"}


def test_both_hear_each_other_and_the_kernel_carries_it(system: TelephoneSystem) -> None:
    with conversation(system, "caller_hangs_up", "callee_answers") as call:
        call.meet()
        before, kernel_before = call.claim(), kernel_flows(system.land.relay.host).packets
        call.talk()
        after, kernel = call.claim(), kernel_flows(system.land.relay.host)

        assert after.caller.packets - before.caller.packets == PACKETS
        assert after.callee.packets - before.callee.packets == PACKETS
        assert after.total_packets - before.total_packets == 2 * PACKETS
        if system.relay.daemon.kernel:
            assert kernel.packets - kernel_before == 2 * PACKETS
            assert kernel.flows == 2
            assert all("kernelized" in side.flags and side.last_kernel_packet for side in after.both)
        else:
            assert kernel.flows == 0

        call.alice.press("hang up")
        call.alice.finish()
        call.bob.finish()
    eventually("nothing is left of the call", lambda: nothing_is_left(system))


def test_hold_resume_and_the_callee_hangs_up(system: TelephoneSystem) -> None:
    with conversation(system, "caller_holds", "callee_hangs_up") as call:
        call.meet()
        call.talk()
        call.alice.press("hold")
        assert (call.alice.media("held"), call.bob.media("held")) == (call.to_callee, call.to_caller)
        call.alice.press("resume")
        assert (call.alice.media("resumed"), call.bob.media("resumed")) == (call.to_callee, call.to_caller)
        call.meet()
        call.talk()
        call.bob.press("hang up")
        call.bob.finish()
        call.alice.finish()
    eventually("nothing is left of the call", lambda: nothing_is_left(system))


@pytest.mark.parametrize("homes", [Homes.ROUTED], ids=lambda homes: homes.value, indirect=True)
@pytest.mark.parametrize("daemon", [RTPNG], ids=lambda daemon: daemon.name, indirect=True)
@pytest.mark.parametrize("relay_options", [()])
def test_the_usual_command_line_alone(system: TelephoneSystem) -> None:
    the_kernel_carries_a_call(system)
    assert system.call_ids() == [CALL]  # the deletion that Kamailio asked for is due in 30 seconds
    system.relay.ask("delete", call_id=CALL, delete_delay=0)
    assert nothing_is_left(system)


@pytest.mark.parametrize("homes", [Homes.ROUTED], ids=lambda homes: homes.value, indirect=True)
def test_sipps_own_media(system: TelephoneSystem, tmp_path: Path) -> None:
    (tmp_path / "speech.ulaw").write_bytes(bytes(range(256)) * 400)
    bob = system.bob.run("callee_answers", CALL, *OWN_MEDIA, "-rtp_echo")
    alice = system.alice.run("caller_plays", CALL, *OWN_MEDIA)
    alice.media("established")
    caller, callee = system.land.caller.host, system.land.callee.host

    eventually("the caller hears the echo of 50 packets", lambda: phone_counters(caller)[1] >= 50)
    alice.press("be quiet")
    alice.event("quiet")
    eventually("the network is quiet", lambda: _settled(lambda: (phone_counters(caller), phone_counters(callee))))

    told = claim(system.relay.ask("query", call_id=CALL))
    (asked, answered), (repeated, heard) = phone_counters(caller), phone_counters(callee)
    assert asked == heard == repeated == answered
    assert (told.caller.packets, told.callee.packets) == (asked, repeated)
    alice.press("hang up")
    alice.finish()
    bob.finish()
    eventually("nothing is left of the call", lambda: nothing_is_left(system))


@pytest.mark.parametrize("homes", [Homes.ROUTED], ids=lambda homes: homes.value, indirect=True)
def test_a_relay_that_is_ended_during_a_call_leaves_no_flow(system: TelephoneSystem) -> None:
    with conversation(system, "caller_hangs_up", "callee_answers") as call:
        call.meet()
        host = system.land.relay.host
        assert bool(netdev_tables(host)) is system.relay.daemon.kernel
        assert system.relay.stop() == 0
        assert not netdev_tables(host)
        assert not [port for port in listening(host) if port >= 10000]


def _sites(system: TelephoneSystem) -> dict[str, Site]:
    return {"caller": system.land.caller, "callee": system.land.callee}


def _settled(value: Callable[[], object]) -> bool:
    before = value()
    time.sleep(0.2)
    return before == value()
