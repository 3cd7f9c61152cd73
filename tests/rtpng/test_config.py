import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.config import Config, Listen
from rtpng.defaults import serve_config
from rtpng.errors import ConfigError
from rtpng.options.interface_list import Host
from rtpng.options.reader import parse_command_line
from rtpng.options.values import read_listen


def resolve(name: str) -> tuple[str, ...]:
    known = {"localhost": ("127.0.0.1", "::1"), "relay.example": ("192.0.2.7",)}
    if name not in known:
        raise OSError(name)
    return known[name]


HOST = Host(local_addresses=tuple, resolve=resolve)


def no_file(path: str) -> str:
    raise FileNotFoundError(path)


def config_of(*arguments: str) -> Config:
    return parse_command_line(("-i10.0.0.1", "-n127.0.0.1:2223", *arguments), no_file, HOST)


@pytest.mark.parametrize(
    ("text", "listens"),
    [
        ("2223", [Listen(None, 2223)]),
        ("*:2223", [Listen(None, 2223)]),
        ("0", [Listen(None, 0)]),
        ("127.0.0.1:2223", [Listen("127.0.0.1", 2223)]),
        ("[::1]:65535", [Listen("::1", 65535)]),
        ("[2001:DB8:0::1]:1", [Listen("2001:db8::1", 1)]),
        ("localhost:2223", [Listen("127.0.0.1", 2223), Listen("::1", 2223)]),
        (" relay.example:1 ", [Listen("192.0.2.7", 1)]),
    ],
)
def test_listen(text: str, listens: list[Listen]) -> None:
    assert read_listen("listen-ng", text, resolve) == tuple(listens)


@pytest.mark.parametrize(
    "text", ["", ":", ":1", "65536", "-1", "1.2.3.4", "[::1]", "[::1:1", "x:", "nowhere:1", "[]:1"]
)
def test_bad_listen_is_one_error(text: str) -> None:
    with pytest.raises(ConfigError, match="option listen-ng: "):
        read_listen("listen-ng", text, resolve)


@given(st.text() | st.text(alphabet="0123456789.:[]*lochst"))
def test_any_listen_gives_values_or_one_error(text: str) -> None:
    try:
        listens = read_listen("listen-ng", text, resolve)
    except ConfigError:
        return
    assert listens
    assert all(0 <= listen.port <= 65535 for listen in listens)


def test_the_example_of_the_readme() -> None:
    config = parse_command_line(
        [
            "--interface=10.0.0.1!203.0.113.1",
            "--listen-ng=127.0.0.1:2223",
            "--port-min=10000",
            "--port-max=20000",
            "--table=0",
            "--foreground",
            "--log-stderr",
            "--log-level=6",
        ],
        no_file,
        HOST,
    )
    (interface,) = config.interfaces
    assert (interface.address, interface.advertised) == ("10.0.0.1", "203.0.113.1")
    assert (interface.port_min, interface.port_max) == (10000, 20000)
    assert (config.table, config.foreground, config.log_stderr, config.log_level) == (0, True, True, 6)
    assert config.notices == ()


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (["--timeout=0"], "timeout", 60.0),
        (["--timeout=5"], "timeout", 5.0),
        (["--silent-timeout=-1"], "silent_timeout", 3600.0),
        (["--offer-timeout=0"], "offer_timeout", 3600.0),
        (["--final-timeout=-1"], "final_timeout", 0.0),
        (["--delete-delay=0"], "delete_delay", 0.0),
        (["--no-log-timestamps"], "log_timestamps", False),
        (["--log-level-control=7", "--log-level-ice=3"], "log_levels", (("control", 7),)),
        (["--tos=0xb8"], "tos", 184),
        (["--table=007"], "table", 7),
        (["--gather=0"], "gather", 0),
    ],
)
def test_values(arguments: list[str], field: str, value: object) -> None:
    assert getattr(config_of(*arguments), field) == value


def test_control_ports_are_no_media_ports() -> None:
    config = config_of("-iin/10.0.0.2", "-n30002", "-n10.0.0.2:30004", "-n10.0.0.2:9")
    assert [interface.exclude_ports for interface in config.interfaces] == [{30002}, {30002, 30004}]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("-n2224", "port 2224 of all addresses"),
        ("-n10.0.0.1:2224", "10.0.0.1:2224"),
        ("--insecure-accept-any-source", "anybody can hear and speak in calls"),
    ],
)
def test_dangers_are_warned_of(argument: str, words: str) -> None:
    (notice,) = config_of(argument).notices
    assert notice.level == 4
    assert words in notice.text


def test_loopback_is_no_danger() -> None:
    assert config_of("-n[::1]:1", "-n127.1.2.3:1").notices == ()


class TestServe:
    def test_nothing_given(self) -> None:
        config = serve_config((), no_file, HOST, lambda: "10.0.0.1")
        assert [(i.name, i.address, i.advertised) for i in config.interfaces] == [("default", "10.0.0.1", "10.0.0.1")]
        assert config.listen_ng == (Listen("127.0.0.1", 2223),)
        assert (config.table, config.foreground, config.log_stderr) == (0, True, True)

    def test_no_file_is_read_unless_named(self) -> None:
        def read(path: str) -> str:
            return f"[rtpengine]\ntos = {len(path)}\n"

        assert serve_config((), read, HOST, lambda: "10.0.0.1").tos == 0
        assert serve_config(("--config-file=/a",), read, HOST, lambda: "10.0.0.1").tos == 2

    def test_what_is_given_stands(self) -> None:
        config = serve_config(("-i10.0.0.2", "-n[::1]:5", "-t-1", "-m50000", "-M50100"), no_file, HOST, lambda: None)
        assert [interface.address for interface in config.interfaces] == ["10.0.0.2"]
        assert config.listen_ng == (Listen("::1", 5),)
        assert config.table == -1

    def test_without_a_route_media_stays_here(self) -> None:
        assert serve_config((), no_file, HOST, lambda: None).interfaces[0].address == "127.0.0.1"
