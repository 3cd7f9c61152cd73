"""Reads query replies: what a daemon claims about a call."""

from dataclasses import dataclass
from typing import Any

from sipcore.address import Address
from tests.peers.ng_peer import Reply

RTP_BYTES = 12 + 160  # header and 20 ms of G.711


@dataclass(frozen=True, slots=True)
class StreamClaim:
    """The RTP stream of one party: where it listens, who its peer is, what it has received."""

    local: Address
    remote: Address
    packets: int
    bytes: int
    errors: int
    flags: frozenset[str]
    last_kernel_packet: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Both parties' first RTP stream, and the sum of the call."""

    caller: StreamClaim
    callee: StreamClaim
    total_packets: int

    @property
    def both(self) -> tuple[StreamClaim, StreamClaim]:
        return self.caller, self.callee


def claim(reply: Reply) -> Claim:
    """Reads the reply about a call between our sipp phones, whose tags end with their role."""
    return Claim(_stream(reply, "caller"), _stream(reply, "callee"), reply["totals"]["RTP"]["packets"])


def _stream(reply: Reply, role: str) -> StreamClaim:
    (party,) = (party for tag, party in reply["tags"].items() if tag.endswith(role))
    stream: dict[str, Any] = party["medias"][0]["streams"][0]
    endpoint, stats = stream["endpoint"], stream["stats"]
    return StreamClaim(
        Address(stream["local address"], stream["local port"]),
        Address(endpoint["address"], endpoint["port"]),
        stats["packets"],
        stats["bytes"],
        stats["errors"],
        frozenset(stream["flags"]),
        stream.get("last kernel packet", 0),
    )
