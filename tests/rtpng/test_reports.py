"""RTCP that passes through a call, and what is told of it: on the kernel's path and on that of userspace."""

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from rtpng.calls.report import SsrcReporting
from sipcore.address import Address
from sipcore.rtcp import Block, SenderInfo
from tests.fakes import FakeTable
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import ALICE, BOB
from tests.rtpng.media.rig import rtp
from tests.sipcore.test_rtcp_reports import report

A, A_RTCP = Address(ALICE, 4000), Address(ALICE, 4001)
B, B_RTCP = Address(BOB, 5000), Address(BOB, 5001)
SSRC_A, SSRC_B = 0xA, 0xB


@pytest.fixture(params=["kernel", "userspace"])
def relay(request: pytest.FixtureRequest) -> Iterator[RelayOnAir]:
    made = RelayOnAir(table=FakeTable() if request.param == "kernel" else FakeTable(max_flows=0))
    yield made
    made.engine.close()
    assert made.is_empty()


def beside(local: Address) -> Address:
    return Address(local.host, local.port + 1)


def conversation(relay: RelayOnAir, fraction: int = 26) -> None:
    """Alice reports what she has lost of bob, after both have sent; the ways to them take 30 ms and 20 ms."""
    to_a, to_b = relay.talk()
    relay.send(A, to_a, rtp(1, ssrc=SSRC_A))
    relay.send(B, to_b, rtp(1, ssrc=SSRC_B))
    times = SenderInfo(1, 0x10000, 0, 0, 0), SenderInfo(2, 0x20000, 0, 0, 0)
    relay.send(A_RTCP, beside(to_a), report(SSRC_A, sender=times[0]))
    relay.send(B_RTCP, beside(to_b), report(SSRC_B, sender=times[1]))
    relay.clock.advance(1.02)
    relay.send(B_RTCP, beside(to_b), report(SSRC_B, Block(SSRC_A, 0, 0, 1, 0, times[0].middle, 65536)))
    relay.clock.advance(0.01)
    relay.send(A_RTCP, beside(to_a), report(SSRC_A, Block(SSRC_B, fraction, 9, 1, 160, times[1].middle, 65536)))


def told(relay: RelayOnAir, ssrc: int) -> dict[str, Any]:
    found: dict[str, Any] = relay.query()["SSRC"][str(ssrc)]
    return found


def test_query_tells_how_the_sender_of_an_ssrc_hears(relay: RelayOnAir) -> None:
    conversation(relay)
    entry = told(relay, SSRC_A)
    assert entry["packets"] == 1
    assert entry["cumulative loss"] == 9
    assert entry["average MOS"] == {
        "MOS": 25,
        "round-trip time": pytest.approx(50_000, abs=1),
        "round-trip time leg": pytest.approx(30_000, abs=1),
        "jitter": 20,
        "packet loss": 10,
        "packet loss percent": "10.16",
        "samples": 1,
    }
    assert entry["lowest MOS"]["reported at"] == 1_700_000_001
    assert len(entry["MOS progression"]["entries"]) == 1
    medias = {tag: party["medias"][0] for tag, party in relay.query()["tags"].items()}
    assert medias["alice"]["ingress SSRCs"] == medias["bob"]["egress SSRCs"] == [{"SSRC": SSRC_A} | entry]


def test_whoever_only_listens_is_told_of_too(relay: RelayOnAir) -> None:
    to_a, _ = relay.talk()
    relay.send(A_RTCP, beside(to_a), report(0xC, Block(SSRC_B, 3, 1, 1, 0, 0, 0)))
    assert told(relay, 0xC) == {"cumulative loss": 1}


@pytest.mark.parametrize(
    ("places", "in_reply", "in_media"),
    [("full", True, True), ("global", True, False), ("inline", False, True), ("none", False, False)],
)
def test_where_ssrcs_are_told(relay: RelayOnAir, places: str, in_reply: bool, in_media: bool) -> None:
    relay.engine.ssrc_reporting = SsrcReporting(places)
    conversation(relay)
    reply = relay.query()
    assert ("SSRC" in reply) is in_reply
    assert ("ingress SSRCs" in reply["tags"]["alice"]["medias"][0]) is in_media


def test_the_end_of_a_call_tells_it_once_more(relay: RelayOnAir, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    conversation(relay)
    assert relay.delete()["SSRC"][str(SSRC_A)]["average MOS"]["MOS"] == 25
    assert "------ Average MOS 2.5, lowest MOS 2.5 (at 0:01), highest MOS 2.5 (at 0:01) lost:9" in caplog.messages
    assert not relay.engine.quality.of("call").histories


def test_statistics_add_up_all_reports(relay: RelayOnAir) -> None:
    conversation(relay)
    statistics = relay.command("statistics")["statistics"]
    assert (statistics["mos"]["mos_total"], statistics["mos"]["mos_samples_total"]) == ("2.500000", 1)
    metrics = statistics["voip_metrics"]
    assert (metrics["packetloss_samples_total"], metrics["packetloss_average"]) == (2, "5.078125")
    (interface, _) = statistics["interfaces"]
    assert interface["voip_metrics"]["mos_average"] == "2.500000"


def test_the_clock_of_jitter_is_that_of_what_was_heard(relay: RelayOnAir) -> None:
    to_a, to_b = relay.talk()
    relay.send(B, to_b, rtp(1, ssrc=SSRC_B))
    relay.send(A_RTCP, beside(to_a), report(SSRC_A, Block(SSRC_B, 0, 0, 1, 160, 0, 0)))
    assert relay.engine.quality.totals.jitter.total == 20


def test_bytes_that_are_no_report_pass_and_say_nothing(relay: RelayOnAir) -> None:
    to_a, _ = relay.talk()
    assert relay.send(A_RTCP, beside(to_a), struct.pack("!BBHI", 0x9F, 200, 400, 1)) != []
    assert not relay.engine.quality.of("call").histories
