"""A media flow as plain data: what the kernel forwards without us."""

from collections.abc import Set

from sipcore.address import Address
from sipcore.record import record


@record
class Flow:
    """RTP that reaches ``local`` from ``remote`` leaves from ``source`` towards ``target``.

    ``remote`` None: from any source (asked for by the operator or the proxy, never the default).
    ``target`` None: the packets are counted and dropped in the kernel.
    ``through``: index of the device that takes its packets, whatever the routes say; 0 leaves that to the routes.
    ``tos``: the whole TOS/traffic class byte of packets sent, 0 to 255; None leaves the sender's.
    All four addresses of one flow are of one family: nftables cannot change the header's length.
    RTCP, STUN, DTLS and everything else that is no RTP of this flow reaches the socket bound to ``local``.
    """

    local: Address
    remote: Address | None
    source: Address
    target: Address | None
    tos: int | None = None
    through: int = 0

    @property
    def key(self) -> tuple[Address, Address | None]:
        """What the kernel looks packets up by: two flows with one key cannot coexist."""
        return self.local, self.remote


@record
class Counter:
    """Packets, and bytes of UDP payload, that one flow has matched."""

    packets: int = 0
    bytes: int = 0

    def __add__(self, other: "Counter") -> "Counter":
        return Counter(self.packets + other.packets, self.bytes + other.bytes)


@record
class FlowChange:
    """The difference between what is and what should be."""

    remove: frozenset[Flow]
    add: frozenset[Flow]

    def __bool__(self) -> bool:
        return bool(self.remove or self.add)


def diff(current: Set[Flow], wanted: Set[Flow]) -> FlowChange:
    """What must be removed and added so that ``current`` becomes ``wanted``."""
    return FlowChange(remove=frozenset(current - wanted), add=frozenset(wanted - current))
