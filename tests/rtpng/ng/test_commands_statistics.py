"""statistics: rates, interfaces, and what is told though it is always nothing."""

from typing import Any

import pytest

from rtpng.media.relay import SocketStats
from sipcore.address import Address
from tests.rtpng.harness import BOB, RELAY, RELAY6, RelayUnderTest, audio, sdp, talking
from tests.rtpng.media.rig import rtp

RATES = ("packetrate", "byterate", "errorrate")


def section(relay: RelayUnderTest, name: str) -> Any:
    return relay.command("statistics")["statistics"][name]


def interface(relay: RelayUnderTest, host: str, way: str) -> tuple[int, int, int]:
    """Packets, bytes and errors."""
    (told,) = [each[way] for each in section(relay, "interfaces") if each["address"] == host]
    assert set(told) == {"packets", "bytes", "errors"}
    return told["packets"], told["bytes"], told["errors"]


def local(relay: RelayUnderTest, tag: str, component: int = 0) -> Address:
    party = relay.call().by_tag(tag)
    assert party is not None
    return party.streams[0].endpoints[component].local


def rates(relay: RelayUnderTest, way: str = "") -> tuple[int, ...]:
    current = section(relay, "currentstatistics")
    return tuple(current[f"{name}{way}"] for name in RATES)


def test_rates_are_those_since_the_last_look() -> None:
    relay = talking()
    stats = relay.plane.heard[local(relay, "alice")] = SocketStats()
    assert rates(relay) == (0, 0, 0)
    relay.clock.advance(10)
    stats.packets, stats.bytes, stats.errors = 500, 50_000, 20
    assert rates(relay) == (50, 5000, 2)
    relay.clock.advance(2)
    stats.packets, stats.bytes = 600, 60_000
    assert rates(relay, "_user") == (50, 5000, 0)
    relay.clock.advance(2)
    relay.delete()
    assert rates(relay) == (0, 0, 0)


def test_two_looks_at_once_tell_the_same_rates() -> None:
    relay = talking()
    relay.clock.advance(10)
    relay.plane.heard[local(relay, "alice")] = SocketStats(packets=500, bytes=50_000)
    assert rates(relay) == (50, 5000, 0)
    relay.clock.advance(0.5)
    assert rates(relay) == (50, 5000, 0)


def test_rates_tell_the_kernel_apart() -> None:
    relay = talking()
    packet, source = rtp(1), Address("198.51.100.1", 4000)
    relay.engine.judge(local(relay, "alice"), source, packet, relay.clock.now)
    for _ in range(20):
        relay.table.carry(source, local(relay, "alice"), packet)
    relay.clock.advance(2)
    current = section(relay, "currentstatistics")
    assert [current[f"packetrate{way}"] for way in ("", "_user", "_kernel")] == [10, 0, 10]
    assert current["byterate_kernel"] == 10 * len(packet)
    assert current["errorrate_kernel"] == 0


def test_interfaces_count_what_comes_and_goes_also_of_calls_that_have_ended() -> None:
    relay = talking()
    relay.plane.heard[local(relay, "alice")] = SocketStats(5, 500, 1, packets_out=7, bytes_out=700, errors_out=2)
    relay.plane.heard[local(relay, "bob", 1)] = SocketStats(1, 60, 0, packets_out=2, bytes_out=120)
    for _ in range(2):
        assert interface(relay, RELAY, "ingress") == (6, 560, 1)
        assert interface(relay, RELAY, "egress") == (9, 820, 2)
        assert interface(relay, RELAY6, "ingress") == (0, 0, 0)
        if len(relay.engine.calls):
            relay.delete()


def test_interfaces_keep_what_was_carried_by_ports_that_a_call_has_given_up() -> None:
    relay = talking()
    relay.plane.heard[local(relay, "bob")] = SocketStats(5, 500)
    relay.offer(sdp(audio()), to_tag="bob", address_family="IP6")
    assert local(relay, "bob").host == RELAY6
    assert interface(relay, RELAY, "ingress") == (5, 500, 0)


def test_interfaces_keep_what_the_kernel_carried_until_the_end() -> None:
    relay = talking()
    packet, source = rtp(1), Address(BOB, 5000)
    relay.engine.judge(local(relay, "bob"), source, packet, relay.clock.now)
    for _ in range(3):
        relay.table.carry(source, local(relay, "bob"), packet)
    relay.delete()
    assert interface(relay, RELAY, "ingress") == interface(relay, RELAY, "egress") == (3, 3 * len(packet), 0)


@pytest.mark.parametrize("kind", ["jitter", "rtt_e2e", "rtt_dsct", "packetloss", "jitter_measured"])
def test_nobody_measures_the_quality_of_calls(kind: str) -> None:
    told = section(talking(), "voip_metrics")
    assert told[f"{kind}_samples_total"] == 0
    assert [told[f"{kind}{end}"] for end in ("_total", "2_total", "_average", "_stddev")] == ["0.000000"] * 4


def test_sections_and_numbers_that_dashboards_look_for_are_there() -> None:
    relay = talking()
    current = section(relay, "currentstatistics")
    assert (current["mediacache"], current["playercache"], current["transcodedmedia"]) == (0, 0, 0)
    assert section(relay, "mos")["mos_samples_total"] == 0
    assert section(relay, "voip_metrics")["rtp_seq_resets"] == 0
    (told, _) = section(relay, "interfaces")
    assert (told["packets_lost"], told["duplicates"]) == (0, 0)
    assert told["voip_metrics"]["jitter_samples_total"] == 0
