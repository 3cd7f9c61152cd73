"""SDP of a phone with one audio stream, and where a relay wants its media."""

from socket import socket

from sipcore.address import Address
from sipcore.sdp.attributes import rtp_address
from sipcore.sdp.session import parse


def described(media: socket, profile: str, attributes: str = "") -> str:
    host, port = media.getsockname()
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} {profile} 0\r\n{attributes}"
    )


def media_of(sdp: str) -> Address:
    session = parse(sdp)
    address = rtp_address(session, session.media[0])
    assert address is not None
    return address
