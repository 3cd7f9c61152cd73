import errno
import logging
import random
import socket
from typing import Literal, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rtpng.errors import ExhaustedError, NgError
from rtpng.interfaces import Interface
from rtpng.ports import PortPool, Reservation, Usage, open_media_socket
from sipcore.address import Address

HOST = "192.0.2.1"


class FakeSocket:
    def __init__(self, host: "FakeHost", address: Address) -> None:
        self._host = host
        self._address = address

    def close(self) -> None:
        self._host.ours.remove(self._address)


class FakeHost:
    """Binds as a kernel does: every port once, whoever has it."""

    def __init__(self) -> None:
        self.ours: set[Address] = set()
        self.others: set[Address] = set()
        self.attempts = 0
        self.error: int | None = None

    def open(self, address: Address) -> socket.socket:
        self.attempts += 1
        if self.error is not None:
            raise OSError(self.error, "refused by the test")
        if address in self.ours or address in self.others:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        self.ours.add(address)
        return cast(socket.socket, FakeSocket(self, address))


def interface(low: int, high: int, name: str = "default", host: str = HOST) -> Interface:
    return Interface(name, host, host, low, high)


def pool(host: FakeHost, *interfaces: Interface, excluded: tuple[Address, ...] = ()) -> PortPool:
    return PortPool(interfaces, excluded, host.open, random.Random(7))


def at(*ports: int) -> set[Address]:
    return {Address(HOST, port) for port in ports}


def drain(ports: PortPool, of: Interface, count: Literal[1, 2]) -> list[tuple[Address, ...]]:
    acquired = []
    try:
        while True:
            acquired.append(ports.acquire(of, count))
    except ExhaustedError:
        return acquired


def exhaust(reserved: Reservation, of: Interface) -> None:
    while True:
        reserved.acquire(of, 2)


def test_a_pair_is_an_even_port_and_the_next() -> None:
    lan = interface(3001, 3010)
    pairs = drain(pool(FakeHost(), lan), lan, 2)
    assert {rtp.port for rtp, _ in pairs} == {3002, 3004, 3006, 3008}
    assert all(rtcp.port == rtp.port + 1 for rtp, rtcp in pairs)


def test_single_ports_may_be_any_and_use_up_the_whole_range() -> None:
    lan = interface(3001, 3010)
    assert {address for (address,) in drain(pool(FakeHost(), lan), lan, 1)} == at(*range(3001, 3011))


def test_the_order_is_random() -> None:
    lan = interface(30000, 39999)
    firsts = {PortPool([lan], (), FakeHost().open).acquire(lan, 2) for _ in range(5)}
    assert len(firsts) > 1


def test_a_released_pair_is_used_again_last() -> None:
    lan = interface(3000, 3007)
    ports = pool(FakeHost(), lan)
    first = ports.acquire(lan, 2)
    ports.release(first)
    assert drain(ports, lan, 2)[-1] == first


def test_half_of_a_pair_can_be_released_and_rests_while_whole_pairs_are_left() -> None:
    lan = interface(3000, 3007)
    host = FakeHost()
    ports = pool(host, lan)
    rtp, rtcp = ports.acquire(lan, 2)
    ports.release([rtcp])
    assert host.ours == {rtp}
    assert drain(ports, lan, 1).index((rtcp,)) == 3


def test_two_released_halves_are_a_pair_again() -> None:
    lan = interface(3000, 3001)
    ports = pool(FakeHost(), lan)
    pair = ports.acquire(lan, 2)
    ports.release(pair[1:])
    ports.release(pair[:1])
    assert ports.acquire(lan, 2) == pair


def test_many_single_ports_do_not_use_up_the_pairs() -> None:
    lan = interface(3000, 3999)
    ports = pool(FakeHost(), lan)
    for _ in range(400):
        ports.acquire(lan, 1)
    assert len(drain(ports, lan, 2)) >= 200


def test_interfaces_of_one_address_share_its_ports() -> None:
    low, high = interface(3000, 3005), interface(3004, 3009, "other")
    ports = pool(FakeHost(), low, high)
    taken = drain(ports, low, 2)
    assert len(taken) == 3
    assert {rtp.port for rtp, _ in drain(ports, high, 2)} == {3006, 3008}
    ports.release([address for pair in taken for address in pair])
    assert [rtp.port for rtp, _ in drain(ports, high, 2)] == [3004]


def test_addresses_do_not_share_ports() -> None:
    one, two = interface(3000, 3001), interface(3000, 3001, "two", "2001:db8::1")
    ports = pool(FakeHost(), one, two)
    ports.acquire(one, 2)
    assert ports.acquire(two, 2) == (Address("2001:db8::1", 3000), Address("2001:db8::1", 3001))


@pytest.mark.parametrize("host", [HOST, "0.0.0.0", "::"])
def test_control_ports_are_never_given_out(host: str) -> None:
    lan = interface(3000, 3005)
    ports = pool(FakeHost(), lan, excluded=(Address(host, 3002), Address("192.0.2.99", 3000)))
    assert ports.usage(lan) == Usage(used=0, free=5, total=5)
    assert {address for (address,) in drain(ports, lan, 1)} == at(3000, 3001, 3003, 3004, 3005)


def test_ports_of_other_programs_are_passed_over_and_tried_again_later() -> None:
    lan = interface(3000, 3005)
    host = FakeHost()
    host.others = at(3001, 3002)
    ports = pool(host, lan)
    assert ports.acquire(lan, 2) == (Address(HOST, 3004), Address(HOST, 3005))
    with pytest.raises(ExhaustedError):
        ports.acquire(lan, 2)
    assert host.ours == at(3004, 3005)
    host.others = at(3001)
    assert ports.acquire(lan, 2) == (Address(HOST, 3002), Address(HOST, 3003))


def test_one_port_next_to_another_programs_is_good_enough_alone() -> None:
    lan = interface(3000, 3001)
    host = FakeHost()
    host.others = at(3000)
    assert pool(host, lan).acquire(lan, 1) == (Address(HOST, 3001),)


def test_exhaustion_says_so_exactly_logs_the_state_and_keeps_nothing(caplog: pytest.LogCaptureFixture) -> None:
    lan = interface(3000, 3005)
    host = FakeHost()
    host.others = at(3002)
    ports = pool(host, lan)
    drain(ports, lan, 2)
    caplog.clear()
    with caplog.at_level(logging.ERROR), pytest.raises(ExhaustedError) as caught:
        ports.acquire(lan, 2)
    assert str(caught.value) == "Ran out of ports"
    assert caplog.messages == [
        "Failed to get 2 consecutive ports on interface 192.0.2.1 (default, 3000-3005): "
        "4 used, 1 free, 1 taken by other programs, 6 in all"
    ]
    assert len(host.ours) == 4


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_without_descriptors_or_memory_the_proxy_is_sent_to_the_next_relay(
    number: int, caplog: pytest.LogCaptureFixture
) -> None:
    lan = interface(3000, 3999)
    host = FakeHost()
    host.error = number
    ports = pool(host, lan)
    with caplog.at_level(logging.ERROR), pytest.raises(ExhaustedError, match=r"^Ran out of ports$"):
        ports.acquire(lan, 2)
    assert caplog.messages == [
        "Failed to get 2 consecutive ports on interface 192.0.2.1 (default, 3000-3999): refused by the test"
    ]
    assert host.attempts == 1
    assert ports.usage(lan) == Usage(used=0, free=1000, total=1000)


def test_other_errors_are_told_at_once_and_keep_nothing() -> None:
    lan = interface(3000, 3999)
    host = FakeHost()
    host.error = errno.EADDRNOTAVAIL
    ports = pool(host, lan)
    with pytest.raises(NgError, match=r"^Cannot open a media port on 192\.0\.2\.1: refused by the test$") as caught:
        ports.acquire(lan, 2)
    assert not isinstance(caught.value, ExhaustedError)
    assert host.attempts == 1
    assert ports.usage(lan) == Usage(used=0, free=1000, total=1000)


def test_acquiring_from_a_nearly_full_range_tries_few_ports() -> None:
    lan = interface(10000, 64999)
    host = FakeHost()
    ports = pool(host, lan)
    for _ in range(27400):
        ports.acquire(lan, 2)
    host.attempts = 0
    ports.acquire(lan, 2)
    assert host.attempts == 2


def test_releasing_what_is_not_ours_changes_nothing() -> None:
    lan = interface(3000, 3005)
    host = FakeHost()
    ports = pool(host, lan)
    pair = ports.acquire(lan, 2)
    with pytest.raises(KeyError):
        ports.release([*pair, Address(HOST, 9)])
    assert host.ours == set(pair)


def test_a_reservation_that_ends_by_an_exception_gives_everything_back() -> None:
    lan = interface(3000, 3003)
    host = FakeHost()
    ports = pool(host, lan)
    before = ports.acquire(lan, 1)
    with pytest.raises(ExhaustedError), ports.reservation() as reserved:
        exhaust(reserved, lan)
    assert len(reserved.acquired) == 2
    assert host.ours == set(before)


def test_a_reservation_that_ends_well_keeps_everything() -> None:
    lan = interface(3000, 3003)
    host = FakeHost()
    ports = pool(host, lan)
    with ports.reservation() as reserved:
        pair = reserved.acquire(lan, 2)
    assert host.ours == set(pair)
    assert reserved.acquired == list(pair)


def test_closing_releases_every_port() -> None:
    lan = interface(3000, 3009)
    host = FakeHost()
    ports = pool(host, lan)
    drain(ports, lan, 2)
    ports.close()
    assert not host.ours
    assert ports.usage(lan) == Usage(used=0, free=10, total=10)


LOW, HIGH = interface(2999, 3008), interface(3005, 3014, "other")


class AnyUse(RuleBasedStateMachine):
    """Whatever is acquired, released, and taken by others: no port twice, no refusal too early, nothing lost."""

    def __init__(self) -> None:
        super().__init__()
        self.host = FakeHost()
        self.pool = pool(self.host, LOW, HIGH, excluded=(Address(HOST, 3003),))
        self.mine: set[Address] = set()

    def available(self, of: Interface) -> set[int]:
        wanted = at(*range(of.port_min, of.port_max + 1)) - at(3003)
        return {address.port for address in wanted - self.mine - self.host.others}

    @rule(of=st.sampled_from([LOW, HIGH]))
    def acquire_pair(self, of: Interface) -> None:
        available = self.available(of)
        try:
            rtp, rtcp = self.pool.acquire(of, 2)
        except ExhaustedError:
            assert not any(port % 2 == 0 and port + 1 in available for port in available)
        else:
            assert rtp.port % 2 == 0
            assert rtcp.port == rtp.port + 1
            assert {rtp.port, rtcp.port} <= available
            self.mine |= {rtp, rtcp}

    @rule(of=st.sampled_from([LOW, HIGH]))
    def acquire_one(self, of: Interface) -> None:
        available = self.available(of)
        try:
            (address,) = self.pool.acquire(of, 1)
        except ExhaustedError:
            assert not available
        else:
            assert address.port in available
            self.mine.add(address)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        some = data.draw(st.sets(st.sampled_from(sorted(self.mine)))) if self.mine else set()
        self.pool.release(some)
        self.mine -= some

    @rule(ports=st.sets(st.integers(2999, 3014)))
    def others_take_ports(self, ports: set[int]) -> None:
        self.host.others = at(*ports) - self.mine

    @invariant()
    def the_pool_holds_what_was_given_out(self) -> None:
        assert self.host.ours == self.mine
        for of in (LOW, HIGH):
            used, free, total = self.pool.usage(of)
            assert used == sum(of.port_min <= address.port <= of.port_max for address in self.mine)
            assert 0 <= free <= total - used

    def teardown(self) -> None:
        self.pool.release(self.mine)
        self.host.others = set()
        assert len(drain(self.pool, LOW, 1)) == 9
        assert len(drain(self.pool, HIGH, 1)) == 6
        self.pool.close()
        assert len(drain(self.pool, LOW, 2)) == 3
        assert not at(3000, 3001, 3004, 3005, 3006, 3007) - self.host.ours


TestAnyUse = AnyUse.TestCase
TestAnyUse.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_real_sockets_are_bound_closed_on_exec_and_do_not_block(host: str) -> None:
    lan = interface(41000, 41999, host=host)
    ports = PortPool([lan])
    rtp, _rtcp = ports.acquire(lan, 2)
    opened = ports.socket(rtp)
    assert opened.getsockname()[:2] == rtp
    assert not opened.getblocking()
    assert not opened.get_inheritable()
    assert not opened.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    with pytest.raises(OSError) as caught:
        open_media_socket(rtp)
    assert caught.value.errno == errno.EADDRINUSE
    ports.close()
    with pytest.raises(KeyError):
        ports.socket(rtp)
    open_media_socket(rtp).close()


def test_an_address_that_is_not_ours_is_a_clear_error() -> None:
    lan = interface(41000, 41001, host="192.0.2.1")
    with pytest.raises(NgError, match="Cannot assign requested address"):
        PortPool([lan]).acquire(lan, 2)


def test_ipv4_and_ipv6_of_one_port_do_not_collide() -> None:
    with open_media_socket(Address("::", 0)) as six:
        port = six.getsockname()[1]
        open_media_socket(Address("0.0.0.0", port)).close()


def test_excluded_ports_of_an_interface_are_never_given_out() -> None:
    lan = Interface("lan", HOST, HOST, 3000, 3005, exclude_ports=frozenset({3001, 3002}))
    ports = pool(FakeHost(), lan)
    assert ports.acquire(lan, 2) == (Address(HOST, 3004), Address(HOST, 3005))
    with pytest.raises(ExhaustedError):
        ports.acquire(lan, 2)
