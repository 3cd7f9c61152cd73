"""Whatever happens to a call, its agents neither raise nor spin, and come up again when the network does."""

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.ice.agent import IceState
from rtpng.ice.events import Datagram
from rtpng.ice.offered import new_credentials
from rtpng.ice.station import IceSettings
from sipcore.address import Address
from tests.rtpng.ice.wire import A, Air, B, Network, Side, introduce, side

HOSTS = (("198.51.100.1", "2001:db8::1", "198.51.100.9"), ("203.0.113.2", "2001:db8::2", "203.0.113.9"))
STRANGER = Address("192.0.2.66", 6666)

steps = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.0, 50.0)),
    st.tuples(st.just("loss"), st.sampled_from([0.0, 0.3, 0.7, 1.0])),
    st.tuples(st.just("restart"), st.booleans()),
    st.tuples(st.just("told again"), st.booleans()),
    st.tuples(st.just("cut"), st.sampled_from([A, B, "nobody"])),
    st.tuples(st.just("replay"), st.integers(1, 50)),
    st.tuples(st.just("move"), st.integers(50000, 50005)),
)


@dataclass(slots=True)
class Story:
    """A call between two agents to which things happen."""

    network: Network
    one: Side
    other: Side
    _cut: str = field(default="nobody")

    def happen(self, what: str, how: object) -> None:
        match what, how:
            case "wait", float(seconds):
                self.network.run(seconds)
            case "loss", float(loss):
                self.network.air.loss = loss
            case "restart", bool(first):
                self._restart(*((self.one, self.other) if first else (self.other, self.one)))
            case "told again", bool(first):
                (self.one if first else self.other).learn(self.other if first else self.one, self.network.now)
            case "cut", str(host):
                self._cut = host
            case "replay", int(ports):
                self._replay(ports)
            case "move", int(port) if not self.other.lite:  # a lite agent has a public address
                self._move(port)
            case _:
                pass

    def _restart(self, one: Side, other: Side) -> None:
        for each in (one, other):
            each.credentials = new_credentials()
            each.agent.restart(each.credentials)
        other.learn(one, self.network.now)
        one.learn(other, self.network.now)

    def _replay(self, ports: int) -> None:
        for sent in self.network.sent[-1:]:
            if sent.target.port in (40001, 40002) and sent.target.host in HOSTS[0] + HOSTS[1]:
                for port in range(1, ports):
                    self.network.inject(Datagram(Address(STRANGER.host, port), sent.target, sent.data))

    def _move(self, port: int) -> None:
        for component in (1, 2):
            self.network.mapped[Address(B, 40000 + component)] = Address("192.0.2.200", port + 10 * component)

    def refuses(self, datagram: Datagram) -> bool:
        return self._cut in (datagram.local.host, datagram.target.host)

    def heal(self) -> None:
        self._cut = "nobody"
        self.network.air.loss = 0.0


agents = st.tuples(st.booleans(), st.booleans(), st.booleans(), st.sampled_from([(1,), (1, 2)]), st.integers(1, 3))


@given(agents, st.booleans(), st.lists(steps, max_size=12), st.integers(0, 1000))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_calls_survive(
    kind: tuple[bool, bool, bool, tuple[int, ...], int], lite: bool, story: list[tuple[str, object]], seed: int
) -> None:
    first_controls, other_controls, aggressive, components, addresses = kind
    network = Network(seed=seed, air=Air(doubling=0.1, delay=(0.0, 0.1)))
    options = IceSettings(aggressive=aggressive)
    one = side(
        network, "one", HOSTS[0][:addresses], controlling=first_controls, components=components, settings=options
    )
    other = side(
        network,
        "other",
        HOSTS[1][:addresses],
        controlling=other_controls and not lite,
        components=components,
        lite=lite,
    )
    told = Story(network, one, other)
    network.air.refuses = told.refuses
    introduce(network, one, other)
    for what, how in story:
        told.happen(what, how)
    told.heal()
    network.run(40.0)  # longer than the agents hope for a first pair
    if IceState.FAILED in (one.agent.state, other.agent.state):
        told.happen("restart", True)
    network.run(100.0)  # a restart that failed leaves the call where it was, and that is well, too
    for component in components:
        assert _hears(network, one, other, component)
        assert _hears(network, other, one, component)
    _sent_in_peace(network)


def _hears(network: Network, speaker: Side, listener: Side, component: int) -> bool:
    """Whether what one sends is taken by the other."""
    pair = speaker.agent.best(component)
    if pair is None:
        return False
    inner = {outer: inner for inner, outer in network.mapped.items()}
    source = network.mapped.get(pair.base.local, pair.base.local)
    return listener.agent.allows(inner.get(pair.remote, pair.remote), source)


def _sent_in_peace(network: Network) -> None:
    """An established call costs consent and nothing else."""
    sent = len(network.sent)
    network.run(60.0)
    assert len(network.sent) - sent < 150
