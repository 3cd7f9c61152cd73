"""The SDP of a phone, and what it reads in the relay's. Pure."""

from collections.abc import Collection

from sipcore.address import Address
from sipcore.errors import ParseError
from sipcore.sdp.session import connection_of, parse


def describe(media: Address, session: int) -> str:
    """One audio stream in G.711."""
    family = media.family.value
    lines = (
        "v=0",
        f"o=demo {session} 1 IN {family} {media.host}",
        "s=rtpng demo",
        f"c=IN {family} {media.host}",
        "t=0 0",
        f"m=audio {media.port} RTP/AVP 0",
        "a=rtpmap:0 PCMU/8000",
        "a=sendrecv",
    )
    return "".join(f"{line}\r\n" for line in lines)


def media_address(text: str) -> Address:
    """Where the first stream wants its media. Raises ParseError."""
    session = parse(text)
    if not session.media:
        raise ParseError("the relay's SDP has no media")
    connection = connection_of(session, session.media[0])
    if connection is None or not session.media[0].port:
        raise ParseError("the relay's SDP has no address for media")
    return Address(connection.host, session.media[0].port)


def reachable(wanted: Address, local: Collection[str]) -> Address:
    """Where to send to: a relay that shows another address than its own is asked at its own.

    Phones beside the relay often cannot reach the public address that routers translate for it.
    """
    if wanted.host in local or not local:
        return wanted
    return Address(next(iter(local)), wanted.port)
