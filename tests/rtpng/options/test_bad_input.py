"""One clear sentence for every mistake."""

import pytest

from rtpng.config import Listen
from rtpng.errors import ConfigError
from rtpng.options.reader import DEFAULT_FILE, parse_command_line
from rtpng.options.table import BY_NAME
from tests.rtpng.options.rig import HOST, LISTENING, LISTENS, parse

BAD_COMMAND_LINES = [
    (["--bogus"], "unknown option --bogus: see --help"),
    (["--interfce=1"], "unknown option --interfce: did you mean --interface?"),
    (["-Z"], "unknown option -Z in -Z: see --help"),
    (["-fZ"], "unknown option -Z in -fZ: see --help"),
    (["--table"], "option --table needs a value (INT)"),
    (
        ["--dtmf-log-dest=9000"],
        "option dtmf-log-dest needs the host and port of a receiver, not '9000': write HOST:PORT",
    ),
    (["-t"], "option -t needs a value (INT)"),
    (["--foreground=yes"], "option --foreground takes no value: write --foreground alone"),
    (["stray"], "unexpected argument 'stray': options start with a dash, see --help"),
    (["--", "stray"], "unexpected argument 'stray': options start with a dash, see --help"),
    (["-"], "unexpected argument '-': options start with a dash, see --help"),
    (["--table=x"], "option table needs a whole number, not 'x'"),
    (["--table="], "option table needs a whole number, not ''"),
    (["--table=1.5"], "option table needs a whole number, not '1.5'"),
    (["--table=-2"], "option table must be from -1 to 2147483647, not -2"),
    (["--max-load=x"], "option max-load needs a number, not 'x'"),
    (["--tos=256"], "option tos must be from 0 to 255, not 256"),
    (["--control-tos=-1"], "option control-tos must be from 0 to 255, not -1"),
    (["--delete-delay=-1"], "option delete-delay must be at least 0, not -1"),
    (["--port-min=0"], "option port-min must be from 1 to 65535, not 0"),
    (["--port-min=200", "--port-max=100"], "port-min 200 is above port-max 100: exchange them"),
    (
        ["--port-min=101", "--port-max=102"],
        "ports 101 to 102 hold no even port with its odd neighbour: widen the range",
    ),
    (["--log-level=8"], "option log-level must be from -1 to 7, not 8"),
    (
        ["--endpoint-learning=maybe"],
        "option endpoint-learning must be one of delayed, immediate, off, heuristic, not 'maybe'",
    ),
    (
        ["--listen-ng=x"],
        "option listen-ng: 'x' has no port: write ADDRESS:PORT or PORT, not a port number (0 to 65535): 'x'",
    ),
    (["--listen-ng=::1:2223"], "option listen-ng: '::1' is no address: write IPv4:PORT, [IPv6]:PORT or PORT"),
    (
        ["--listen-ng=[10.0.0.1]:1"],
        "option listen-ng: '[10.0.0.1]' is no address: write IPv4:PORT, [IPv6]:PORT or PORT",
    ),
    (["--redis=127.0.0.1:6379/1"], f"option redis is refused: {BY_NAME['redis'].reason}"),
]

BAD_FILES = [
    ("table = 1\n", "/etc/x line 1: 'table' stands before the first [section]"),
    ("[rtpengine]\nnonsense\n", "/etc/x line 2: 'nonsense' is no [section], key = value or # comment"),
    ("[rtpengine]\n= 1\n", "/etc/x line 2: '= 1' is no [section], key = value or # comment"),
    ("[rtpengine]\ntabel = 1\n", "/etc/x, section [rtpengine]: unknown option 'tabel': did you mean table?"),
    ("[rtpengine]\ntable = x\n", "/etc/x, section [rtpengine]: option table needs a whole number, not 'x'"),
    (
        "[rtpengine]\nforeground = maybe\n",
        "/etc/x, section [rtpengine]: option foreground is a switch: write true or false, not 'maybe'",
    ),
    (
        "[rtpengine]\ninterfaces-config = if\n[if-a]\nport-min = 2\n",
        "interface section 'a' has no address: add a line address = ...",
    ),
    (
        "[rtpengine]\ninterfaces-config = if\n[if-a]\naddress = 10.0.0.2\nexclude-ports = 5-x\n",
        "exclude-ports needs port numbers from 1 to 65535, not 'x'",
    ),
]


class TestBadInput:
    @pytest.mark.parametrize(("arguments", "message"), BAD_COMMAND_LINES)
    def test_command_line(self, arguments: list[str], message: str) -> None:
        with pytest.raises(ConfigError) as raised:
            parse(*LISTENING, *arguments)
        assert str(raised.value) == message

    @pytest.mark.parametrize(("text", "message"), BAD_FILES)
    def test_file(self, text: str, message: str) -> None:
        with pytest.raises(ConfigError) as raised:
            parse(*LISTENING, "--config-file=/etc/x", text=text)
        assert str(raised.value) == message

    def test_unknown_key_of_an_interface_section(self) -> None:
        text = "[rtpengine]\ninterfaces-config = if\n[if-a]\naddres = 10.0.0.2\n"
        with pytest.raises(ConfigError, match="interface section 'a': unknown key 'addres', known are address, adv"):
            parse(*LISTENING, text=text)

    def test_named_file_must_exist(self) -> None:
        with pytest.raises(ConfigError, match="configuration file /etc/x does not exist"):
            parse(*LISTENING, "--config-file=/etc/x")

    def test_file_must_be_readable(self) -> None:
        def locked(path: str) -> str:
            raise PermissionError(13, "Permission denied")

        with pytest.raises(ConfigError, match=f"configuration file {DEFAULT_FILE} cannot be read: Permission denied"):
            parse_command_line(LISTENING, locked, HOST)

    def test_named_section_must_exist(self) -> None:
        with pytest.raises(ConfigError, match=r"configuration file .* has no section \[b\]"):
            parse(*LISTENING, "--config-section=b", text="[rtpengine]\n")

    def test_no_interface(self) -> None:
        with pytest.raises(ConfigError) as raised:
            parse("--listen-ng=2223")
        assert str(raised.value) == "Cannot start without any configured interfaces"

    def test_no_control_port(self) -> None:
        with pytest.raises(ConfigError) as raised:
            parse("--interface=10.0.0.1")
        assert str(raised.value) == (
            "Missing option --listen-tcp, --listen-udp, --listen-ng, --listen-tcp-ng, --listen-http, or --listen-https"
        )

    def test_only_control_ports_without_effect(self) -> None:
        with pytest.raises(ConfigError, match=r"Missing option --listen-ng: .*, --listen-udp has no effect"):
            parse("--interface=10.0.0.1", "--listen-udp=80", "--listen-cli=9900")

    @pytest.mark.parametrize("name", sorted(LISTENS - {"listen-cli"}))
    def test_any_way_for_proxies_is_enough(self, name: str) -> None:
        config = parse("--interface=10.0.0.1", f"--{name}=10.0.0.1:30002", f"--{name}=[::1]:80")
        assert getattr(config, name.replace("-", "_")) == (Listen("10.0.0.1", 30002), Listen("::1", 80))
        assert config.interfaces[0].exclude_ports == {30002}

    @pytest.mark.parametrize("name", sorted(LISTENS))
    def test_a_control_port_for_everybody_is_warned_of(self, name: str) -> None:
        (notice,) = parse(*LISTENING, f"--{name}=10.0.0.1:8080").notices
        assert notice.level == 4
        assert "10.0.0.1:8080" in notice.text
        assert not parse(*LISTENING, f"--{name}=[::1]:8080").notices

    def test_control_by_any_web_page_is_warned_of(self) -> None:
        assert len(parse(*LISTENING, "--http-allow-origin=*").notices) == 1
        assert not parse(*LISTENING, "--http-allow-origin=https://panel.example").notices

    @pytest.mark.parametrize("method", ["proc", "all"])
    def test_a_way_of_recording_that_we_lack_is_warned_of(self, method: str) -> None:
        (notice,) = parse(*LISTENING, f"--recording-method={method}").notices
        assert notice.level == 4
        assert notice.text.startswith("recordings are pcap files")
        assert not parse(*LISTENING, "--recording-method=pcap").notices
