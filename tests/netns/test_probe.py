"""Whether the kernel path can be used, and what the operator is told if not."""

import subprocess
import sys

import pytest

from kernel.nft import NftTable
from kernel.probe import OFF, open_table, probe
from kernel.table import NullTable
from tests.netns.topology import ThreeHosts

pytestmark = pytest.mark.netns

ASK = "from kernel.probe import open_table; table, reason = open_table(0, 10); print(table.active, reason)"
OWNER = "import sys; from kernel.nft import NftTable; t = NftTable(0, 9); print('ready', flush=True); sys.stdin.read()"


def _ask(three: ThreeHosts, *restriction: str) -> str:
    """What a process says that runs with a restriction on the relay."""
    return three.relay.run(*restriction, sys.executable, "-c", ASK).stdout.strip()


def test_it_works_and_leaves_nothing(three: ThreeHosts) -> None:
    with three.relay.inside():
        assert probe() is None
    assert three.relay.run("nft", "list", "tables").stdout == ""


def test_cap_net_admin_is_all_that_is_needed(three: ThreeHosts) -> None:
    assert _ask(three, "setpriv", "--bounding-set=-all,+net_admin") == "True None"


def test_root_of_a_user_namespace_may_use_it() -> None:
    """As in a rootless container."""
    restricted = ("unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", ASK)
    assert subprocess.run(restricted, capture_output=True, text=True, timeout=30).stdout == "True None\n"


def test_without_permission_the_reason_says_what_to_give(three: ThreeHosts) -> None:
    answer = _ask(three, "setpriv", "--bounding-set=-net_admin")
    assert answer.startswith("False no permission to change nftables: give the process CAP_NET_ADMIN")
    assert "\n" not in answer


def test_a_table_in_use_is_named(three: ThreeHosts) -> None:
    owner = three.relay.start(sys.executable, "-c", OWNER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout
    assert owner.stdout.readline() == b"ready\n"
    assert "nftables table rtpng0 belongs to another running process" in _ask(three)
    owner.kill()
    owner.wait()
    assert _ask(three) == "True None"


def test_a_table_of_somebody_else_is_not_touched(three: ThreeHosts) -> None:
    three.relay.run("nft", "add", "table", "netdev", "rtpng0")
    assert "nft delete table netdev rtpng0" in _ask(three)
    three.relay.run("nft", "delete", "table", "netdev", "rtpng0")


def test_open_gives_a_real_table_or_none_when_off(three: ThreeHosts) -> None:
    assert isinstance(open_table(OFF, 10)[0], NullTable)
    assert open_table(OFF, 10)[1] is None
    with three.relay.inside():
        table, reason = open_table(2, 10)
    assert isinstance(table, NftTable)
    assert reason is None
    table.close()
