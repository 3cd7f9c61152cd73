"""Which addresses of a peer may be checked at all: SDP must not aim us at whom it likes."""

from collections.abc import Iterable, Set

from rtpng.ice.pair import Base
from sipcore.address import Address, ip_of


def reachable(bases: Iterable[Base], target: Address, forbidden: Set[Address]) -> list[Base]:
    """The bases that may send there: none to a forbidden address, to itself, to multicast or to no address at all."""
    host = ip_of(target.host)
    if host.is_multicast or host.is_unspecified or target.host == "255.255.255.255" or not target.port:
        return []
    if target in forbidden:
        return []
    bases = tuple(bases)
    if any(target in (base.local, base.advertised) for base in bases):
        return []
    # From the network nobody is sent to what listens on this host's loopback only
    return [
        base
        for base in bases
        if base.local.family is target.family and (not host.is_loopback or ip_of(base.local.host).is_loopback)
    ]
