"""What of a captured packet is written down."""

from ipaddress import IPv4Address, IPv6Address
from socket import AF_INET, AF_INET6, inet_ntop

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.capture.packets import Sorter, blanked, datagram
from rtpng.ng.wire import Encoding, decode, encode_request
from rtpng.recording.frames import headers
from sipcore.address import Address

KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
SDP = f"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20\r\na=ice-pwd:{KEY}\r\nm=audio 1 RTP/SAVP 0\r\n"
NG, PROXY = Address("127.0.0.1", 2223), Address("127.0.0.1", 5060)
OURS, PEER = Address("192.0.2.1", 30000), Address("192.0.2.9", 4000)


def packet(source: Address, target: Address, payload: bytes) -> bytes:
    return headers(source, target, payload) + payload


@given(st.ip_addresses(), st.integers(1, 65535), st.binary(max_size=300))
def test_a_datagram_is_read_as_it_was_written(host: IPv4Address | IPv6Address, port: int, payload: bytes) -> None:
    """The host is spelled as the system does it: ::ffff:0.0.0.0, where Python says ::ffff:0:0."""
    address = Address(inet_ntop(AF_INET if host.version == 4 else AF_INET6, host.packed), port)
    assert datagram(packet(address, address, payload)) == (address, address, payload)


@given(st.binary(max_size=100))
def test_anything_else_is_no_datagram_or_one(data: bytes) -> None:
    datagram(data)


def test_media_of_the_ports_is_kept_as_it_is() -> None:
    sorter = Sorter("call", [2223])
    sorter.ports = frozenset({OURS})
    for pair in ((PEER, OURS), (OURS, PEER)):
        assert sorter.kept(packet(*pair, b"media")) == packet(*pair, b"media")
    assert sorter.kept(packet(PEER, Address("192.0.2.2", 30000), b"media")) is None


@pytest.mark.parametrize("json", [False, True])
def test_messages_about_the_call_are_kept_without_keys(json: bool) -> None:
    sorter = Sorter("call", [2223])
    quoted = SDP.replace("\r\n", "\\r\\n")
    message = (
        f'c1 {{"command":"offer","call-id":"call","sdp":"{quoted}"}}'.encode()
        if json
        else encode_request(b"c1", {"command": "offer", "call-id": "call", "sdp": SDP}, Encoding.BENCODE)
    )
    reply = b"c1 d3:sdp%d:%b6:result2:oke" % (len(SDP), SDP.encode())
    for pair, said in (((PROXY, NG), message), ((NG, PROXY), reply)):
        kept = sorter.kept(packet(*pair, said))
        assert kept is not None
        assert KEY.encode() not in kept
        assert len(kept) == len(packet(*pair, said))
        found = datagram(kept)
        assert found is not None
        assert "m=audio 1 RTP/SAVP 0" in (decode(found.payload).message.text("sdp") or "")


def test_messages_about_other_calls_are_not_kept() -> None:
    sorter = Sorter("call", [2223])
    for call_id in ("call2", "1call", "other"):
        message = encode_request(b"c2", {"command": "query", "call-id": call_id}, Encoding.BENCODE)
        assert sorter.kept(packet(PROXY, NG, message)) is None
    assert sorter.kept(packet(NG, PROXY, b"c2 d6:result2:oke")) is None


@given(st.binary(max_size=200))
def test_blanking_keeps_the_length(data: bytes) -> None:
    assert len(blanked(data)) == len(data)
