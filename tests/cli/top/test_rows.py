"""What follows from two looks at a daemon."""

from dataclasses import replace
from typing import Any

import pytest

from cli.top.rows import Look, Order, Row, arranged, rows, summary
from cli.top.text import HEADS, cells, detail, header

Reply = dict[str, Any]


def stream(port: int, packets: int, *flags: str) -> Reply:
    return {"local port": port, "local address": "192.0.2.1", "stats": {"packets": packets}, "flags": ["RTP", *flags]}


def call(packets: int, *flags: str, created: int = 1000, **more: object) -> Reply:
    party = {"medias": [{"index": 1, "streams": [stream(10000, packets, *flags), {"flags": ["RTCP"]}]}]}
    return {"created": created, "tags": {"a": party}, "totals": {"RTP": {"packets": packets}}, **more}


def look(when: float, kernel: int = 0, user: int = 0, **calls: Reply) -> Look:
    ports = {"used": 4, "totals": 100}
    totals = {
        "currentstatistics": {"sessionstotal": len(calls)},
        "totalstatistics": {"relayedpackets_kernel": kernel, "relayedpackets_user": user, "relayedpacketerrors": 0},
        "interfaces": [{"name": name, "address": "192.0.2.1", "ports": ports} for name in ("one", "same-address")],
    }
    return Look(when, 1000 + when, 0.0004, totals, calls)


def test_rates_are_growth_per_second() -> None:
    before, now = look(10, one=call(100)), look(12, one=call(300), other=call(7))
    assert {row.call_id: row.rate for row in rows(now, before)} == {"one": 100.0, "other": None}
    assert [row.rate for row in rows(before, None)] == [None]


def test_a_counter_that_has_begun_anew_has_no_rate() -> None:
    assert [row.rate for row in rows(look(12, one=call(5)), look(10, one=call(100)))] == [None]
    assert summary(look(12, kernel=1), look(10, kernel=900)).rate is None


def test_a_call_is_as_bad_as_its_worst_source() -> None:
    heard = {
        "1": {"average MOS": {"MOS": 43, "packet loss": 0, "packet loss percent": "0.25"}},
        "2": {"average MOS": {"MOS": 31, "packet loss": 7}},
        "3": {"cumulative loss": 0},
    }
    (row,) = rows(look(5, one=call(1, SSRC=heard)), None)
    assert (row.loss, row.mos, row.age) == (7.0, 3.1, 5)
    assert cells(row)[HEADS.index("LOSS")] == "7.0 %"


def test_nothing_is_made_up_where_no_rtcp_has_come() -> None:
    (row,) = rows(look(5, one=call(0)), None)
    assert (row.loss, row.mos, row.carried_by, row.streams) == (None, None, "-", 1)


def test_the_kernels_share() -> None:
    told = summary(look(12, kernel=900, user=100), look(10, kernel=0, user=0))
    assert (told.kernel, told.rate) == (0.9, 500.0)
    assert (told.ports_used, told.ports) == (4, 100)  # two interfaces of one address
    words = header(told, Order.LOSS, "")
    assert "500 packets/s" in words
    assert "90 %, userspace 10 %" in words
    assert "4 in use, 96 free" in words
    assert "sorted by loss" in words
    assert "no packets" in header(summary(look(1), look(0)), Order.RATE, "")


@pytest.mark.parametrize(("told", "words"), [({"looplag": "0.012300"}, "loop 12.3 ms late"), ({}, "")])
def test_how_late_the_event_loop_is_which_rtpengine_does_not_tell(told: Reply, words: str) -> None:
    now = look(12)
    assert words in header(summary(replace(now, totals={**now.totals, "rtpng": told}), None), Order.RATE, "")
    assert "late" not in header(summary(now, None), Order.RATE, "")


def row(call_id: str, *, rate: float | None = None, mos: float | None = None, carried_by: str = "kernel") -> Row:
    return Row(call_id, 1, 2, 4, rate, None, mos, carried_by, 0)


def test_the_most_interesting_call_comes_first() -> None:
    some = [row("a", rate=1, mos=4.4), row("b", rate=9, mos=2.0), row("c")]
    assert [each.call_id for each in arranged(some, Order.RATE)] == ["b", "a", "c"]
    assert [each.call_id for each in arranged(some, Order.MOS)] == ["b", "a", "c"]
    assert [each.call_id for each in arranged(reversed(some), Order.CALL_ID)] == ["a", "b", "c"]


@pytest.mark.parametrize("order", Order)
def test_every_order_sorts_and_leads_to_the_next(order: Order) -> None:
    assert len(arranged([row("a"), row("b", mos=1.0, rate=2)], order)) == 2
    seen, current = {order}, order.following
    while current is not order:
        seen.add(current)
        current = current.following
    assert seen == set(Order)


def test_a_filter_finds_call_ids_and_carriers_in_any_case() -> None:
    some = [row("Alpha@1"), row("beta", carried_by="userspace")]
    assert [each.call_id for each in arranged(some, Order.CALL_ID, "ALPHA")] == ["Alpha@1"]
    assert [each.call_id for each in arranged(some, Order.CALL_ID, "user")] == ["beta"]


def test_one_call_in_detail() -> None:
    average = {"MOS": 43, "packet loss percent": "0.25", "jitter": 3, "round-trip time": 12500}
    best, worst = {"highest MOS": {"MOS": 44}}, {"lowest MOS": {"MOS": 21}}
    heard = {"2864434397": {"average MOS": average, **best, **worst, "cumulative loss": 9}}
    words = detail("one", look(5, one=call(5, SSRC=heard)))
    assert "192.0.2.1:10000" in words
    assert words.count("ROUND TRIP") == 1
    assert "2864434397  4.3  2.1     4.4      0.25 %     9  3 ms    12 ms" in words
    assert "No RTCP" in detail("one", look(5, one=call(5)))
    assert detail("gone\x1b[2J", look(5)) == "Call gone\\x1b[2J has ended."


def test_what_has_happened_is_told_also_of_a_call_that_has_ended() -> None:
    event = {"time": 1_000_000, "kind": "ng", "text": "offer"}
    for now in (look(5, one=call(5)), look(5)):
        assert "offer" in detail("one", now, {"events": [event], "living": 1})
