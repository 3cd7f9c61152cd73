"""The flow table as its user sees it."""

import errno
from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange
from kernel.ring import Ring


class FlowTable(Protocol):
    """Where flows are installed. Every method but ``refresh_steps`` is quick: microseconds per flow."""

    @property
    def active(self) -> bool:
        """Whether flows can be installed at all."""

    def apply(self, change: FlowChange) -> Mapping[Flow, Counter]:
        """Applies one change atomically; returns the last counters of the removed flows.

        Flows that the kernel path cannot carry (no route, two families, table full) are left out silently for
        the caller: see ``installed``. Removing a flow that is not installed is no error. Raises KernelError when
        the kernel refuses the whole change; then nothing was applied.
        """

    @property
    def installed(self) -> Collection[Flow]:
        """The flows that the kernel carries at this moment."""

    def counters(self, flows: Collection[Flow]) -> Mapping[Flow, Counter]:
        """What the given flows have carried since they were added; flows that are not installed are missing.

        But a flow that was carried and has lost its way out for the time being keeps its counter.
        """

    def refresh_steps(self) -> Iterator[None]:
        """Follows routes, addresses and devices as they are; tries again the wanted flows that were left out.

        Flows keep their counters, also those that are taken out because they have no route any more. The one method
        that takes long with many flows: it does its work in steps of some milliseconds, as the iterator is consumed,
        and the others may be called in between. Raises KernelError.
        """

    def verify(self) -> bool:
        """Whether everything of ours is in place; puts it back with its flows if somebody has removed it."""

    def ring(self, number: int) -> Ring:
        """Where flows can lead so that a worker reads their packets; made when first asked for. Raises KernelError."""

    def close(self) -> None:
        """Takes everything of ours out of the kernel."""


class NullTable:
    """No kernel forwarding: ``--table=-1``, no permission, or no support. Everything stays in userspace."""

    active = False
    installed: frozenset[Flow] = frozenset()

    def apply(self, change: FlowChange) -> Mapping[Flow, Counter]:
        del change
        return {}

    def counters(self, flows: Collection[Flow]) -> Mapping[Flow, Counter]:
        del flows
        return {}

    def refresh_steps(self) -> Iterator[None]:
        return iter(())

    def verify(self) -> bool:
        return True

    def ring(self, number: int) -> Ring:
        raise KernelError(errno.EOPNOTSUPP, f"no kernel table for ring {number}")

    def close(self) -> None:
        return None
