import logging
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.errors import ConfigError
from rtpng.interfaces import Interface, Interfaces, check_bindable
from rtpng.local_addresses import LocalAddress, address_of_default_route, local_addresses, resolve
from rtpng.options.interface_list import Host, InterfaceList, PortRange, read_interfaces
from sipcore.address import Family


def known_names(name: str) -> tuple[str, ...]:
    names = {"relay.example": ("198.51.100.7", "2001:db8::7"), "v4.example": ("198.51.100.8",)}
    if name not in names:
        raise OSError(name)
    return names[name]


HOST = Host(
    local_addresses=lambda: (
        LocalAddress("lo", "lo", "127.0.0.1", loopback=True),
        LocalAddress("eth0", "eth0", "10.0.0.1"),
        LocalAddress("eth0", "eth0:1", "10.0.0.2"),
        LocalAddress("eth1", "eth1", "10.1.0.1", up=False),
        LocalAddress("lo", "lo", "::1", loopback=True),
        LocalAddress("eth0", "eth0", "2001:db8::1"),
        LocalAddress("eth0", "eth0", "fe80::1"),
    ),
    resolve=known_names,
)


def read(*texts: str) -> InterfaceList:
    return read_interfaces(texts, PortRange(20000, 21000), HOST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", [("default", "10.0.0.1", "10.0.0.1")]),
        ("2001:DB8::1", [("default", "2001:db8::1", "2001:db8::1")]),
        ("10.0.0.1!203.0.113.1", [("default", "10.0.0.1", "203.0.113.1")]),
        ("in/10.0.0.1", [("in", "10.0.0.1", "10.0.0.1")]),
        ("pub:1/2001:db8::1!2001:db8::2", [("pub:1", "2001:db8::1", "2001:db8::2")]),
        ("10.0.0.1 in/10.0.0.2", [("default", "10.0.0.1", "10.0.0.1"), ("in", "10.0.0.2", "10.0.0.2")]),
        ("10.0.0.1;in/10.0.0.2;", [("default", "10.0.0.1", "10.0.0.1"), ("in", "10.0.0.2", "10.0.0.2")]),
        ("lo", [("default", "127.0.0.1", "127.0.0.1"), ("default", "::1", "::1")]),
        ("in/eth0:1", [("in", "10.0.0.2", "10.0.0.2")]),
        ("v4.example", [("default", "198.51.100.8", "198.51.100.8")]),
        ("10.0.0.1!v4.example", [("default", "10.0.0.1", "198.51.100.8")]),
        (
            "eth0!203.0.113.1",
            [
                ("default", "10.0.0.1", "203.0.113.1"),
                ("default", "10.0.0.2", "203.0.113.1"),
                ("default", "2001:db8::1", "2001:db8::1"),
            ],
        ),
        (
            "x/any",
            [("x", "10.0.0.1", "10.0.0.1"), ("x", "10.0.0.2", "10.0.0.2"), ("x", "2001:db8::1", "2001:db8::1")],
        ),
        ("", []),
    ],
)
def test_interfaces(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = read(text).interfaces
    assert [(interface.name, interface.address, interface.advertised) for interface in found] == expected
    assert all((interface.port_min, interface.port_max) == (20000, 21000) for interface in found)


def test_the_same_interface_twice_is_one() -> None:
    assert len(read("10.0.0.1", "eth0", "10.0.0.1").interfaces) == 3


def test_alias() -> None:
    found = read("in/10.0.0.1", "private=in")
    assert found.aliases == (("private", "in"),)
    assert Interfaces(found.interfaces, found.aliases).choose("private", None).address == "10.0.0.1"


BAD = [
    ("/10.0.0.1", "is not understood"),
    ("in/", "is not understood"),
    ("10.0.0.1!", "is not understood"),
    ("!10.0.0.1", "is not understood"),
    ("a=", "is not understood"),
    ("=b", "is not understood"),
    ("a=b=c", "is not understood"),
    ("a=b/10.0.0.1", "is not understood"),
    ("0.0.0.0", "cannot stand in SDP"),
    ("::", "cannot stand in SDP"),
    ("10.0.0.1!0.0.0.0", "cannot stand in SDP"),
    ("224.0.0.1", "no address that peers can reach"),
    ("fe80::1", "no address that peers can reach"),
    ("10.0.0.1!2001:db8::1", "must be of the same family"),
    ("eth1", "neither an address, nor a device of this host, nor a host name"),
    ("10.0.0.256", "neither an address, nor a device of this host, nor a host name"),
    ("[::1]", "neither an address, nor a device of this host, nor a host name"),
    ("10.0.0.1!any", "has no usable address"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_bad_interface_is_one_error(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(text)


def test_no_list_of_local_addresses() -> None:
    def refused() -> tuple[LocalAddress, ...]:
        raise PermissionError(1, "Operation not permitted")

    with pytest.raises(ConfigError, match="cannot list local addresses"):
        read_interfaces(["any"], PortRange(), Host(refused, known_names))


@given(st.text() | st.text(alphabet="0123456789.:/!=aeny ;"))
def test_any_text_gives_interfaces_or_one_error(text: str) -> None:
    try:
        found = read(text)
    except ConfigError:
        return
    assert all(interface.name and interface.address for interface in found.interfaces)


V4 = Interface("default", "10.0.0.1", "10.0.0.1")
SECOND_V4 = Interface("default", "10.0.0.2", "10.0.0.2")
V6 = Interface("default", "2001:db8::1", "2001:db8::1")
INSIDE = Interface("in", "10.0.0.3", "10.0.0.3")


def group(suffix: str, address: str) -> Interface:
    return Interface(f"pub:{suffix}", address, address)


class TestChoose:
    @pytest.mark.parametrize(
        ("name", "family", "expected"),
        [
            (None, None, V4),
            (None, Family.IP4, V4),
            (None, Family.IP6, V6),
            ("default", Family.IP6, V6),
            ("in", Family.IP4, INSIDE),
            ("in", Family.IP6, INSIDE),
            ("private", Family.IP4, INSIDE),
            ("deep", None, INSIDE),
        ],
    )
    def test_first_of_the_family_else_the_first(
        self, name: str | None, family: Family | None, expected: Interface
    ) -> None:
        interfaces = Interfaces([V4, SECOND_V4, V6, INSIDE], [("private", "in"), ("deep", "private")])
        assert interfaces.choose(name, family) is expected

    def test_unknown_name_is_warned_of_and_becomes_the_default(self, caplog: pytest.LogCaptureFixture) -> None:
        assert Interfaces([INSIDE, V4]).choose("nowhere", Family.IP4) is INSIDE
        assert caplog.record_tuples == [
            ("rtpng.interfaces", logging.WARNING, "Interface 'nowhere' not found, using default")
        ]

    def test_the_first_is_the_default_whatever_its_name(self) -> None:
        interfaces = Interfaces([INSIDE, V4])
        assert interfaces.default is INSIDE
        assert interfaces.choose(None, None) is INSIDE
        assert interfaces.all == (INSIDE, V4)

    def test_a_group_takes_turns(self) -> None:
        members = [group("a", "10.0.1.1"), group("b", "10.0.1.2"), group("c", "10.0.1.3")]
        interfaces = Interfaces([V4, *members], [("alias", "pub")])
        assert [interfaces.choose("pub", None) for _ in range(4)] == [*members, members[0]]
        assert interfaces.choose("alias", None) is members[1]
        assert interfaces.choose("pub:a", None) is members[0]
        assert interfaces.choose("pub", None) is members[2]

    def test_a_group_prefers_members_of_the_family(self) -> None:
        four, six = group("a", "10.0.1.1"), group("b", "2001:db8::2")
        interfaces = Interfaces([four, six])
        assert [interfaces.choose("pub", Family.IP6) for _ in range(2)] == [six, six]
        assert interfaces.choose("pub", Family.IP4) is four

    def test_two_daemons_take_their_own_turns(self) -> None:
        members = [group("a", "10.0.1.1"), group("b", "10.0.1.2")]
        one, other = Interfaces(members), Interfaces(members)
        assert one.choose("pub", None) is other.choose("pub", None)

    @pytest.mark.parametrize("aliases", [[("a", "nowhere")], [("a", "b"), ("b", "a")], [("a", "a")]])
    def test_alias_to_nothing(self, aliases: list[tuple[str, str]]) -> None:
        with pytest.raises(ConfigError, match=r"interface alias a=\w+ leads to no interface"):
            Interfaces([V4], aliases)

    def test_no_interface(self) -> None:
        with pytest.raises(ConfigError, match=r"^Cannot start without any configured interfaces$"):
            Interfaces([])


class TestThisHost:
    def test_loopback_can_be_bound(self) -> None:
        check_bindable(Interface("default", "127.0.0.1", "127.0.0.1"))

    def test_an_address_of_somebody_else_cannot(self) -> None:
        with pytest.raises(
            ConfigError, match=r"interface x/203.0.113.77 cannot be used .*: give an address of this host"
        ):
            check_bindable(Interface("x", "203.0.113.77", "203.0.113.77"))

    def test_loopback_is_listed(self) -> None:
        assert LocalAddress("lo", "lo", "127.0.0.1", loopback=True, up=True) in local_addresses()

    def test_listed_addresses_can_be_bound(self) -> None:
        for local in local_addresses():
            if not local.address.startswith("fe80:"):
                check_bindable(Interface(local.device, local.address, local.address))

    def test_the_default_route_leaves_from_a_local_address(self) -> None:
        assert address_of_default_route() in {None, *(local.address for local in local_addresses())}

    def test_names(self) -> None:
        assert "127.0.0.1" in resolve("localhost")
        with pytest.raises(socket.gaierror):
            resolve("no such name")
