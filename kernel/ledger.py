"""Which flows are wanted and which the kernel has: every decision about them, without the kernel. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kernel.elements import NextHop, in_order, key_of
from kernel.flow import Counter, Flow, FlowChange

Resolve = Callable[[Flow], NextHop | None]


@dataclass(frozen=True, slots=True)
class Edit:
    """One step that the kernel takes as a whole: at one key, ``old`` goes and ``new`` comes, either may be missing.

    ``start``: what the counter of ``new`` begins with.
    """

    old: Flow | None = None
    new: Flow | None = None
    hop: NextHop | None = None
    start: Counter = field(default_factory=Counter)


@dataclass(slots=True)
class Ledger:
    """The flows of one table, at most ``max_flows`` of them in the kernel.

    ``wanted``: asked for and not taken back, each with its counter when it was last seen. ``hops``: those that are
    in the kernel, and how they leave. A wanted flow stays out while it has no route, its key is another's, or the
    table is full. Keys are compared as the kernel does, as bytes: those of the four kinds differ in length.
    """

    max_flows: int
    wanted: dict[Flow, Counter] = field(default_factory=dict)
    hops: dict[Flow, NextHop] = field(default_factory=dict)
    _holders: dict[bytes, Flow] = field(default_factory=dict)

    def edits(self, change: FlowChange, resolve: Resolve) -> list[Edit]:
        """What carries out a change. Of clashing flows the first in order wins, and who is in stays in."""
        draft = self._draft({key_of(flow): Edit(old=flow) for flow in change.remove if flow in self.hops})
        for flow in in_order(change.add):
            if flow in change.remove:
                draft.enter(flow, resolve(flow), Counter())
            elif flow not in self.hops:
                draft.enter(flow, resolve(flow), self.wanted.get(flow, Counter()))
        return draft.result()

    def corrections(self, flows: Iterable[Flow], resolve: Resolve) -> list[Edit]:
        """What brings these flows to what is wanted and what their routes say today."""
        draft = self._draft({})
        for flow in in_order(flows):
            hop = resolve(flow) if flow in self.wanted else None
            if self.hops.get(flow) == hop:
                continue
            if flow in self.hops:
                draft.leave(flow)
            draft.enter(flow, hop, self.wanted.get(flow, Counter()))
        return draft.result()

    def settle(self, edit: Edit) -> None:
        """The kernel has taken the step."""
        if edit.old is not None:
            del self.hops[edit.old], self._holders[key_of(edit.old)]
        if edit.new is not None and edit.hop is not None:
            self.hops[edit.new] = edit.hop
            self._holders[key_of(edit.new)] = edit.new

    def want(self, change: FlowChange) -> None:
        """The change has been carried out as far as the kernel can."""
        for flow in change.remove:
            self.wanted.pop(flow, None)
        for flow in change.add:
            self.wanted.setdefault(flow, Counter())

    def note(self, counters: Mapping[Flow, Counter]) -> None:
        """Keeps what the kernel says about flows that are wanted."""
        self.wanted.update((flow, counter) for flow, counter in counters.items() if flow in self.wanted)

    def carried(self, flows: Iterable[Flow]) -> dict[Flow, Counter]:
        """The last counters of those flows that the kernel carries, or has carried while they were wanted."""
        seen = ((flow, self.wanted[flow]) for flow in flows if flow in self.wanted)
        return {flow: counter for flow, counter in seen if flow in self.hops or counter.packets}

    def lose_all(self) -> None:
        """The kernel has nothing of ours any more."""
        self.hops.clear()
        self._holders.clear()

    def _draft(self, leaving: dict[bytes, Edit]) -> "_Draft":
        return _Draft(self._holders, leaving, self.max_flows - len(self.hops) + len(leaving))


@dataclass(slots=True)
class _Draft:
    """Edits under construction, with the keys and the room that there will be."""

    holders: dict[bytes, Flow]
    edits: dict[bytes, Edit]
    room: int

    def leave(self, flow: Flow) -> None:
        self.edits[key_of(flow)] = Edit(old=flow)
        self.room += 1

    def enter(self, flow: Flow, hop: NextHop | None, start: Counter) -> None:
        """Adds the flow if it has a way out, its key will be free and there will be room."""
        if hop is None or self.room <= 0:
            return
        key = key_of(flow)
        edit = self.edits.get(key, Edit())
        if edit.new is None and self.holders.get(key) == edit.old:
            self.edits[key] = Edit(edit.old, flow, hop, start)
            self.room -= 1

    def result(self) -> list[Edit]:
        return list(self.edits.values())
