"""What our SDP says about ICE; the figures are rtpengine 26's."""

import pytest

from rtpng.ice.offered import Foundations, host_candidates, inserted_candidates, new_credentials, relay_candidates
from rtpng.ice.pair import Base
from sipcore.address import Address
from sipcore.sdp.ice import Candidate, CandidateType

HOSTS = ("10.78.1.1", "10.78.2.1", "fd78:1::1")
BASES = tuple(
    Base(address, address, component, index, "f")
    for index, host in enumerate(HOSTS)
    for component in (1, 2)
    for address in (Address(host, 30000 + 2 * index + component),)
)


def priorities(candidates: tuple[Candidate, ...]) -> list[int]:
    return [candidate.priority for candidate in candidates]


def test_credentials_are_long_and_differ() -> None:
    one, other = new_credentials(), new_credentials()
    assert one != other
    assert (len(one.ufrag), len(one.pwd)) == (8, 26)
    assert (one.ufrag + one.pwd).isalnum()


def test_a_foundation_belongs_to_an_address() -> None:
    foundations = Foundations()
    assert foundations.of("192.0.2.1") == foundations.of("192.0.2.1") != foundations.of("192.0.2.2")
    assert len(foundations.of("192.0.2.1")) == 16


def test_host_candidates() -> None:
    found = host_candidates(BASES)
    assert [candidate.component for candidate in found] == [1, 1, 1, 2, 2, 2]
    assert [candidate.host for candidate in found] == [*HOSTS, *HOSTS]
    assert priorities(found) == [2130706431, 2130706175, 2130705919, 2130706430, 2130706174, 2130705918]
    assert found[0].value == "f 1 UDP 2130706431 10.78.1.1 30001 typ host"


def test_the_advertised_address_is_printed() -> None:
    base = Base(Address("10.0.0.1", 4000), Address("198.51.100.1", 4000), 1, 0, "f")
    assert host_candidates((base,))[0].host == "198.51.100.1"


def test_relay_candidates_are_related_to_themselves() -> None:
    found = relay_candidates(BASES)
    assert priorities(found) == [16777215, 16776959, 16776703, 16777214, 16776958, 16776702]
    assert found[0].value == "f 1 UDP 16777215 10.78.1.1 30001 typ relay raddr 10.78.1.1 rport 30001"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], [2130706431, 2130706175, 2130705919]),
        ([("srflx", 1694498815)], [2130706431, 2130706175, 2130705919]),
        ([("host", 2113937151), ("host", 2113932031)], [2113932287, 2113932031, 2113931775]),
        ([("host", 2122260223), ("srflx", 1)], [2122260479, 2122260223, 2122259967]),
        ([("host", 2113930239)], [2113930495, 2113930239, 2113929983]),
        ([("host", 255)], [511, 255, 255]),  # rtpengine wraps round with the third
        ([("host", 2130706431)], [2097152255, 2097151999, 2097151743]),  # and here with the second
        ([("host", 0x6EFFFFFF)], [1828716799, 1828716543, 1828716287]),
    ],
)
def test_inserted_candidates(others: list[tuple[str, int]], expected: list[int]) -> None:
    theirs = [Candidate("1", 1, "UDP", priority, "192.0.2.9", 4000, CandidateType(kind)) for kind, priority in others]
    found = inserted_candidates(BASES, theirs)
    assert priorities(found) == [*expected, *(priority - 1 for priority in expected)]
    assert {candidate.type for candidate in found} == {CandidateType.HOST}
