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
    _agenda: list[tuple[float, int, "Datagram | Side"]] = field(default_factory=list)  # arrivals and timers
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
        for side in dict.fromkeys(self._agents.values()):  # whoever was spoken to without us
            self._follow(side)
        while not until():
            if not self._agenda or self._agenda[0][0] > began + seconds:
                self.now = began + seconds
                break
            self._step()
        return self.now - began

    def inject(self, datagram: Datagram) -> None:
        """One datagram of anybody arrives at once at ``target``, as if from ``local``."""
        side = self._agents[datagram.target]
        side.agent.receive(datagram.target, datagram.local, datagram.data, self.now)
        self._follow(side)

    def _step(self) -> None:
        when, _, what = heapq.heappop(self._agenda)
        self.now = max(self.now, when)
        if isinstance(what, Datagram):
            self._deliver(what)
        elif what.wakes == when:
            what.wakes = None
            what.agent.on_time(self.now)
            self._follow(what)

    def _deliver(self, datagram: Datagram) -> None:
        if datagram.target in self.mapped:
            return  # an inner address means nothing outside
        inner = {outer: inner for inner, outer in self.mapped.items()}
        target = inner.get(datagram.target, datagram.target)
        side = self._agents.get(target)
        if side is not None:
            source = self.mapped.get(datagram.local, datagram.local)
            side.agent.receive(target, source, datagram.data, self.now)
            self._follow(side)

    def _follow(self, side: "Side") -> None:
        """Sends what an agent wants sent, notes what it tells, and wakes it when it wants to be woken."""
        for datagram in side.agent.outgoing():
            self.sent.append(datagram)
            self._fly(datagram)
        side.told += side.agent.events()
        due = side.agent.timer()
        if due is not None and due != side.wakes:
            self._note(due, side)
        side.wakes = due

    def _fly(self, datagram: Datagram) -> None:
        if self.air.refuses(datagram):
            return
        for _ in range(1 + (self._random.random() < self.air.doubling)):
            if self._random.random() >= self.air.loss:
                self._note(self.now + self._random.uniform(*self.air.delay), datagram)

    def _note(self, when: float, what: "Datagram | Side") -> None:
        self._count += 1
        heapq.heappush(self._agenda, (when, self._count, what))


@dataclass(slots=True, eq=False)
class Side:
    """One agent, with all that it has told."""

    agent: IceAgent
    bases: tuple[Base, ...]
    credentials: Credentials
    lite: bool = False
    told: list[IceEvent] = field(default_factory=list)
    wakes: float | None = None

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
