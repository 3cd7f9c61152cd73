"""Calls as the tests of plan, expiry and registry need them: two parties, one audio stream, all settled."""

from rtpng.calls.learn import Latch, Trust
from rtpng.calls.model import Call, Dialogue, Endpoint, MediaStream, Party
from rtpng.interfaces import Interface
from sipcore.address import Address

RELAY = "192.0.2.1"
RELAY6 = "2001:db8::1"
A, A_RTCP = Address("198.51.100.10", 4000), Address("198.51.100.10", 4001)
B, B_RTCP = Address("203.0.113.20", 5000), Address("203.0.113.20", 5001)
LOCAL_A, LOCAL_A_RTCP = Address(RELAY, 30000), Address(RELAY, 30001)  # where A sends to
LOCAL_B, LOCAL_B_RTCP = Address(RELAY, 30002), Address(RELAY, 30003)


def known(address: Address) -> Latch:
    """The peer's first packet came from where its SDP says."""
    return Latch(sdp=address, remote=address, trust=Trust.EXACT)


def audio(local: Address, rtp: Latch, rtcp: Latch | None = None) -> MediaStream:
    """An RTP/AVP stream; its RTCP port is the next one."""
    beside = Endpoint(Address(local.host, local.port + 1), rtcp) if rtcp is not None else None
    return MediaStream(kind="audio", protocol="RTP/AVP", rtp=Endpoint(local, rtp), rtcp=beside)


def party(tag: str | None, *streams: MediaStream, branch: str | None = None) -> Party:
    host = streams[0].rtp.local.host if streams and streams[0].rtp else RELAY
    return Party(Interface("default", host, host), created=1000.0, tag=tag, branch=branch, streams=list(streams))


def talk(one: Party, other: Party, *, answered: bool = True) -> Call:
    """A call of two parties; ``one`` has offered."""
    call = Call("call-1", created=1000.0, born=0.0, parties=[one, other])
    call.dialogues.append(Dialogue(one, other, answered=answered))
    return call


def plain() -> Call:
    """Both parties have been heard where their SDP says."""
    caller = party("a", audio(LOCAL_A, known(A), Latch(sdp=A_RTCP)))
    callee = party("b", audio(LOCAL_B, known(B), Latch(sdp=B_RTCP)))
    return talk(caller, callee)
