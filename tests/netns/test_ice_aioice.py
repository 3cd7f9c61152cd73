"""Our agent beside aioice's, the one of aiortc, on real sockets."""

import asyncio
from collections.abc import Iterator

import pytest
from aioice import Candidate, Connection

from rtpng.ice.agent import IceState
from rtpng.ice.station import IceSettings
from sipcore.sdp.ice import Credentials, parse_candidate
from tests.netns.ice_sockets import PATIENCE, IceSockets
from tests.netns.topology import Cable, Network

pytestmark = pytest.mark.netns

MEDIA = b"\x80\x00" + bytes(20)


@pytest.fixture(scope="module")
def cable() -> Iterator[Cable]:
    """A host with an address of each family, on which both agents live: aioice does not use the loopback device."""
    with Network() as network:
        yield network.cable(network.host("both"), network.host("nobody"))


@pytest.mark.parametrize("components", [(1,), (1, 2)])
@pytest.mark.parametrize("aggressive", [False, True])
@pytest.mark.parametrize("controlling", [False, True])
def test_full_agents(cable: Cable, controlling: bool, aggressive: bool, components: tuple[int, ...]) -> None:
    with cable.near.host.inside():
        asyncio.run(_meet(cable, controlling=controlling, aggressive=aggressive, components=components))


@pytest.mark.parametrize("components", [(1,), (1, 2)])
def test_we_are_lite(cable: Cable, components: tuple[int, ...]) -> None:
    with cable.near.host.inside():
        asyncio.run(_meet(cable, controlling=False, lite=True, components=components))


def test_both_want_the_same_role(cable: Cable) -> None:
    with cable.near.host.inside():
        for theirs in (False, True):
            asyncio.run(_meet(cable, controlling=theirs, theirs=theirs))


def test_over_ipv6_alone(cable: Cable) -> None:
    with cable.near.host.inside():
        asyncio.run(_meet(cable, controlling=True, hosts=(cable.near.ip6,)))


async def _meet(
    cable: Cable,
    *,
    controlling: bool,
    theirs: bool | None = None,
    aggressive: bool = False,
    lite: bool = False,
    components: tuple[int, ...] = (1,),
    hosts: tuple[str, ...] = (),
) -> None:
    """Both find their pairs, and media goes both ways on each component."""
    peer = Connection(ice_controlling=not controlling if theirs is None else theirs, components=len(components))
    await peer.gather_candidates()
    peer.remote_is_lite = lite
    settings = IceSettings(aggressive=aggressive, consent_interval=0.3, software="rtpng test")
    with IceSockets(hosts or (cable.near.ip4, cable.near.ip6), components, controlling, lite, settings) as ours:
        await _introduce(ours, peer)
        async with asyncio.timeout(PATIENCE):
            await peer.connect()
        await ours.until(lambda: ours.finished)
        assert ours.agent.state is IceState.COMPLETED
        assert ours.agent.counters.bad == 0
        await _talk(ours, peer)
        if not lite:
            answers = ours.agent.counters.answers
            await ours.until(lambda: ours.agent.counters.answers >= answers + 2)  # consent
        await peer.close()


async def _introduce(ours: IceSockets, peer: Connection) -> None:
    """Each side's SDP reaches the other."""
    peer.remote_username, peer.remote_password = ours.credentials.ufrag, ours.credentials.pwd
    for base in ours.bases:
        await peer.add_remote_candidate(Candidate.from_sdp(base.candidate.value))
    await peer.add_remote_candidate(None)
    ours.agent.set_remote(Credentials(peer.local_username, peer.local_password), lite=False, now=ours.now)
    for candidate in peer.local_candidates:
        ours.agent.add_candidate(parse_candidate(candidate.to_sdp()), ours.now)
    ours.follow()


async def _talk(ours: IceSockets, peer: Connection) -> None:
    for component in ours.components:
        async with asyncio.timeout(PATIENCE):
            await peer.sendto(MEDIA + bytes([component]), component)
            await ours.until(lambda component=component: MEDIA + bytes([component]) in ours.heard)  # type: ignore[misc]
            ours.send(MEDIA, component)
            assert await peer.recvfrom() == (MEDIA, component)
    assert not ours.foreign
