"""The operator's lines (rtpengine-ctl) to rtpengine of Debian's sid suite and to rtpng: answers of the same shape.

Numbers, names of ports and the order of calls are no part of the shape.
"""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.netns.topology import Host
from tests.peers import sid
from tests.peers.cases import A6, AUDIO_A, AUDIO_B, FAX_A, A, B, sdp
from tests.peers.ng_peer import RTPNG_USERSPACE, NgPeer
from tests.peers.side_by_side import running

CLI = ("127.0.0.1", 9900)
SAME = (
    *("list", "foo", "foo bar", "list foo", "list foo bar", "list numsessions", "list sessions", "list sessions all"),
    *("list sessions own", "list sessions foreign", "list sessions recording", "list sessions c1", "list sessions nix"),
    *("list transcoders", "list counters", "list maxopenfiles", "list maxsessions", "list maxcpu", "list maxload"),
    *("list maxbw", "list timeout", "list silenttimeout", "list offertimeout", "list finaltimeout", "get timeout"),
    *("list loglevel core", "list redisallowederrors", "list redisdisabletime", "list redisconnecttimeout"),
    *("list rediscmdtimeout", "list controltos", "list deletedelay", "kslist", "ksadd 3", "ksrm 3", "active"),
    *("debug", "debug nix", "debug c1", "debug c1 on", "debug c1 off", "debug c1 foo", "call", "call nix", "call c1"),
    *("call c1 foo", "call c1 info", "call c1 tag", "call c1 tags", "call c1 tag a", "call c1 tag a info"),
    *("call c1 tag a foo", "call c1 tag zz", "call c1 debug", "call c1 debug on", "tag", "set", "set maxsessions"),
    *("set maxsessions 5", "list maxsessions", "set maxsessions -1", "set maxsessions -2", "set maxsessions x"),
    *("set maxcpu 50", "set maxcpu 50.5", "set maxcpu x", "set maxload 3", "set maxload x", "list maxload"),
    *("set maxbw 1000", "set maxbw x", "set maxopenfiles 10", "set maxopenfiles x", "set timeout 30", "set timeout x"),
    *("list timeout", "set silenttimeout 30", "set offertimeout 30", "set finaltimeout 30", "set loglevel"),
    *("set loglevel core", "set loglevel core 5", "list loglevel core", "set redisdisable 1", "set redisdisable 0"),
    *("set deletedelay 7", "list deletedelay", "set foo", "set foo 5", "params", "params foo", "params revert"),
    *("list timeout", "terminate", "terminate nix", "call c2 terminate", "terminate c1", "terminate foreign"),
    *("terminate own", "terminate all", "list sessions all", "list numsessions"),
)
# rtpengine prints what rtpng does not measure; its table of proxies has no column for the latest commands.
ONLY_MORE_LINES = ("list totals", "list interfaces")


def ask(host: Host, line: str) -> str:
    """The whole answer to one line."""
    with host.inside(), socket.create_connection(CLI, timeout=5) as connection:
        connection.sendall(f"{line}\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()


def shape(answer: str) -> list[str]:
    """Its lines without numbers; calls, which have no order, sorted."""
    lines = [re.sub(r" *-?\d+(\.\d+)?", " N", line) for line in answer.split("\n")]
    return sorted(lines) if answer.startswith("ID:") else lines


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Host]]:
    """The hosts of both daemons, each with a call that was answered and one that was not."""
    theirs = sid.rtpengine_or_skip()
    options = (f"--listen-cli={CLI[0]}:{CLI[1]}",)
    folder = tmp_path_factory.mktemp("operator")
    with running(theirs, folder, options) as one, running(RTPNG_USERSPACE, folder, options) as other:
        for peer in (one, other):
            call(peer)
        yield one.host, other.host


def call(peer: NgPeer) -> None:
    peer.ask("offer", {"call-id": "c1", "from-tag": "a", "sdp": sdp(A, AUDIO_A)})
    peer.ask("answer", {"call-id": "c1", "from-tag": "a", "to-tag": "b", "sdp": sdp(B, AUDIO_B)})
    peer.ask("offer", {"call-id": "c2", "from-tag": "x", "label": "lab", "sdp": sdp(A6, AUDIO_A, FAX_A)})


@pytest.mark.peers
def test_the_operator_is_answered_alike(pair: tuple[Host, Host]) -> None:
    theirs, ours = pair
    for line in ONLY_MORE_LINES:
        more = set(shape(ask(ours, line))) - set(shape(ask(theirs, line)))
        assert {row for row in more if " | " not in row} == set(), line
    answers = ((line, shape(ask(theirs, line)), shape(ask(ours, line))) for line in SAME)
    differing = [f"{line}:\n  rtpengine {one}\n  rtpng     {other}" for line, one, other in answers if one != other]
    assert not differing, "\n".join(differing)
