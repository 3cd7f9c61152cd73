"""The agents of one leg: ICE for all of its ports, DTLS for each; pure but for whom it tells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rtpng.dtls.events import Keyed, State
from rtpng.dtls.terms import Source, Terms
from rtpng.ice.events import ConsentLost, Datagram, Failed, IceEvent, Selected, Usable
from rtpng.ice.station import IceBudgets, IceSettings
from rtpng.legs.spec import DtlsSpec, IceSpec, Identity, LegSpec, Listener
from sipcore.address import Address
from sipcore.sdp.dtls import Role

if TYPE_CHECKING:  # the daemon loads both behind its start
    from rtpng.dtls.transport import DtlsTransport
    from rtpng.ice.agent import IceAgent


@dataclass(slots=True)
class Port:
    """One port with DTLS. ``component`` is 1 for RTP, 2 for RTCP."""

    component: int
    local: Address
    transport: "DtlsTransport"
    terms: Terms | None = None
    agreed: tuple[Terms, float] | None = None  # the terms of the handshake, and when it could begin


@dataclass(slots=True)
class Surroundings:
    """What all legs of a daemon share. ``transport`` makes the DTLS of one port."""

    listener: Listener
    transport: Callable[[Identity], "DtlsTransport"]
    ice: IceSettings = field(default_factory=IceSettings)
    budgets: IceBudgets = field(default_factory=IceBudgets)


SLOW = 2.0  # seconds after which somebody should be told why a leg is not up


class Leg:
    """Follows a LegSpec. After each call ``tell`` is due, and what is ``outgoing`` to be sent."""

    __slots__ = ("_around", "_slow_at", "agent", "name", "ports", "spec")

    def __init__(self, name: Address, around: Surroundings) -> None:
        self.name = name
        self.spec = LegSpec(name)
        self.agent: IceAgent | None = None
        self.ports: dict[int, Port] = {}  # by component
        self._slow_at: float | None = None
        self._around = around

    def follow(self, spec: LegSpec, now: float) -> None:
        """What the plan says from here on."""
        former, self.spec = self.spec, spec
        self._follow_ice(former.ice, spec.ice, now)
        self._follow_dtls(spec.dtls)
        self._agree(now)
        if former != spec and self.obstacle() is not None:
            self._slow_at = now + SLOW

    def close(self) -> None:
        """Says farewell to peers with keys."""
        for port in self.ports.values():
            port.transport.close()

    def receive_stun(self, local: Address, source: Address, data: bytes, now: float) -> None:
        if self.agent is not None:
            self.agent.receive(local, source, data, now)

    def dtls_port(self, local: Address, source: Address) -> "tuple[DtlsTransport, Source] | None":
        """Whose datagram it is, and from whom it is to be given; None for a source that may not speak."""
        port = self._port_at(local)
        if port is None:
            return None
        if self.agent is None:
            return port.transport, source
        return (port.transport, None) if self.agent.allows(local, source) else None

    def allows(self, local: Address, source: Address) -> bool:
        """Whether media may come from there: with ICE, where a check has passed."""
        return self.agent is None or self.agent.allows(local, source)

    def timer(self) -> float | None:
        due = [port.transport.timer() for port in self.ports.values()]
        due += [self.agent.timer() if self.agent is not None else None, self._slow_at]
        return min((when for when in due if when is not None), default=None)

    def on_time(self, now: float) -> None:
        if self.agent is not None:
            self.agent.on_time(now)
        for port in self.ports.values():
            port.transport.on_time(now)
        if self._slow_at is not None and now >= self._slow_at:
            self._slow_at = None
            obstacle = self.obstacle()
            if obstacle is not None:
                self._around.listener.slow(self.name, obstacle)

    def obstacle(self) -> str | None:
        """Why nothing can pass; None when all is well, or as long as the peer's answer is awaited."""
        ice = self.spec.ice
        if self.agent is not None and ice is not None and ice.told is not None and self.agent.best(1) is None:
            return f"ICE: {self.agent.diagnosis}"
        return next((f"DTLS: {lack}" for lack in map(self._lack, self.ports.values()) if lack is not None), None)

    def _lack(self, port: Port) -> str | None:
        if port.terms is None or port.transport.state is State.CONNECTED:
            return None
        if port.transport.last_error:
            return port.transport.last_error
        if port.terms.role is Role.PASSIVE and port.transport.state is None:
            return "the peer, which is to begin the handshake, has sent no ClientHello"
        return "the handshake has begun, and the peer does not go on with it"

    def tell(self, now: float) -> None:
        """Hands on what has happened since the last call; the listener may change what this leg follows."""
        for event in self.agent.events() if self.agent is not None else ():
            self._tell_ice(event)
        self._agree(now)
        for port in tuple(self.ports.values()):
            self._tell_dtls(port, now)

    def outgoing(self) -> Iterator[Datagram]:
        """What is to be sent, in order."""
        if self.agent is not None:
            yield from self.agent.outgoing()
        for port in self.ports.values():
            for data, target in port.transport.outgoing():
                datagram = self._addressed(port, data, target)
                if datagram is not None:
                    yield datagram

    # --- ICE ---

    def _follow_ice(self, former: IceSpec | None, wanted: IceSpec | None, now: float) -> None:
        if wanted is None:
            self.agent = None
            return
        if self.agent is None or former is None or former.bases != wanted.bases or former.lite != wanted.lite:
            self.agent, former = self._made(wanted), None
        elif former.own != wanted.own:
            self.agent.restart(wanted.own)
        self._tell_agent(self.agent, former, wanted, now)

    def _made(self, wanted: IceSpec) -> "IceAgent":
        from rtpng.ice.agent import IceAgent  # the daemon loads it behind its start

        return IceAgent(
            wanted.bases,
            wanted.own,
            controlling=wanted.controlling,
            settings=self._around.ice,
            budgets=self._around.budgets,
            lite=wanted.lite,
        )

    def _tell_agent(self, agent: "IceAgent", former: IceSpec | None, wanted: IceSpec, now: float) -> None:
        told = wanted.told
        if told is None or told.credentials is None or (former is not None and former.told == told):
            return
        agent.set_remote(told.credentials, lite=told.lite, now=now)
        for candidate in told.candidates:
            agent.add_candidate(candidate, now)

    def _tell_ice(self, event: IceEvent) -> None:
        match event:
            case Usable(component, local, remote):
                self._around.listener.path_found(self.name, component, local, remote, selected=False)
            case Selected(component, local, remote):
                self._around.listener.path_found(self.name, component, local, remote, selected=True)
            case ConsentLost(component):
                self._lose(component)
            case Failed(reason):
                self._around.listener.path_failed(self.name, reason)
            case _:
                pass  # a restart of the peer: what was in use stays until something better is selected

    def _lose(self, component: int) -> None:
        """The pair in use is gone; another one that works takes its place at once."""
        other = self.agent.best(component) if self.agent is not None else None
        if other is None:
            self._around.listener.consent_lost(self.name, component)
        else:
            self._around.listener.path_found(self.name, component, other.base.local, other.remote, selected=True)

    # --- DTLS ---

    def _follow_dtls(self, wanted: DtlsSpec | None) -> None:
        ports = {component: (local, terms) for component, local, terms in wanted.ports} if wanted is not None else {}
        for component in self.ports.keys() - ports.keys():
            self.ports.pop(component).transport.close()
        for component, (local, terms) in ports.items():
            if component not in self.ports and wanted is not None:
                self.ports[component] = Port(component, local, self._around.transport(wanted.identity))
            self.ports[component].local, self.ports[component].terms = local, terms

    def _agree(self, now: float) -> None:
        """Handshakes begin as soon as there is a way to the peer, and the answer has fixed the role."""
        for port in self.ports.values():
            if port.terms is not None and self._is_reachable(port):
                if port.agreed is None or port.agreed[0] != port.terms:
                    port.agreed = port.terms, now
                port.transport.agree(port.terms, now)

    def _is_reachable(self, port: Port) -> bool:
        return self.agent is None or self.agent.best(port.component) is not None

    def _tell_dtls(self, port: Port, now: float) -> None:
        began = port.agreed[1] if port.agreed is not None else now
        for event in port.transport.events():
            if isinstance(event, Keyed):
                self._around.listener.keyed(self.name, port.component, event.local, event.remote, now - began)
            else:
                self._around.listener.unkeyed(self.name, port.component, event.reason)

    def _addressed(self, port: Port, data: bytes, target: Source) -> Datagram | None:
        if target is not None:
            return Datagram(port.local, target, data)
        pair = self.agent.best(port.component) if self.agent is not None else None
        return Datagram(pair.base.local, pair.remote, data) if pair is not None else None

    def _port_at(self, local: Address) -> Port | None:
        own = next((port for port in self.ports.values() if port.local == local), None)
        if own is not None or self.spec.ice is None:
            return own
        component = next((base.component for base in self.spec.ice.bases if base.local == local), None)
        return self.ports.get(component) if component is not None else None
