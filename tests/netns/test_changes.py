"""Changes of the flow table as a whole: clashes, refusals, limits, bulk, lifetime of the table."""

import asyncio
import logging
import subprocess
import sys
from dataclasses import replace

import pytest

from kernel.elements import BLOCKED
from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange
from kernel.ledger import Edit
from kernel.netlink import nftables, text_attribute
from kernel.nft import NftTable
from sipcore.address import Address
from tests.fakes import refresh
from tests.netns.packets import rtp
from tests.netns.topology import Network, ThreeHosts, arrived

pytestmark = pytest.mark.netns

LOCAL, REMOTE = Address("10.78.1.1", 10000), Address("10.78.1.2", 5000)
SOURCE, TARGET = Address("10.78.2.1", 10002), Address("10.78.2.2", 6000)
FLOW = Flow(LOCAL, REMOTE, SOURCE, TARGET)
SIX = (Address("fd78:1::1", 10000), Address("fd78:1::2", 5000), Address("fd78:2::1", 10002), Address("fd78:2::2", 6000))
OWNER = """
import sys
from kernel.nft import NftTable
table = NftTable(7, 100)
print("ready", flush=True)
sys.stdin.read()
"""


def _change(remove: tuple[Flow, ...] = (), add: tuple[Flow, ...] = ()) -> FlowChange:
    return FlowChange(frozenset(remove), frozenset(add))


def _moved(port: int) -> Flow:
    return Flow(LOCAL, REMOTE, SOURCE, Address(TARGET.host, port))


def _delete(table: NftTable) -> None:
    """Deletes the kernel's table behind the back of its owner, through the owner's own socket."""
    ruleset = table._ruleset
    ruleset.create([nftables(2, text_attribute(1, ruleset.name))])


def _say(three: ThreeHosts) -> tuple[bytes, Address] | None:
    """One packet from the caller; what the callee got."""
    with three.caller.udp(*REMOTE) as caller, three.callee.udp(*TARGET) as callee:
        caller.sendto(rtp(), LOCAL)
        return arrived(callee)


def test_of_clashing_flows_one_is_carried_and_nothing_breaks(table: NftTable) -> None:
    table.apply(_change(add=(_moved(6002), _moved(6000), _moved(6004))))
    assert set(table.installed) == {_moved(6000)}
    table.apply(_change(add=(_moved(6006),)))
    assert set(table.installed) == {_moved(6000)}
    table.apply(_change(remove=(_moved(6002), _moved(6006))))
    assert set(table.installed) == {_moved(6000)}
    table.apply(_change(remove=(_moved(6000),)))
    assert not table.installed
    refresh(table)
    assert set(table.installed) == {_moved(6004)}


def test_other_spelling_of_the_same_key_clashes_too(table: NftTable) -> None:
    first = Flow(*SIX)
    second = replace(first, local=Address("FD78:1:0::1", 10000))
    table.apply(_change(add=(first, second)))
    assert len(table.installed) == 1
    table.apply(_change(remove=(first, second)))
    assert not table.installed


def test_replacing_the_data_of_a_key_starts_a_new_counter(three: ThreeHosts, table: NftTable) -> None:
    elsewhere = _moved(6999)
    table.apply(_change(add=(elsewhere,)))
    table.apply(_change(remove=(elsewhere,), add=(FLOW,)))
    assert _say(three) == (rtp(), SOURCE)
    assert table.counters({FLOW, elsewhere}) == {FLOW: Counter(1, 172)}


def test_removing_what_is_not_there_is_no_error(table: NftTable) -> None:
    assert table.apply(_change(remove=(FLOW,))) == {}


def test_adding_again_keeps_the_counter(three: ThreeHosts, table: NftTable) -> None:
    table.apply(_change(add=(FLOW,)))
    assert _say(three)
    table.apply(_change(add=(FLOW,)))
    assert table.counters([FLOW]) == {FLOW: Counter(1, 172)}


def test_a_full_table_leaves_flows_out_and_takes_them_later(three: ThreeHosts) -> None:
    flows = [Flow(Address(LOCAL.host, port), REMOTE, SOURCE, TARGET) for port in range(10000, 10005)]
    with three.relay.inside():
        table = NftTable(3, max_flows=3)
    table.apply(_change(add=tuple(flows)))
    assert set(table.installed) == set(flows[:3])
    table.apply(_change(remove=(flows[0],), add=(flows[3],)))
    assert set(table.installed) == set(flows[1:4])
    table.apply(_change(remove=(flows[1],)))
    refresh(table)
    assert set(table.installed) == set(flows[2:])
    table.close()


def test_one_bad_flow_does_not_take_the_others_down(table: NftTable, caplog: pytest.LogCaptureFixture) -> None:
    """An element that the table does not know of stands in the way of one flow."""
    blocking = Flow(LOCAL, REMOTE, SOURCE, None)
    table._ruleset.change([Edit(new=blocking, hop=BLOCKED)])
    others = [Flow(Address(LOCAL.host, port), REMOTE, SOURCE, TARGET) for port in (10010, 10012)]
    with caplog.at_level(logging.WARNING):
        table.apply(_change(add=(FLOW, *others)))
        table.apply(_change(remove=(others[0],)))
        table.apply(_change(add=(FLOW, others[0])))
    assert set(table.installed) == set(others)
    assert [record.getMessage() for record in caplog.records] == ["nftables table rtpng0: flow refused: File exists"]
    table._ruleset.change([Edit(old=blocking)])
    refresh(table)
    assert set(table.installed) == {FLOW, *others}


def test_a_change_that_is_refused_as_a_whole_changes_nothing(table: NftTable) -> None:
    table.apply(_change(add=(FLOW,)))
    table._ruleset.change([Edit(new=Flow(SOURCE, REMOTE, LOCAL, None), hop=BLOCKED)])
    with pytest.raises(KernelError):
        table.apply(_change(add=(Flow(SOURCE, REMOTE, LOCAL, TARGET),)))
    assert set(table.installed) == {FLOW}


def test_five_thousand_flows(table: NftTable) -> None:
    flows = frozenset(
        Flow(Address(LOCAL.host, 10000 + number), Address(REMOTE.host, 20000 + number), SOURCE, TARGET, tos)
        for number, tos in zip(range(5000), (None, 184) * 2500, strict=True)
    )
    table.apply(FlowChange(frozenset(), flows))
    assert set(table.installed) == flows
    assert table.counters(flows) == dict.fromkeys(flows, Counter())
    few = list(flows)[:7]
    assert table.counters(few) == dict.fromkeys(few, Counter())
    assert table.apply(FlowChange(flows, frozenset())) == dict.fromkeys(flows, Counter())
    assert not table.installed
    assert table.counters(flows) == {}


async def test_works_inside_a_running_loop_and_counts_in_a_thread(three: ThreeHosts, table: NftTable) -> None:
    table.apply(_change(add=(FLOW,)))
    assert _say(three)
    assert await asyncio.to_thread(table.counters, [FLOW]) == {FLOW: Counter(1, 172)}
    refresh(table)


def test_close_removes_the_table(three: ThreeHosts) -> None:
    with three.relay.inside():
        table = NftTable(4, 10)
    assert "rtpng4" in three.relay.run("nft", "list", "tables").stdout
    table.close()
    assert "rtpng4" not in three.relay.run("nft", "list", "tables").stdout


def test_the_table_dies_with_its_process(three: ThreeHosts) -> None:
    owner = three.relay.start(sys.executable, "-c", OWNER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout
    assert owner.stdout.readline() == b"ready\n"
    assert "rtpng7" in three.relay.run("nft", "list", "tables").stdout
    owner.kill()
    owner.wait()
    assert "rtpng7" not in three.relay.run("nft", "list", "tables").stdout


def test_nft_lists_the_table(table: NftTable, three: ThreeHosts) -> None:
    exact = [FLOW, replace(FLOW, local=SOURCE, tos=184), Flow(*SIX), replace(Flow(*SIX), local=SIX[2], tos=184)]
    flows = exact + [replace(flow, remote=None) for flow in exact]
    table.apply(_change(add=tuple(flows)))
    assert set(table.installed) == set(flows)
    listing = three.relay.run("nft", "list", "ruleset").stdout
    assert "flags owner" in listing
    assert all(f'device "{device}"' in listing for device in ("lo", "eth1", "eth2"))
    three.relay.run("nft", "-j", "list", "ruleset")


def test_neither_flush_nor_delete_of_others_cuts_a_call(three: ThreeHosts, table: NftTable) -> None:
    table.apply(_change(add=(FLOW,)))
    three.relay.run("nft", "flush", "ruleset")
    assert three.relay.run("nft", "delete", "table", "netdev", "rtpng0", check=False).returncode
    assert _say(three) == (rtp(), SOURCE)


def test_a_hosts_firewall_does_not_cut_a_call(three: ThreeHosts, table: NftTable) -> None:
    table.apply(_change(add=(FLOW,)))
    three.relay.run(
        "nft", "add table inet wall; add chain inet wall input { type filter hook input priority 0; policy drop; }"
    )
    try:
        assert _say(three) == (rtp(), SOURCE)
    finally:
        three.relay.run("nft", "delete table inet wall")


def test_a_vanished_table_comes_back_with_its_flows_and_counters(
    three: ThreeHosts, table: NftTable, caplog: pytest.LogCaptureFixture
) -> None:
    table.apply(_change(add=(FLOW,)))
    assert _say(three)
    assert table.counters([FLOW]) == {FLOW: Counter(1, 172)}
    _delete(table)
    assert table.verify()
    assert "has vanished" in caplog.text
    assert set(table.installed) == {FLOW}
    assert _say(three) == (rtp(), SOURCE)
    assert table.counters([FLOW]) == {FLOW: Counter(2, 344)}


@pytest.mark.parametrize("step", ["apply", "refresh"])
def test_changes_go_on_after_the_table_vanished(table: NftTable, step: str) -> None:
    other = Flow(Address(LOCAL.host, 10010), REMOTE, SOURCE, TARGET)
    table.apply(_change(add=(FLOW, other)))
    _delete(table)
    if step == "apply":
        assert set(table.apply(_change(remove=(other,)))) == {other}
        assert set(table.installed) == {FLOW}
    else:
        refresh(table)
        assert set(table.installed) == {FLOW, other}


def test_tables_of_two_namespaces_do_not_meet(three: ThreeHosts, table: NftTable) -> None:
    with Network() as network:
        with network.host("other").inside():
            twin = NftTable(0, 10)
        table.apply(_change(add=(FLOW,)))
        assert not twin.installed
        twin.close()
    assert _say(three) == (rtp(), SOURCE)
