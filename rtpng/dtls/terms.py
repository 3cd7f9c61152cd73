"""What SDP and ICE have settled about one port's DTLS: the vocabulary between the plan and the handshakes."""

from dataclasses import dataclass

from sipcore.address import Address
from sipcore.sdp.dtls import Fingerprint, Role

# Where a datagram came from. None: from wherever ICE has proven to be the peer, and back to where ICE sends to.
Source = Address | None


@dataclass(frozen=True, slots=True)
class Terms:
    """``role`` is ours; ``fingerprints`` are the peer's, any of which will do; ``target`` is the peer's address by SDP.

    Another ``association`` asks for a new handshake, which replaces the keys when it is done. Other fingerprints make
    the keys void at once.
    """

    role: Role
    fingerprints: tuple[Fingerprint, ...]
    target: Source = None
    association: int = 0
