"""The SRTP keys of one port of a leg, and whether anything may pass there yet."""

from rtpng.calls.leg import Keying, KeyPair
from rtpng.calls.model import MediaStream

RTP, RTCP = 1, 2  # components


def pair(stream: MediaStream, component: int) -> KeyPair | None:
    """The keys in use; None for plain media, and for a leg that has none yet."""
    if stream.keying is Keying.DTLS and stream.dtls is not None:
        return stream.dtls.keys.get(component)
    return stream.sdes.pair if stream.keying is Keying.SDES and stream.sdes is not None else None


def is_closed(stream: MediaStream, component: int) -> bool:
    """Whether a leg wants keys and has none: nothing is read there, and nothing sent."""
    return stream.keying is not Keying.NONE and pair(stream, component) is None


def authenticates(stream: MediaStream, component: int) -> bool:
    """Whether what is read there comes from who has the keys: not if the party has asked for packets without tags."""
    keys = pair(stream, component)
    return keys is not None and not (keys.remote.unauthenticated_srtp and component == RTP)
