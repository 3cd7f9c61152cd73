"""When to look at what again: one entry per key, however often it is put off."""

import heapq
from dataclasses import dataclass, field


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

    def due(self, now: float) -> list[str]:
        """The keys whose time has come; they are off the agenda."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            when, key = heapq.heappop(self._heap)
            if self._when.get(key) == when:  # an entry that was moved or dropped stays in the heap until now
                del self._when[key]
                found.append(key)
        return found

    def drop(self, key: str) -> None:
        """Forgets a key."""
        self._when.pop(key, None)

    def __len__(self) -> int:
        return len(self._when)
