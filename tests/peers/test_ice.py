"""Our agent in the place of a browser, with both releases of rtpengine as its peer and a plain phone behind that."""

import asyncio
import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from rtpng.ice.agent import IceState
from rtpng.ice.offered import host_candidates, new_credentials
from sipcore.address import Address
from sipcore.sdp.ice import candidate_attributes, ice_of
from sipcore.sdp.session import parse
from tests.netns.ice_sockets import PATIENCE, IceSockets
from tests.netns.packets import RTCP, rtp
from tests.netns.topology import SILENCE, Cable, Network, arrived
from tests.peers import sid
from tests.peers.ng_peer import DEBIAN, Daemon, NgPeer

pytestmark = pytest.mark.peers


_numbers = itertools.count()

Landscape = tuple[NgPeer, Cable]


@dataclass(slots=True)
class Call:
    """A browser (``ours``) and a plain phone; ``relay`` is rtpengine."""

    relay: NgPeer
    ours: IceSockets
    phone: socket.socket
    phone_rtcp: socket.socket
    extra: tuple[str, ...] = ()
    name: str = field(default_factory=lambda: f"call-{next(_numbers)}")
    browser_called: bool = False

    def browser_sdp(self) -> str:
        local = self.ours.bases[0].local
        candidates = candidate_attributes(host_candidates(self.ours.bases))
        return _sdp(
            local,
            f"ice-ufrag:{self.ours.credentials.ufrag}",
            f"ice-pwd:{self.ours.credentials.pwd}",
            *(attribute.text for attribute in candidates),
            *self.extra,
            lite=self.ours.lite,
        )

    def phone_sdp(self) -> str:
        return _sdp(Address(*self.phone.getsockname()[:2]), f"rtcp:{self.phone_rtcp.getsockname()[1]}")

    def browser_offers(self) -> None:
        """The browser calls; rtpengine is controlled."""
        self.browser_called = True
        self._ask("offer", self.browser_sdp(), ICE="remove", **{"rtcp-mux": ["demux"]})
        self.heard_by_browser(self._ask("answer", self.phone_sdp()))

    def phone_offers(self) -> None:
        """The phone calls; rtpengine is controlling."""
        mux = {"rtcp-mux": ["offer"]} if "rtcp-mux" in self.extra else {}
        self.heard_by_browser(self._ask("offer", self.phone_sdp(), ICE="force", **mux))
        self._ask("answer", self.browser_sdp())

    def heard_by_browser(self, text: str) -> None:
        session = parse(text)
        ice = ice_of(session, session.media[0])
        assert ice is not None
        assert ice.credentials is not None
        self.ours.agent.set_remote(ice.credentials, lite=ice.lite, now=self.ours.now)
        for candidate in ice.candidates:
            self.ours.agent.add_candidate(candidate, self.ours.now)
        self.ours.follow()

    def restart(self) -> None:
        """The browser's re-offer with new credentials, and its answer."""
        self.ours.credentials = new_credentials()
        self.ours.agent.restart(self.ours.credentials)
        self.browser_offers()

    async def selected(self) -> None:
        """rtpengine 10.5 stays controlled towards a lite agent that offers, and so nobody nominates."""
        if "10.5" in self.relay.daemon.name and self.ours.lite and self.browser_called:
            await self.ours.until(lambda: self.ours.usable)
            return
        await self.ours.until(lambda: self.ours.agent.state is IceState.COMPLETED)

    async def talk(self) -> None:
        """RTP both ways, and RTCP if it has a port of its own, to where rtpengine says that it listens."""
        await self._exchange(rtp(), self.phone, 1)
        if len(self.ours.components) > 1:
            await self._exchange(RTCP, self.phone_rtcp, 2)

    async def _exchange(self, packet: bytes, phone: socket.socket, component: int) -> None:
        """The browser speaks until it is heard, which takes rtpengine a packet or two, and longer on a busy machine.

        Then the phone answers it.
        """
        self.ours.heard.clear()
        tries = range(int(5 * PATIENCE / SILENCE))
        found = next(heard for _ in tries if (heard := self._spoken(packet, phone, component)) is not None)
        phone.sendto(packet, found)
        await self.ours.until(lambda: packet in self.ours.heard)

    def _spoken(self, packet: bytes, phone: socket.socket, component: int) -> Address | None:
        """Where the phone was heard from, with one packet of the browser."""
        self.ours.send(packet, component)
        heard = arrived(phone)
        return None if heard is None else heard[1]

    def _ask(self, command: str, sdp: str, **keys: object) -> str:
        tags = {"from-tag": "a"} if command == "offer" else {"from-tag": "a", "to-tag": "b"}
        reply = self.relay.ask(command, {"call-id": self.name, "sdp": sdp, **tags, **keys})
        assert reply["result"] == "ok", reply
        return str(reply["sdp"])


def _sdp(local: Address, *attributes: str, lite: bool = False) -> str:
    lines = ["v=0", f"o=- 1 1 IN IP4 {local.host}", "s=-", f"c=IN IP4 {local.host}", "t=0 0"]
    lines += ["a=ice-lite"] if lite else []
    lines += [f"m=audio {local.port} RTP/AVP 0", *(f"a={text}" for text in attributes)]
    return "".join(f"{line}\r\n" for line in lines)


@pytest.fixture(scope="module", params=["10.5", "sid"])
def landscape(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[NgPeer, Cable]]:
    """rtpengine with an address of each family, and a host for the people."""
    with Network() as network:
        cable = network.cable(network.host("relay"), network.host("people"))
        log = tmp_path_factory.mktemp("ice") / "rtpengine.log"
        interfaces = (f"pub/{cable.near.ip4}", f"pub/{cable.near.ip6}")
        with NgPeer(cable.near.host, _daemon(request.param), log, interfaces) as relay:
            yield relay, cable


def _daemon(release: str) -> Daemon:
    if release == "10.5":
        return DEBIAN
    return sid.rtpengine_or_skip()


def call(landscape: Landscape, *, controlling: bool, lite: bool = False, mux: bool = True, both: bool = False) -> Call:
    relay, cable = landscape
    hosts = (cable.far.ip4, cable.far.ip6) if both else (cable.far.ip4,)
    ours = IceSockets(hosts, (1,) if mux else (1, 2), controlling, lite)
    phones = [cable.far.host.udp(cable.far.ip4) for _ in range(2)]
    for phone in phones:
        phone.settimeout(SILENCE)
    return Call(relay, ours, phones[0], phones[1], ("rtcp-mux",) if mux else ())


async def converse(made: Call, *, browser_offers: bool, restarts: int = 0) -> None:
    with made.ours:
        made.browser_offers() if browser_offers else made.phone_offers()
        await made.selected()
        await made.talk()
        for _ in range(restarts):
            made.restart()
            assert made.ours.finished
            await made.talk()
            await made.selected()
            await made.talk()


@pytest.mark.parametrize("mux", [True, False])
@pytest.mark.parametrize("lite", [False, True])
@pytest.mark.parametrize("browser_offers", [True, False])
def test_calls(landscape: Landscape, browser_offers: bool, lite: bool, mux: bool) -> None:
    async def conversation() -> None:
        made = call(landscape, controlling=browser_offers and not lite, lite=lite, mux=mux)
        await converse(made, browser_offers=browser_offers)
        assert made.ours.agent.counters.bad == 0

    with landscape[1].far.host.inside():
        asyncio.run(conversation())


@pytest.mark.parametrize("mux", [True, False])
def test_a_restart_in_the_middle_of_a_call(landscape: Landscape, mux: bool) -> None:
    async def conversation() -> None:
        made = call(landscape, controlling=True, mux=mux, both=True)
        await converse(made, browser_offers=True, restarts=2)

    with landscape[1].far.host.inside():
        asyncio.run(conversation())


def test_both_think_that_they_control(landscape: Landscape) -> None:
    async def conversation() -> None:
        for browser_offers in (True, False):
            made = call(landscape, controlling=not browser_offers)
            await converse(made, browser_offers=browser_offers)
            assert made.ours.agent.counters.role_switches + made.ours.agent.counters.refused > 0

    with landscape[1].far.host.inside():
        asyncio.run(conversation())
