"""An agent of ours on real sockets, driven by an event loop: the thin shell that the daemon is in production."""

import asyncio
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rtpng.ice.agent import IceAgent
from rtpng.ice.events import IceEvent
from rtpng.ice.offered import new_credentials
from rtpng.ice.pair import Base
from rtpng.ice.station import IceBudgets, IceSettings
from sipcore.address import Address
from sipcore.demux import Kind, classify
from sipcore.sdp.ice import Credentials

PATIENCE = 10.0  # seconds until something that must happen has happened


@dataclass(slots=True, eq=False)
class IceSockets:
    """``heard``: what came that is no STUN, of addresses that the agent allows; ``foreign``: of others."""

    hosts: tuple[str, ...]
    components: tuple[int, ...] = (1,)
    controlling: bool = True
    lite: bool = False
    settings: IceSettings = field(default_factory=IceSettings)
    told: list[IceEvent] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    foreign: list[bytes] = field(default_factory=list)
    credentials: Credentials = field(default_factory=new_credentials)
    agent: IceAgent = field(init=False)
    bases: tuple[Base, ...] = field(init=False)
    _sockets: dict[Address, socket.socket] = field(default_factory=dict)
    _timer: asyncio.TimerHandle | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.bases = tuple(self._opened())
        self.agent = IceAgent(
            self.bases,
            self.credentials,
            controlling=self.controlling,
            lite=self.lite,
            settings=self.settings,
            budgets=IceBudgets(),
        )
        for local in self._sockets:
            asyncio.get_running_loop().add_reader(self._sockets[local], self._readable, local)

    def __enter__(self) -> "IceSockets":
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for opened in self._sockets.values():
            asyncio.get_running_loop().remove_reader(opened)
            opened.close()

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def follow(self) -> None:
        """Sends what the agent wants sent, and wakes it when it wants to be woken."""
        for local, target, data in self.agent.outgoing():
            self._sockets[local].sendto(data, target)
        self.told += self.agent.events()
        if self._timer is not None:
            self._timer.cancel()
        due = self.agent.timer()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._on_time)
        self._changed.set()

    def send(self, data: bytes, component: int = 1) -> None:
        """Media to the peer."""
        pair = self.agent.best(component)
        assert pair is not None
        self._sockets[pair.base.local].sendto(data, pair.remote)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Raises TimeoutError if it does not come true in time."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    @property
    def finished(self) -> bool:
        return all(self.agent.selected(component) is not None for component in self.components)

    @property
    def usable(self) -> bool:
        return all(self.agent.best(component) is not None for component in self.components)

    def _opened(self) -> Iterable[Base]:
        for component in self.components:
            for index, host in enumerate(self.hosts):
                made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
                made.setblocking(False)
                made.bind((host, 0))
                local = Address(*made.getsockname()[:2])
                self._sockets[local] = made
                yield Base(local, local, component, index, f"foundation{index}")

    def _readable(self, local: Address) -> None:
        data, sender = self._sockets[local].recvfrom(2048)
        source = Address(*sender[:2])
        if classify(data) is Kind.STUN:
            self.agent.receive(local, source, data, self.now)
        elif self.agent.allows(local, source):
            self.heard.append(data)
        else:
            self.foreign.append(data)
        self.follow()

    def _on_time(self) -> None:
        self.agent.on_time(self.now)
        self.follow()
