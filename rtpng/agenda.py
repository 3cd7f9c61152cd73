"""When to look at what again: one entry per key, however often it is put off."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

SPARE = 64


@dataclass(slots=True)
class Agenda:
    """Keys with a time (monotonic seconds). Costs nothing per key until its time has come."""

    _heap: list[tuple[float, str]] = field(default_factory=list)
    _when: dict[str, float] = field(default_factory=dict)

    def at(self, when: float, key: str) -> None:
        """Look at ``key`` at ``when`` at the latest: an earlier appointment stays."""
        known = self._when.get(key)
        if known is None or when < known:
            self._when[key] = when
            heapq.heappush(self._heap, (when, key))
            self._clear_out()

    def due(self, now: float) -> Iterator[str]:
        """The keys whose time has come, each off the agenda before it is handed out."""
        while self._heap and self._heap[0][0] <= now:
            when, key = heapq.heappop(self._heap)
            if self._when.get(key) == when:
                del self._when[key]
                yield key

    def drop(self, key: str) -> None:
        """Forgets a key."""
        self._when.pop(key, None)

    def _clear_out(self) -> None:
        """Entries that were moved or dropped stay in the heap until they are due, or are too many."""
        if len(self._heap) > 2 * len(self._when) + SPARE:
            self._heap = [(when, key) for key, when in self._when.items()]
            heapq.heapify(self._heap)

    @property
    def entries(self) -> int:
        """How much is kept in memory, what was dropped included."""
        return len(self._heap)

    def __len__(self) -> int:
        return len(self._when)
