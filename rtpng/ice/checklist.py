"""All pairs of one generation, best first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rtpng.ice.pair import MAX_PAIRS, MAX_REMOTE, Base, Pair, PairState, pair_priority
from sipcore.address import Address


@dataclass(slots=True)
class Checklist:
    """``controlling`` decides the order of pairs (RFC 8445 6.1.2.3)."""

    controlling: bool
    _pairs: dict[tuple[Address, Address], Pair] = field(default_factory=dict)
    _order: list[Pair] = field(default_factory=list)

    def find(self, local: Address, remote: Address) -> Pair | None:
        return self._pairs.get((local, remote))

    def learned(self, base: Base, remote: Address, priority: int) -> Pair | None:
        """The pair on which the peer's check came; made if nobody told of it (RFC 8445 7.3.1.3), None if full."""
        known = self.find(base.local, remote)
        if known is not None:
            return known
        pair = self._made(base, remote, priority)
        self._sort()
        return pair

    def signalled(self, bases: Iterable[Base], remote: Address, priority: int) -> bool:
        """Pairs a candidate of the peer with each base; False if there are too many. Told again, it changes nothing."""
        remotes = {pair.remote for pair in self._order if pair.signalled}
        if remote not in remotes and len(remotes) >= MAX_REMOTE:
            return False
        made = [self._signalled(base, remote, priority) for base in bases]
        self._sort()
        return all(made)

    def turn(self, *, controlling: bool) -> None:
        """Sorts for another role."""
        self.controlling = controlling
        for pair in self._order:
            pair.priority = pair_priority(pair, controlling=controlling)
        self._sort()

    def of(self, component: int) -> Iterator[Pair]:
        """The pairs of a component, best first."""
        return (pair for pair in self._order if pair.component == component)

    def waiting(self, components: Iterable[int]) -> Pair | None:
        """The best pair of these components that is not checked yet."""
        wanted = tuple(components)
        return next(
            (pair for pair in self._order if pair.state is PairState.WAITING and pair.component in wanted), None
        )

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def _signalled(self, base: Base, remote: Address, priority: int) -> bool:
        pair = self.find(base.local, remote) or self._made(base, remote, priority)
        if pair is None:
            return False
        pair.signalled, pair.remote_priority = True, priority  # corrects what a check said before
        pair.priority = pair_priority(pair, controlling=self.controlling)
        return True

    def _made(self, base: Base, remote: Address, priority: int) -> Pair | None:
        if len(self._order) >= MAX_PAIRS and not self._made_room():
            return None
        pair = Pair(base, remote, priority)
        pair.priority = pair_priority(pair, controlling=self.controlling)
        self._pairs[base.local, remote] = pair
        self._order.append(pair)
        return pair

    def _made_room(self) -> bool:
        """Forgets a pair that only a check told of and that failed: replayed checks must not lock the peer out."""
        worthless = (pair for pair in self._order if pair.state is PairState.FAILED and not pair.signalled)
        forgotten = next(worthless, None)
        if forgotten is None:
            return False
        self._order.remove(forgotten)
        del self._pairs[forgotten.base.local, forgotten.remote]
        return True

    def _sort(self) -> None:
        self._order.sort(key=lambda pair: -pair.priority)
