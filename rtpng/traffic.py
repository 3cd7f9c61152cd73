"""Packets and bytes per local port, kernel and userspace together."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from kernel.flow import Counter, Flow
from rtpng.media.relay import SocketStats
from sipcore.address import Address
from sipcore.record import record

NOTHING = Counter()


@dataclass(slots=True)
class Carried:
    """What the kernel carried for one local port since the call began; ``last`` is monotonic."""

    received: Counter = NOTHING
    sent: Counter = NOTHING
    blocked: int = 0  # packets of flows that lead nowhere
    last: float | None = None


_UNUSED = Carried()


@record
class StreamStats:
    """One local port's traffic: userspace and kernel apart; times are monotonic."""

    user: SocketStats
    kernel: Counter
    kernel_out: Counter
    kernel_blocked: int
    last_kernel: float | None

    @property
    def packets(self) -> int:
        return self.user.packets + self.kernel.packets

    @property
    def bytes(self) -> int:
        return self.user.bytes + self.kernel.bytes

    @property
    def packets_out(self) -> int:
        return self.user.packets_out + self.kernel_out.packets

    @property
    def bytes_out(self) -> int:
        return self.user.bytes_out + self.kernel_out.bytes

    @property
    def blocked(self) -> int:
        return self.user.blocked + self.kernel_blocked

    @property
    def last_packet(self) -> float | None:
        heard = [t for t in (self.user.last_packet, self.last_kernel) if t is not None]
        return max(heard, default=None)


@dataclass(slots=True)
class Traffic:
    """Adds up flow counters over the changes of flows: a flow's counter dies with it, its packets do not."""

    userspace: Callable[[Address], SocketStats]
    _carried: dict[Address, Carried] = field(default_factory=dict)
    _seen: dict[Flow, Counter] = field(default_factory=dict)  # what of a living flow is already in _carried

    def advance(self, counters: Mapping[Flow, Counter], now: float) -> None:
        """Takes over what living flows have counted by now."""
        for flow, counter in counters.items():
            seen = self._seen.get(flow, NOTHING)
            if counter.packets > seen.packets:
                self._add(flow, Counter(counter.packets - seen.packets, counter.bytes - seen.bytes), now)
                self._seen[flow] = counter

    def retire(self, last: Mapping[Flow, Counter], removed: Collection[Flow], now: float) -> None:
        """Flows are gone; ``last`` holds what they had counted at the end."""
        self.advance(last, now)
        for flow in removed:
            self._seen.pop(flow, None)

    def forget(self, ports: Iterable[Address]) -> None:
        """The ports are free: the next call starts from nothing."""
        for port in ports:
            self._carried.pop(port, None)

    @property
    def ports(self) -> int:
        """How many ports the kernel has carried something for."""
        return len(self._carried)

    def stats(self, local: Address) -> StreamStats:
        """The traffic of one local port, up to the last counters that were taken over."""
        carried = self._carried.get(local, _UNUSED)
        user = self.userspace(local)
        return StreamStats(user, carried.received, carried.sent, carried.blocked, carried.last)

    def _add(self, flow: Flow, grown: Counter, now: float) -> None:
        arrived = self._carried.setdefault(flow.local, Carried())
        arrived.received += grown
        arrived.last = now
        if flow.target is None:
            arrived.blocked += grown.packets
        else:
            left = self._carried.setdefault(flow.source, Carried())
            left.sent += grown
