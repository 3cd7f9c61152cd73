"""Agents on a network that loses, repeats and reorders, on a clock of its own; the same seed is the same network."""

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from rtpng.ice.agent import IceAgent
from rtpng.ice.events import Datagram, IceEvent
from rtpng.ice.pair import Base
from rtpng.ice.station import IceBudgets, IceSettings
from sipcore.address import Address
from sipcore.sdp.ice import Credentials

A, B = "198.51.100.1", "203.0.113.2"

T = TypeVar("T", bound=IceEvent)


@dataclass(slots=True)
class Air:
    """``loss`` and ``doubling`` are probabilities, ``delay`` the range of one way in seconds."""

    loss: float = 0.0
    doubling: float = 0.0
    delay: tuple[float, float] = (0.01, 0.01)
    refuses: Callable[[Datagram], bool] = lambda datagram: False


@dataclass(slots=True)
class Network:
    """``mapped``: how a NAT shows an inner address; what is sent to the outer one reaches the inner one."""

    seed: int = 1
    air: Air = field(default_factory=Air)
    now: float = 1000.0
    mapped: dict[Address, Address] = field(default_factory=dict)
    sent: list[Datagram] = field(default_factory=list)
    _agents: dict[Address, "Side"] = field(default_factory=dict)
    _flying: list[tuple[float, int, Datagram]] = field(default_factory=list)
    _random: random.Random = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def join(self, side: "Side") -> None:
        for base in side.bases:
            self._agents[base.local] = side

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> float:
        """Lets time pass; returns how much until ``until`` held, or ``seconds``."""
        began = self.now
        self._collect()
        while not until():
            due = self._next()
            if due is None or due > began + seconds:
                self.now = began + seconds
                break
            self.now = max(self.now, due)
            self._step()
        return self.now - began

    def inject(self, datagram: Datagram) -> None:
        """One datagram of anybody arrives at once at ``target``, as if from ``local``."""
        self._agents[datagram.target].receive(datagram.target, datagram.local, datagram.data, self.now)
        self._collect()

    def _next(self) -> float | None:
        timers = [side.agent.timer() for side in self._sides]
        times = [when for when in timers if when is not None]
        if self._flying:
            times.append(self._flying[0][0])
        return min(times, default=None)

    def _step(self) -> None:
        while self._flying and self._flying[0][0] <= self.now:
            _, _, datagram = heapq.heappop(self._flying)
            self._deliver(datagram)
        for side in self._sides:
            due = side.agent.timer()
            if due is not None and due <= self.now:
                side.agent.on_time(self.now)
        self._collect()

    def _deliver(self, datagram: Datagram) -> None:
        inner = {outer: inner for inner, outer in self.mapped.items()}
        target = inner.get(datagram.target, datagram.target)
        side = self._agents.get(target)
        if side is not None:
            side.receive(target, self.mapped.get(datagram.local, datagram.local), datagram.data, self.now)

    def _collect(self) -> None:
        for side in self._sides:
            for datagram in side.agent.outgoing():
                self.sent.append(datagram)
                self._fly(datagram)
            side.told += side.agent.events()

    def _fly(self, datagram: Datagram) -> None:
        if self.air.refuses(datagram):
            return
        for _ in range(1 + (self._random.random() < self.air.doubling)):
            if self._random.random() >= self.air.loss:
                self._count += 1
                arrival = self.now + self._random.uniform(*self.air.delay)
                heapq.heappush(self._flying, (arrival, self._count, datagram))

    @property
    def _sides(self) -> Iterable["Side"]:
        return dict.fromkeys(self._agents.values())


@dataclass(slots=True, eq=False)
class Side:
    """One agent, with all that it has told."""

    agent: IceAgent
    bases: tuple[Base, ...]
    credentials: Credentials
    lite: bool = False
    told: list[IceEvent] = field(default_factory=list)

    def receive(self, local: Address, source: Address, data: bytes, now: float) -> None:
        self.agent.receive(local, source, data, now)

    def learn(self, other: "Side", now: float, *, candidates: bool = True) -> None:
        """What the other side's SDP says."""
        self.agent.set_remote(other.credentials, lite=other.lite, now=now)
        if candidates:
            for base in other.bases:
                self.agent.add_candidate(base.candidate, now)

    def events(self, kind: type[T]) -> list[T]:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def finished(self) -> bool:
        return all(self.agent.selected(base.component) is not None for base in self.bases)


def side(
    network: Network,
    name: str,
    hosts: Iterable[str],
    *,
    controlling: bool,
    components: Iterable[int] = (1,),
    lite: bool = False,
    settings: IceSettings | None = None,
    budgets: IceBudgets | None = None,
    tie_breaker: int | None = None,
    advertised: dict[str, str] | None = None,
) -> Side:
    """An agent with one address per host and component; ports tell the component."""
    bases = tuple(
        Base(
            Address(host, 40000 + component),
            Address((advertised or {}).get(host, host), 40000 + component),
            component,
            index,
            f"{name}{index}",
        )
        for component in components
        for index, host in enumerate(hosts)
    )
    credentials = Credentials(f"{name}ufrag", f"password-of-{name}-0123456789")
    budgets = budgets or IceBudgets(random=random.Random(f"{network.seed}{name}"))
    agent = IceAgent(
        bases,
        credentials,
        controlling=controlling,
        settings=settings or IceSettings(),
        budgets=budgets,
        lite=lite,
        tie_breaker=tie_breaker,
    )
    made = Side(agent, bases, credentials, lite)
    network.join(made)
    return made


def introduce(network: Network, one: Side, other: Side) -> None:
    """Both know the other's SDP."""
    one.learn(other, network.now)
    other.learn(one, network.now)


def pair_of(one: Side, component: int = 1) -> tuple[Address, Address]:
    """The selected pair: our address, the peer's."""
    chosen = one.agent.selected(component)
    assert chosen is not None
    return chosen.base.local, chosen.remote


def couple(
    network: Network,
    *,
    controlling: tuple[bool, bool] = (True, False),
    lite: tuple[bool, bool] = (False, False),
    aggressive: bool = False,
    components: tuple[int, ...] = (1,),
    tie_breakers: tuple[int | None, int | None] = (None, None),
    consent: bool = True,
) -> tuple[Side, Side]:
    settings = IceSettings(aggressive=aggressive, consent=consent)
    one, other = (
        side(
            network,
            name,
            [host],
            controlling=controls,
            lite=is_lite,
            components=components,
            settings=settings,
            tie_breaker=tie_breaker,
        )
        for name, host, controls, is_lite, tie_breaker in zip(
            ("one", "other"), (A, B), controlling, lite, tie_breakers, strict=True
        )
    )
    return one, other


def settle(network: Network, one: Side, other: Side, within: float = 2.0) -> float:
    """Seconds until both have selected all pairs, which must be the same."""
    took = network.run(within, lambda: one.finished and other.finished)
    assert one.finished
    assert other.finished
    for base in one.bases:
        assert pair_of(one, base.component) == pair_of(other, base.component)[::-1]
    return took
