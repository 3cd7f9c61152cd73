import errno
import socket
from collections.abc import Callable

import pytest

from rtpng.config import Listen
from rtpng.listening import addresses, bind, bind_all, listen_tcp, set_tos


def closing_all(sockets: list[socket.socket]) -> None:
    for opened in sockets:
        opened.close()


def test_no_host_is_both_families_on_one_port() -> None:
    bound = bind(Listen(None, 0), listen_tcp)
    (first, second) = addresses(bound)
    closing_all(bound)
    assert (first.host, second.host) == ("0.0.0.0", "::")
    assert first.port == second.port


def failing_for_ipv6(number: int) -> Callable[[str, int], socket.socket]:
    def open_socket(host: str, port: int) -> socket.socket:
        if ":" in host:
            raise OSError(number, "no")
        return listen_tcp(host, port)

    return open_socket


def test_without_ipv6_it_is_ipv4_alone() -> None:
    bound = bind(Listen(None, 0), failing_for_ipv6(errno.EAFNOSUPPORT))
    assert [address.host for address in addresses(bound)] == ["0.0.0.0"]
    closing_all(bound)


def test_any_other_failure_leaves_nothing_open() -> None:
    for listens in ([Listen(None, 0)], [Listen("127.0.0.1", 0), Listen("::1", 0)]):
        with pytest.raises(OSError) as caught:
            bind_all(listens, failing_for_ipv6(errno.EACCES))
        assert caught.value.errno == errno.EACCES  # and a socket left open would be a warning, which is an error


@pytest.mark.parametrize(
    ("host", "level", "option"),
    [("127.0.0.1", socket.IPPROTO_IP, socket.IP_TOS), ("::1", socket.IPPROTO_IPV6, socket.IPV6_TCLASS)],
)
def test_tos(host: str, level: int, option: int) -> None:
    with listen_tcp(host, 0) as bound:
        set_tos(bound, 0xB8)
        assert bound.getsockopt(level, option) == 0xB8
