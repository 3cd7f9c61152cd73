"""Kernel and userspace packets per port, over the changes of flows."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.flow import Counter, Flow
from rtpng.media.relay import SocketStats
from rtpng.traffic import Traffic
from sipcore.address import Address

RELAY = "192.0.2.1"
LOCAL_A, LOCAL_B = Address(RELAY, 30000), Address(RELAY, 30002)
A, MOVED, B = Address("198.51.100.10", 4000), Address("198.51.100.11", 4000), Address("203.0.113.20", 5000)
FLOW, AFTER = Flow(LOCAL_A, A, LOCAL_B, B), Flow(LOCAL_A, MOVED, LOCAL_B, B)


def traffic(user: SocketStats | None = None) -> Traffic:
    return Traffic(lambda _: user or SocketStats())


def test_what_a_flow_carried_arrived_at_its_port_and_left_by_the_other() -> None:
    kept = traffic()
    kept.advance({FLOW: Counter(3, 516)}, now=7.0)
    arrived, left = kept.stats(LOCAL_A), kept.stats(LOCAL_B)
    assert (arrived.packets, arrived.bytes, arrived.packets_out, arrived.last_kernel) == (3, 516, 0, 7.0)
    assert (left.packets, left.packets_out, left.bytes_out, left.last_kernel) == (0, 3, 516, None)


def test_reading_twice_counts_once() -> None:
    kept = traffic()
    for now in (1.0, 2.0):
        kept.advance({FLOW: Counter(3, 516)}, now)
    assert kept.stats(LOCAL_A).packets == 3
    assert kept.stats(LOCAL_A).last_packet == 1.0


def test_a_replaced_flow_keeps_what_it_carried() -> None:
    kept = traffic()
    kept.advance({FLOW: Counter(3, 516)}, 1.0)
    kept.retire({FLOW: Counter(5, 860)}, [FLOW], 2.0)
    kept.advance({AFTER: Counter(2, 344)}, 3.0)
    assert (kept.stats(LOCAL_A).packets, kept.stats(LOCAL_A).bytes) == (7, 1204)
    assert kept.stats(LOCAL_B).packets_out == 7


def test_a_flow_that_comes_back_starts_from_nothing() -> None:
    kept = traffic()
    kept.retire({FLOW: Counter(5, 860)}, [FLOW], 1.0)
    kept.advance({FLOW: Counter(1, 172)}, 2.0)
    assert kept.stats(LOCAL_A).packets == 6


def test_a_flow_that_left_without_a_last_counter_does_not_hold_its_successor_back() -> None:
    kept = traffic()
    kept.advance({FLOW: Counter(5, 860)}, 1.0)
    kept.retire({}, [FLOW], 2.0)
    kept.advance({FLOW: Counter(2, 344)}, 3.0)
    assert kept.stats(LOCAL_A).packets == 7


def test_a_blocking_flow_sends_nothing() -> None:
    kept = traffic()
    kept.advance({Flow(LOCAL_A, A, LOCAL_B, None): Counter(3, 516)}, 1.0)
    assert kept.stats(LOCAL_A).packets == 3
    assert kept.stats(LOCAL_B).packets_out == 0


def test_userspace_and_kernel_add_up_and_the_later_packet_is_the_last() -> None:
    kept = traffic(SocketStats(packets=4, bytes=688, packets_out=1, bytes_out=172, last_packet=5.0))
    kept.advance({FLOW: Counter(3, 516)}, 7.0)
    stats = kept.stats(LOCAL_A)
    assert (stats.packets, stats.bytes, stats.packets_out, stats.bytes_out) == (7, 1204, 1, 172)
    assert stats.last_packet == 7.0
    assert kept.stats(LOCAL_B).last_packet == 5.0


def test_a_port_that_was_forgotten_starts_from_nothing() -> None:
    kept = traffic()
    kept.retire({FLOW: Counter(5, 860)}, [FLOW], 1.0)
    kept.forget([LOCAL_A, LOCAL_B])
    assert kept.stats(LOCAL_A).packets == kept.stats(LOCAL_B).packets_out == 0


@given(st.lists(st.tuples(st.sampled_from([FLOW, AFTER]), st.integers(0, 5), st.booleans(), st.booleans())))
def test_no_packet_is_lost_or_counted_twice(steps: list[tuple[Flow, int, bool, bool]]) -> None:
    kept, living, sent = traffic(), dict[Flow, Counter](), 0
    for flow, packets, read, removed in steps:
        living[flow] = living.get(flow, Counter()) + Counter(packets, 172 * packets)
        sent += packets
        if read:
            kept.advance(living, 1.0)
        if removed:
            kept.retire({flow: living.pop(flow)}, [flow], 2.0)
    kept.advance(living, 3.0)
    assert kept.stats(LOCAL_A).packets == kept.stats(LOCAL_B).packets_out == sent
    assert kept.stats(LOCAL_A).bytes == 172 * sent
