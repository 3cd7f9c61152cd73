"""What is read from /proc."""

import os

from bench.accounting import TICKS, Cpu, Reading, between, cpus, udp_datagrams
from bench.processes import descendants, parent

STAT = f"cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 {TICKS} 0 {TICKS} {9 * TICKS} {TICKS} 0 {TICKS} {2 * TICKS} 0 0\nintr 5\n"
SNMP = "Ip: Forwarding\nIp: 1\nUdp: InDatagrams NoPorts\nUdp: 42 7\nUdpLite: InDatagrams\nUdpLite: 0\n"


def test_busy_is_neither_idle_nor_waiting_nor_stolen() -> None:
    assert cpus(STAT) == {0: Cpu(busy=3.0, stolen=2.0)}


def test_datagrams_are_found_by_name() -> None:
    assert udp_datagrams(SNMP) == 42


def test_a_process_name_may_hold_anything() -> None:
    assert parent("42 (a) b ( c)) S 17 42 42 0") == 17


def test_descendants_begin_with_the_process_itself() -> None:
    assert os.getpid() in descendants(os.getppid())
    assert descendants(os.getpid())[0] == os.getpid()


def test_other_work_is_what_nobody_here_has_used() -> None:
    before = Reading(10.0, 1.0, 2.0, 3.0, {0: Cpu(100.0, 1.0), 1: Cpu(200.0, 0.0)}, 5)
    after = Reading(12.0, 1.5, 2.25, 3.75, {0: Cpu(101.0, 1.5), 1: Cpu(201.0, 0.0)}, 25)
    usage = between(before, after)
    assert (usage.wall, usage.relay, usage.generator, usage.stolen, usage.datagrams) == (2.0, 0.75, 0.75, 0.5, 20)
    assert usage.other == 0.5
