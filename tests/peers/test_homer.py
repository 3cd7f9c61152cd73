"""Homer hears the same of a call from rtpengine of Debian's sid suite and from rtpng, chunk by chunk."""

import json
import select
from pathlib import Path
from typing import Any

import pytest

from tests.netns.topology import Network
from tests.peers import sid
from tests.peers.ng_peer import RTPNG_USERSPACE, Daemon, NgPeer
from tests.peers.reporting_phone import ReportingPhone
from tests.peers.test_quality import Call, connect
from tests.rtpng.export.test_hep import chunks

pytestmark = [pytest.mark.netns, pytest.mark.peers]

NG, RTCP = 0x3D, 5
_OF_THE_MOMENT = (9, 10, 15)  # times, and payloads with ports, cookies and clocks


def told(daemon: Daemon, folder: Path) -> list[dict[int, Any]]:
    """What Homer gets of a call in which both report once."""
    with Network("homer") as network:
        relay, alice, bob = network.host("relay"), network.host("alice"), network.host("bob")
        near, far = network.cable(relay, alice), network.cable(relay, bob)
        homer = relay.udp("127.0.0.1", 9060)
        interfaces = (f"a/{near.near.ip4}", f"b/{far.near.ip4}")
        options = ("--homer=127.0.0.1:9060", "--homer-enable-ng", "--homer-id=77")
        with NgPeer(relay, daemon, folder / f"{daemon.name}.log", interfaces, options=options) as peer:
            made = Call(peer, ReportingPhone(alice, near.far.ip4, 0xA), ReportingPhone(bob, far.far.ip4, 0xB))
            connect(made, near.far.ip4, far.far.ip4)
            report(made)
            peer.ask("delete", {"call-id": "c", "from-tag": "a", "delete-delay": 0})
            packets = []
            while select.select([homer], [], [], 1.0)[0]:
                packets.append(chunks(homer.recv(65535)))
    return packets


def report(made: Call) -> None:
    """Each hears a packet of the other, and reports when it and the other's report have come, in whatever order."""
    for phone, other in ((made.alice, made.bob), (made.bob, made.alice)):
        phone.speak()
        phone.report()
        for awaited in (other.media, other.control):
            assert select.select([awaited], [], [], 2.0)[0]
        other.listen()


def fixed(packet: dict[int, Any]) -> dict[int, Any]:
    """What does not depend on the moment; ports of the relay do, and they are even or odd."""
    kept = {kind: value for kind, value in packet.items() if kind not in _OF_THE_MOMENT}
    return kept | {kind: kept[kind][-1] % 2 for kind in (7, 8)} if packet[11][0] == RTCP else _without_client(kept)


def _without_client(packet: dict[int, Any]) -> dict[int, Any]:
    return packet | {kind: packet[kind] == (2223).to_bytes(2) for kind in (7, 8)}


def test_homer_gets_the_same_packets(tmp_path: Path) -> None:
    theirs, ours = told(sid.rtpengine_or_skip(), tmp_path), told(RTPNG_USERSPACE, tmp_path)
    assert [list(packet) for packet in ours] == [list(packet) for packet in theirs]
    assert [fixed(packet) for packet in ours] == [fixed(packet) for packet in theirs]
    assert sum(packet[11][0] == RTCP for packet in ours) == 2
    for mine, other in zip(ours, theirs, strict=True):
        if mine[11][0] == RTCP:
            assert shape(json.loads(mine[15])) == shape(json.loads(other[15]))


def shape(value: Any) -> Any:
    """Keys, and how many there are of each; numbers are of the moment."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)
