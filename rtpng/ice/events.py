"""What an agent hands out: datagrams to send, and what has happened."""

from dataclasses import dataclass
from typing import NamedTuple

from sipcore.address import Address


class Datagram(NamedTuple):
    """To be sent from our socket bound to ``local``."""

    local: Address
    target: Address
    data: bytes


@dataclass(frozen=True, slots=True)
class PairEvent:
    """Something about one pair of addresses. ``component`` is 1 for RTP, 2 for RTCP; ``local`` is the bound address."""

    component: int
    local: Address
    remote: Address


@dataclass(frozen=True, slots=True)
class Usable(PairEvent):
    """The first pair of a component that works: media and DTLS may start, nothing is nominated yet."""


@dataclass(frozen=True, slots=True)
class Selected(PairEvent):
    """The nominated pair, or a better one in its place."""


@dataclass(frozen=True, slots=True)
class ConsentLost(PairEvent):
    """The peer has not answered for too long: no media may be sent to it (RFC 7675 5.1) until there is a pair again."""


@dataclass(frozen=True, slots=True)
class PeerRestarted:
    """The peer came with other credentials; the pairs of before stay in use until there is a new selected one."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No pair came up in time. Not the end: a check of the peer still brings one up."""

    reason: str


IceEvent = Usable | Selected | ConsentLost | PeerRestarted | Failed
