import json
import os
import re
import resource

import pytest

from rtpng.calls.recording import Recording
from rtpng.media.relay import SocketStats
from rtpng.ng.tally import SHORT_NAMES
from tests.rtpng.ctl.operator import Operator
from tests.rtpng.harness import ALICE, ALICE6, BOB, BOB6, audio, sdp


@pytest.fixture
def call(ops: Operator) -> Operator:
    ops.relay.offer(sdp(audio(4000)))
    ops.relay.answer(sdp(audio(5000), host=BOB))
    return ops


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("list maxsessions", "Maximum sessions configured on rtpengine: 9\n"),
        ("list maxcpu", "Maximum CPU usage configured on rtpengine: 0.0\n"),
        ("list maxload", "Maximum load average configured on rtpengine: 0.00\n"),
        ("list maxbw", "Maximum bandwidth configured on rtpengine: 0\n"),
        ("list timeout", "TIMEOUT=60\n"),
        ("get silenttimeout", "SILENT_TIMEOUT=3600\n"),
        ("get offertimeout", "OFFER_TIMEOUT=3600\n"),
        ("list finaltimeout", "FINAL_TIMEOUT=7200\n"),
        ("list controltos", "0\n"),
        ("list deletedelay", "30\n"),
        ("list loglevel", "core = 6\nhttp = 6\ncontrol = 6\n"),
        ("list loglevel control", "6\n"),
        ("list loglevel spandsp", "Unknown subsystem: spandsp\n"),
        ("list transcoders", "No stats entries\n"),
        ("list sessions all", "No sessions on this media relay.\n"),
        ("list sessions own", "No sessions on this media relay.\n"),
        ("list sessions foreign", "No foreign sessions on this media relay.\n"),
        ("list sessions recording", "No recording sessions on this media relay.\n"),
        ("list sessions nosuch", "\nCall ID not found (nosuch).\n\n"),
    ],
)
def test_answers_without_a_call(ops: Operator, line: str, answer: str) -> None:
    assert ops.ask(line) == answer


def test_loglevels_describes_every_subsystem(ops: Operator) -> None:
    described = ops.ask("list loglevels").splitlines()
    assert [line.split(" - ")[0] for line in described] == list(ops.levels)


def test_maxopenfiles_is_the_process_limit(ops: Operator) -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = f"Maximum open-files configured on rtpengine: {soft}; cat /proc/{os.getpid()}/limits\n"
    assert ops.ask("list maxopenfiles") == wanted


def test_numsessions(call: Operator) -> None:
    ops = call
    ops.relay.offer(sdp(audio(), host=ALICE6), call_id="six")
    ops.relay.answer(sdp(audio(), host=BOB6), call_id="six")
    ops.relay.offer(sdp(audio()), call_id="mixed", address_family="IP6")
    ops.relay.answer(sdp(audio(), host=BOB6), call_id="mixed")
    ops.relay.offer(sdp(audio()), call_id="ringing")
    assert ops.ask("list numsessions") == (
        "Current sessions own: 4\n"
        "Current sessions foreign: 0\n"
        "Current sessions total: 4\n"
        "Current transcoded media: 0\n"
        "Current sessions ipv4 only media: 1\n"
        "Current sessions ipv6 only media: 1\n"
        "Current sessions ip mixed  media: 1\n"
    )


def test_sessions_are_one_line_each_in_the_form_of_26(call: Operator) -> None:
    form = re.compile(
        r"ID: {57}(\S+) \| del:([yn]) \| creat: *(\d+) \| prx:192\.0\.2\.99 \| redis:-1 \| frgn:n \| rec:n\n"
    )
    found = form.fullmatch(call.ask("list sessions all"))
    assert found is not None
    assert (found[1], found[2], int(found[3])) == ("call", "n", int(call.relay.call().created))
    assert call.ask("list sessions own") == found[0]
    call.relay.delete(delete_delay=9)
    assert "| del:y |" in call.ask("list sessions all")


def test_a_call_that_is_recorded_says_so(call: Operator) -> None:
    call.relay.offer(sdp(audio()), call_id="other")
    assert call.ask("list sessions recording") == "No recording sessions on this media relay.\n"
    call.relay.call().recording = Recording("token", paused=True)
    (line,) = call.ask("list sessions recording").splitlines()
    assert " call | " in line
    assert line.endswith("| rec:y")
    assert call.ask("list sessions all").count("| rec:y\n") == 1
    assert "\nrecording: yes\n" in call.ask("list sessions call")
    assert "\nrecording: no\n" in call.ask("list sessions other")


def test_a_call_cannot_write_its_own_lines(ops: Operator) -> None:
    ops.relay.offer(sdp(audio()), call_id="a\x1b[2J\nID: forged")
    assert ops.ask("list sessions all").count("\n") == 1
    assert "a\\x1b[2J\\nID: forged" in ops.ask("list sessions all")


def test_one_session_in_detail(call: Operator) -> None:
    lines = call.ask("list sessions call").split("\n")
    stamp = int(call.relay.call().created)
    assert lines[:12] == [
        "",
        "callid: call",
        "deletionmark: no",
        f"created: {stamp}",
        "proxy: 192.0.2.99",
        "tos: 0",
        f"last_signal: {stamp}",
        "redis_keyspace: -1",
        "last redis update: 0",
        "foreign: no",
        "recording: no",
        "",
    ]
    assert lines[12:18] == [
        "--- Tag 'alice', type: FROM_TAG, label '', branch '', callduration 0.000000",
        "---     subscribed to media with monologue tag 'bob' (index: 1)",
        "---     subscription of media with monologue tag 'bob' (index: 1)",
        "------ Media #1 (audio over RTP/AVP) using unknown codec",
        lines[16],
        lines[17],
    ]
    port = r"-------- Port     203\.0\.113\.1:30\d{3} <>    %s:%d +%s, SSRC 0, 0 p, 0 b, 0 e, \d+ uts 0 kts"
    assert re.fullmatch(port % (re.escape(ALICE), 4000, ""), lines[16])
    assert re.fullmatch(port % (re.escape(ALICE), 4001, r"\(RTCP\)"), lines[17])
    assert lines[18].startswith("--- Tag 'bob', type: TO_TAG,")
    assert call.ask("call call info") == call.ask("list sessions call")


def test_one_party_of_a_call(call: Operator) -> None:
    told = call.ask("call call tag bob info")
    assert told.startswith("--- Tag 'bob'")
    assert "Tag 'alice'" not in told


def test_totals(call: Operator) -> None:
    call.relay.context.tally.command("192.0.2.99", "offer", 0.1)
    call.ask("terminate call")
    lines = call.ask("list totals").splitlines()
    assert lines[1] == "Statistics over currently running sessions:"
    assert " Owned sessions                                  :0" in lines
    assert " Total managed sessions                          :1" in lines
    assert " Total forced terminated sessions                :1" in lines
    assert " Average call duration                           :0.000000 seconds" in lines
    assert " Total relayed packet errors (kernel)            :0" in lines
    head, row = lines[-3], lines[-2]
    assert [cell.strip() for cell in head.split("|")] == ["Proxy", *SHORT_NAMES.values()]
    assert [cell.strip() for cell in row.split("|")][:4] == ["192.0.2.99", "0", "1", "0"]


def test_jsonstats_has_numbers_where_ng_has_text(call: Operator) -> None:
    stats = json.loads(call.ask("list jsonstats"))
    assert stats["currentstatistics"]["sessionsown"] == 1
    assert stats["totalstatistics"]["uptime"] == 0
    assert stats["totalstatistics"]["avgcallduration"] == 0.0
    assert stats["interfaces"][0]["ports"]["used_pct"] == 0.4
    assert stats["interfaces"][0]["address"] == "203.0.113.1"


def test_interfaces_tell_ports_and_what_they_carry(call: Operator) -> None:
    call.relay.plane.heard[next(iter(call.relay.ports.ours))] = SocketStats(packets=3, bytes=516)
    told = call.ask("list interfaces")
    assert "Interface 'default' address '203.0.113.1' (IPv4)\n Port range: 30000 - 30999\n" in told
    assert " Ports used:     4 /  1000 (  0.4%)\n Packets/bytes/errors:\n" in told
    assert (
        "  Ingress:            3 /        516 /          0\n  Egress:             0 /          0 /          0\n\n"
        in told
    )


def test_counters_are_the_rates_of_the_totals(call: Operator) -> None:
    lines = call.ask("list counters").splitlines()
    assert lines[:3] == ["", "Current per-second counters:", ""]
    assert [line for line in lines if line.startswith(" ")] == [
        line for line in call.ask("list totals").splitlines() if "per second" in line
    ]
