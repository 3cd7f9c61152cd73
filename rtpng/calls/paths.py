"""What ICE and DTLS have found, taken over into the model. Times are monotonic."""

from collections.abc import Sequence

from rtpng.calls import learn
from rtpng.calls.leg import KeyPair
from rtpng.calls.model import Endpoint, MediaStream
from sipcore.address import Address

RTP = 1


def found(
    streams: Sequence[MediaStream], component: int, local: Address, remote: Address, now: float, *, selected: bool
) -> bool:
    """A pair of addresses works, or is the nominated one; whether anything has changed by it.

    ``streams`` are those that share the leg: what holds for one holds for all.
    """
    stream, *others = streams
    ice = stream.ice
    if ice is None or (not selected and component in ice.selected):
        return False
    _use(stream, local)
    for other in others:
        other.rtp, other.rtcp, other.interface = stream.rtp, stream.rtcp, stream.interface
    endpoint = _endpoint(stream, local)
    if endpoint is None:
        return False
    moved = endpoint.latch.remote != remote or component in ice.lost
    endpoint.latch = learn.nominated(endpoint.latch, remote, now)
    ice.lost -= {component}
    if selected:
        moved = moved or ice.selected.get(component) != remote
        ice.selected[component] = remote
    return moved


def lost(stream: MediaStream, component: int) -> None:
    """The peer no longer answers: nothing is sent to it until a pair is found again (RFC 7675 5.1)."""
    if stream.ice is not None:
        stream.ice.lost |= {component}


def keyed(stream: MediaStream, component: int, keys: KeyPair | None) -> None:
    """A handshake has ended with keys, or, with None, keys have become void."""
    if stream.dtls is None:
        return
    if keys is None:
        stream.dtls.keys.pop(component, None)
    else:
        stream.dtls.keys[component] = keys


def _use(stream: MediaStream, local: Address) -> None:
    """The ports of the path that works become those of the stream; what was there before stays a path."""
    for path in stream.paths:
        if path.rtp.local == local and stream.rtp is not None and stream.interface is not None:
            stream.interface, path.interface = path.interface, stream.interface
            (stream.rtp, stream.rtcp), (path.rtp, path.rtcp) = (path.rtp, path.rtcp), (stream.rtp, stream.rtcp)
            return


def _endpoint(stream: MediaStream, local: Address) -> Endpoint | None:
    return next((endpoint for endpoint in stream.endpoints if endpoint.local == local), None)
