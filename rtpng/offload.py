"""What the kernel was asked to forward, call by call, and what becomes of its refusals."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange, diff
from kernel.table import FlowTable
from rtpng.traffic import Traffic

# Reading a flow's counter takes 7 us: so many per second stay below 1% of a core, however many flows there are.
READ_PER_SECOND = 1000

_NONE: frozenset[Flow] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change came to: the new flows that the kernel carries, those that it does not, why it refused all."""

    installed: frozenset[Flow] = _NONE
    left_out: frozenset[Flow] = _NONE
    refusal: KernelError | None = None


NO_CHANGE = Outcome()


@dataclass(slots=True)
class Offload:
    """The kernel's share of the forwarding; ``now`` is monotonic. Without a kernel path it asks for nothing.

    What the kernel refuses stays in userspace and is tried again by ``retry``. A flow that it refuses to give up is
    removed with the next change that it takes; what such a flow carries meanwhile is nobody's traffic.
    """

    table: FlowTable
    traffic: Traffic
    _asked: dict[str, frozenset[Flow]] = field(default_factory=dict)
    _refused: dict[str, frozenset[Flow]] = field(default_factory=dict)  # by call: what it should be once possible
    _overdue: frozenset[Flow] = _NONE  # in the kernel, but of no call
    _polled: float = 0.0

    def of(self, call_id: str) -> frozenset[Flow]:
        """The flows that the kernel was asked for; it need not carry them all."""
        return self._asked.get(call_id, _NONE)

    def want(self, call_id: str, flows: frozenset[Flow], now: float) -> Outcome:
        """From here on these are the flows of the call."""
        current = self.of(call_id)
        self._refused.pop(call_id, None)
        if current == flows or not self.table.active:
            return NO_CHANGE
        change = diff(current, flows)
        try:
            self._change(change, now)
        except KernelError as refusal:
            _put(self._refused, call_id, flows)
            _put(self._asked, call_id, current & flows)
            self._give_up(change.remove, now)
            return Outcome(refusal=refusal)
        _put(self._asked, call_id, flows)
        return self._outcome(change.add)

    def merge(self, call_id: str, other: str) -> None:
        """The flows of one call are part of another's; ``want`` follows."""
        for flows in (self._asked, self._refused):
            _put(flows, call_id, flows.get(call_id, _NONE) | flows.pop(other, _NONE))

    def retry(self, now: float) -> Outcome:
        """Asks once more for everything that the kernel does not carry."""
        if not self.table.active:
            return Outcome()
        asked = {**self._asked, **self._refused}
        change = FlowChange(_NONE, frozenset().union(*asked.values()) - frozenset(self.table.installed))
        if not change and not self._overdue:
            return Outcome()
        try:
            self._change(change, now)
        except KernelError as refusal:
            return Outcome(refusal=refusal)
        self._asked = asked
        self._refused.clear()
        return self._outcome(change.add)

    def read(self, flows: Collection[Flow], now: float) -> None:
        """Brings the traffic of some flows up to date. A counter that cannot be read is read the next time."""
        counted = [flow for flow in flows if flow not in self._overdue] if self._overdue else flows
        if counted:
            self.traffic.advance(self._counters(counted), now)

    def read_all(self, now: float) -> None:
        """Brings all traffic up to date."""
        self._polled = now
        self.read([flow for flow in self.table.installed if not flow.through], now)  # those others are userspace's

    @property
    def interval(self) -> float:
        """Seconds between two readings of all counters.

        What depends on one call's traffic (its timeout, a query) reads its flows itself, at its own time.
        """
        return max(1.0, len(self.table.installed) / READ_PER_SECOND)

    def poll(self, now: float) -> None:
        """Reads all counters when it is time; call it once a second."""
        if now - self._polled >= self.interval:
            self.read_all(now)

    def carries(self, flow: Flow) -> bool:
        """Whether the kernel carries a flow at this moment."""
        return flow in self.table.installed

    def _change(self, change: FlowChange, now: float) -> None:
        """Raises KernelError; then nothing has changed."""
        overdue = self._overdue - change.add
        last = self.table.apply(FlowChange(change.remove | overdue, change.add))
        self._overdue = _NONE
        self.traffic.retire({flow: last[flow] for flow in last.keys() - overdue}, change.remove | overdue, now)

    def _give_up(self, flows: frozenset[Flow], now: float) -> None:
        """Flows must go although the change that they were part of was refused: alone, or as soon as possible."""
        if not flows:
            return
        try:
            self._change(FlowChange(flows, _NONE), now)
        except KernelError:
            self._overdue |= flows

    def _outcome(self, added: Iterable[Flow]) -> Outcome:
        installed = self.table.installed
        carried = frozenset(flow for flow in added if flow in installed)
        return Outcome(carried, frozenset(added) - carried)

    def _counters(self, flows: Collection[Flow]) -> Mapping[Flow, Counter]:
        try:
            return self.table.counters(flows)
        except KernelError:
            return {}


def _put(flows_of: dict[str, frozenset[Flow]], call_id: str, flows: frozenset[Flow]) -> None:
    """Calls without flows take no room."""
    if flows:
        flows_of[call_id] = flows
    else:
        flows_of.pop(call_id, None)
