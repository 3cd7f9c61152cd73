"""Routes, addresses and devices that change under running calls."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from kernel.elements import NextHop
from kernel.flow import Counter, Flow, FlowChange
from kernel.nft import NftTable
from kernel.routes import RouteMonitor, Routes
from sipcore.address import Address
from tests.fakes import refresh
from tests.netns.packets import rtp
from tests.netns.topology import Cable, Host, Network, ThreeHosts, arrived, three_hosts

pytestmark = pytest.mark.netns

FAR = {4: "192.0.2.9", 6: "2001:db8::9"}  # behind a gateway


@pytest.fixture
def three() -> Iterator[ThreeHosts]:
    """A network of its own for each test, because they change it."""
    with Network() as network:
        yield three_hosts(network)


@pytest.fixture
def routes(three: ThreeHosts) -> Iterator[Routes]:
    with three.relay.inside():
        made = Routes()
    yield made
    made.close()


def _flow(three: ThreeHosts, family: int, target: str | None = None) -> Flow:
    inner, outer = three.inner, three.outer
    hosts = [(end.ip4 if family == 4 else end.ip6) for end in (inner.near, inner.far, outer.near, outer.far)]
    local, remote, source, callee = hosts
    return Flow(Address(local, 10000), Address(remote, 5000), Address(source, 10002), Address(target or callee, 6000))


def _install(table: NftTable, flow: Flow) -> None:
    table.apply(FlowChange(frozenset(), frozenset((flow,))))
    assert flow in table.installed


def _say(three: ThreeHosts, flow: Flow, receiver: Host) -> tuple[bytes, Address] | None:
    """One packet of the flow's remote; what arrived at its target on the given host."""
    assert flow.remote
    assert flow.target
    with three.caller.udp(*flow.remote) as caller, receiver.udp(*flow.target) as phone:
        caller.sendto(rtp(), flow.local)
        return arrived(phone)


def _ip(host: Host, family: int, *arguments: str) -> None:
    host.ip("-4" if family == 4 else "-6", *arguments)


def _far_end(cable: Cable, family: int) -> str:
    return cable.far.ip4 if family == 4 else cable.far.ip6


def test_next_hops(three: ThreeHosts, routes: Routes) -> None:
    ours, theirs = three.outer.near, three.outer.far
    _ip(three.relay, 4, "route", "add", "192.0.2.0/24", "via", theirs.ip4)
    _ip(three.relay, 6, "route", "add", "2001:db8::/64", "via", theirs.ip6)
    on_link, gateway = routes.next_hop(theirs.ip4, ours.ip4), routes.next_hop(FAR[4], ours.ip4)
    assert on_link
    assert on_link.host == theirs.ip4
    assert gateway == NextHop(on_link.oif, theirs.ip4)
    assert routes.next_hop(FAR[6], ours.ip6) == NextHop(on_link.oif, theirs.ip6)
    assert routes.next_hop(theirs.ip6, ours.ip6) == NextHop(on_link.oif, theirs.ip6)
    assert routes.next_hop(ours.ip4, ours.ip4) == NextHop(1, ours.ip4)


@pytest.mark.parametrize("target", ["198.51.100.1", "224.0.0.5", "10.78.2.255", "203.0.113.7", "203.0.113.8"])
def test_routes_that_need_userspace(three: ThreeHosts, routes: Routes, target: str) -> None:
    three.relay.ip("route", "add", "blackhole", "203.0.113.7")
    three.relay.ip("route", "add", "203.0.113.8", "via", "inet6", three.outer.far.ip6, "dev", three.outer.near.device)
    assert routes.next_hop(target, three.outer.near.ip4) is None


def test_a_source_that_is_not_ours_has_no_route(three: ThreeHosts, routes: Routes) -> None:
    assert routes.next_hop(three.outer.far.ip4, "198.51.100.1") is None
    assert routes.next_hop(three.outer.far.ip6, "2001:db8::1") is None


def test_ports_of_a_bridge_are_no_entrance(three: ThreeHosts, routes: Routes) -> None:
    assert {device.name for device in routes.devices()} == {"lo", "eth1", "eth2"}
    three.relay.ip("link", "add", "pair1", "type", "veth", "peer", "name", "pair2")
    three.relay.ip("link", "add", "br0", "type", "bridge")
    three.relay.ip("link", "set", "pair1", "master", "br0")
    assert {device.name for device in routes.devices()} == {"lo", "eth1", "eth2", "br0", "pair2"}


@pytest.mark.parametrize("family", [4, 6])
def test_a_moved_gateway_is_followed_and_the_counter_kept(three: ThreeHosts, table: NftTable, family: int) -> None:
    detour = three.network.host("detour")
    second = three.network.cable(three.relay, detour)
    for host in (three.callee, detour):
        _ip(host, family, "addr", "add", f"{FAR[family]}/{32 if family == 4 else 128}", "dev", "lo")
        host.sysctl(net__ipv4__conf__all__rp_filter=0, net__ipv4__conf__default__rp_filter=0)
    _ip(three.relay, family, "route", "add", FAR[family], "via", _far_end(three.outer, family))
    flow = _flow(three, family, target=FAR[family])
    _install(table, flow)
    assert _say(three, flow, three.callee) == (rtp(), flow.source)
    _ip(three.relay, family, "route", "replace", FAR[family], "via", _far_end(second, family))
    refresh(table)
    assert _say(three, flow, detour) == (rtp(), flow.source)
    assert table.counters([flow]) == {flow: Counter(2, 344)}


@pytest.mark.parametrize("family", [4, 6])
def test_a_lost_route_lets_go_and_its_return_takes_back(three: ThreeHosts, table: NftTable, family: int) -> None:
    flow = _flow(three, family)
    _install(table, flow)
    assert _say(three, flow, three.callee)
    host = _far_end(three.outer, family)
    _ip(three.relay, family, "route", "add", "blackhole", host)
    refresh(table)
    assert not table.installed
    assert table.counters([flow]) == {flow: Counter(1, 172)}
    _ip(three.relay, family, "route", "delete", "blackhole", host)
    refresh(table)
    assert _say(three, flow, three.callee) == (rtp(), flow.source)
    assert table.apply(FlowChange(frozenset((flow,)), frozenset())) == {flow: Counter(2, 344)}


def test_a_flow_removed_while_it_has_no_route_gives_its_counter(three: ThreeHosts, table: NftTable) -> None:
    flow = _flow(three, 4)
    _install(table, flow)
    assert _say(three, flow, three.callee)
    three.relay.ip("route", "add", "blackhole", three.outer.far.ip4)
    refresh(table)
    assert table.apply(FlowChange(frozenset((flow,)), frozenset())) == {flow: Counter(1, 172)}
    three.relay.ip("route", "delete", "blackhole", three.outer.far.ip4)
    refresh(table)
    assert not table.installed


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("lost", ["inner", "outer"])
@pytest.mark.parametrize("noticed", [True, False])
def test_a_device_that_goes_and_returns(
    three: ThreeHosts, table: NftTable, family: int, lost: str, noticed: bool
) -> None:
    flow = _flow(three, family)
    _install(table, flow)
    assert _say(three, flow, three.callee)
    cable = three.inner if lost == "inner" else three.outer
    three.relay.ip("link", "delete", cable.near.device)
    if noticed:
        refresh(table)
        assert (flow in table.installed) == (lost == "inner")
        assert cable.near.device not in three.relay.run("nft", "list", "ruleset").stdout
    _plug_in_again(three, cable)
    refresh(table)
    assert _say(three, flow, three.callee) == (rtp(), flow.source)
    assert table.counters([flow]) == {flow: Counter(2, 344)}
    chain = three.relay.run("nft", "list", "chain", "netdev", "rtpng0", f"in-{cable.near.device}").stdout
    assert chain.count("jump rtp") == 1


def test_a_new_device_is_hooked(three: ThreeHosts, table: NftTable) -> None:
    newcomer = three.network.host("newcomer")
    cable = three.network.cable(three.relay, newcomer)
    refresh(table)
    source, target = Address(three.outer.near.ip4, 10002), Address(three.outer.far.ip4, 6000)
    flow = Flow(Address(cable.near.ip4, 10000), Address(cable.far.ip4, 5000), source, target)
    _install(table, flow)
    with newcomer.udp(cable.far.ip4, 5000) as phone, three.callee.udp(*target) as callee:
        phone.sendto(rtp(), flow.local)
        assert arrived(callee) == (rtp(), flow.source)


def test_only_the_named_devices_are_hooked(three: ThreeHosts) -> None:
    with three.relay.inside():
        table = NftTable(5, 10, devices=("eth2", "missing0"))
    listing = three.relay.run("nft", "list", "table", "netdev", "rtpng5").stdout
    assert 'device "eth2"' in listing
    assert 'device "eth1"' not in listing
    table.close()


def test_refresh_in_steps_lets_others_work_in_between(
    three: ThreeHosts, table: NftTable, caplog: pytest.LogCaptureFixture
) -> None:
    flow = _flow(three, 4)
    many = frozenset(Flow(Address(flow.local.host, 10000 + i), *_rest(flow)) for i in range(1200))
    table.apply(FlowChange(frozenset(), many))
    three.relay.ip("route", "add", "blackhole", three.outer.far.ip4)
    left = []
    for _ in table.refresh_steps():
        left.append(len(table.installed))
        table.apply(FlowChange(frozenset(islice(many, len(left), None, 3)), frozenset()))
    assert left == sorted(left, reverse=True)
    assert len(left) > 2
    assert not table.installed
    assert not caplog.records


def _rest(flow: Flow) -> tuple[Address | None, Address, Address | None]:
    return flow.remote, flow.source, flow.target


async def test_the_monitor_wakes_the_loop(three: ThreeHosts) -> None:
    with three.relay.inside():
        monitor = RouteMonitor()
    loop, woken = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(monitor.fileno(), woken.set)
    assert not monitor.drain()
    for change in (
        ("addr", "add", "10.99.0.1/24", "dev", "eth2"),
        ("route", "add", "192.0.2.0/24", "dev", "eth2"),
        ("-6", "route", "add", "2001:db8::/64", "dev", "eth2"),
        ("rule", "add", "from", "10.99.0.1", "lookup", "100"),
        ("link", "set", "eth2", "down"),
    ):
        woken.clear()
        three.relay.ip(*change)
        await asyncio.wait_for(woken.wait(), 5)
        assert monitor.drain()
        assert not monitor.drain()
    loop.remove_reader(monitor.fileno())
    monitor.close()


def test_the_monitor_reports_a_flood_as_a_change(three: ThreeHosts, tmp_path: Path) -> None:
    """More notifications than its buffer holds."""
    with three.relay.inside():
        monitor = RouteMonitor()
    batch = tmp_path / "routes"
    batch.write_text("".join(f"route add 10.{i >> 8}.{i & 255}.0/24 dev eth2\n" for i in range(4000)))
    three.relay.ip("-batch", str(batch))
    assert monitor.drain()
    assert not monitor.drain()
    monitor.close()


def _plug_in_again(three: ThreeHosts, cable: Cable) -> None:
    near, far = cable.near, cable.far
    near.host.ip("link", "add", near.device, "type", "veth", "peer", "name", far.device, "netns", far.host.name)
    for end in (near, far):
        end.host.ip("addr", "add", f"{end.ip4}/24", "dev", end.device)
        end.host.ip("-6", "addr", "add", f"{end.ip6}/64", "dev", end.device, "nodad")
        end.host.ip("link", "set", end.device, "up")
    far.host.ip("route", "add", "default", "via", near.ip4)
    far.host.ip("-6", "route", "add", "default", "via", near.ip6)
