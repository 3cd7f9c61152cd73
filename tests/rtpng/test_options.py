import re
import subprocess
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.config import Config, Listen
from rtpng.dtls.settings import DtlsSettings
from rtpng.errors import ConfigError
from rtpng.local_addresses import LocalAddress
from rtpng.log import SUBSYSTEMS
from rtpng.options import command_line, key_file
from rtpng.options.interface_list import Host
from rtpng.options.option import Kind, Option, Support
from rtpng.options.printing import docs_page, help_text, printout
from rtpng.options.reader import DEFAULT_FILE, parse_command_line
from rtpng.options.table import BY_NAME, BY_SHORT, OPTIONS
from rtpng.version import VERSION

LISTENING = ("--interface=10.0.0.1", "--listen-ng=127.0.0.1:2223")
LISTENS = {"listen-ng", "listen-tcp-ng", "listen-cli", "listen-http", "listen-https"}
HOST = Host(
    local_addresses=lambda: (
        LocalAddress("lo", "lo", "127.0.0.1", loopback=True),
        LocalAddress("eth0", "eth0", "10.0.0.1"),
        LocalAddress("eth0", "eth0", "2001:db8::1"),
    ),
    resolve=lambda name: {"relay.example": ("10.0.0.1",), "localhost": ("127.0.0.1", "::1")}[name],
)


def no_file(path: str) -> str:
    raise FileNotFoundError(path)


def file_of(text: str) -> Callable[[str], str]:
    return lambda path: text


def parse(*arguments: str, text: str | None = None) -> Config:
    return parse_command_line(arguments, no_file if text is None else file_of(text), HOST)


def sample(option: Option) -> str:
    """A text that the option accepts, other than its default."""
    if option.name == "interface":
        return "10.0.0.9"
    if option.name in (*LISTENS, "dtmf-log-dest"):
        return "127.0.0.1:2224"
    if option.choices:
        return next(choice for choice in option.choices if choice != option.default)
    in_range = max(option.low or 0, 3)
    return {
        Kind.BOOL: "true",
        Kind.INT: str(40000 if option.name == "port-max" else in_range),
        Kind.FLOAT: "1.5",
        Kind.STRING: "text",
        Kind.PATH: "none",
        Kind.LIST: "one",
    }[option.kind]


SPECIAL = {"help", "version", "codecs", "config-file", "config-section", "templates"}
PLAIN = [option for option in OPTIONS if option.name not in SPECIAL and option.support is not Support.REFUSED]
REFUSED = [option for option in OPTIONS if option.support is Support.REFUSED]


def named(option: Option) -> str:
    return option.name


class TestTable:
    def test_names_and_short_letters_are_unique(self) -> None:
        assert len(BY_NAME) == len(OPTIONS)
        assert len(BY_SHORT) == sum(option.short is not None for option in OPTIONS)

    @pytest.mark.parametrize("option", OPTIONS, ids=named)
    def test_row_is_complete(self, option: Option) -> None:
        assert option.help.endswith(".")
        assert bool(option.reason) == (option.support is not Support.SUPPORTED)
        assert option.unless is None or option.unless in BY_NAME
        assert option.sets is None or option.sets in {field.name for field in fields(Config)}
        assert option.default is False or option.kind is not Kind.BOOL
        assert isinstance(option.default, tuple) == (option.kind is Kind.LIST)

    @pytest.mark.parametrize("option", [option for option in OPTIONS if option.sets], ids=named)
    def test_defaults_of_options_and_config_agree(self, option: Option) -> None:
        default = {field.name: field.default for field in fields(Config)}[option.sets or ""]
        assert default == option.default

    def test_levels_of_our_subsystems_are_supported(self) -> None:
        rows = {o.name.removeprefix("log-level-"): o for o in OPTIONS if o.name.startswith("log-level-")}
        assert {name for name, row in rows.items() if row.support is Support.SUPPORTED} == set(SUBSYSTEMS)
        assert len(rows) == 13

    @pytest.mark.parametrize("option", PLAIN, ids=named)
    def test_row_parses_from_the_command_line(self, option: Option) -> None:
        text = sample(option)
        written = f"--{option.name}={text}" if option.takes_value else f"--{option.name}"
        self.check(option, parse(*LISTENING, written), text)

    @pytest.mark.parametrize("option", PLAIN, ids=named)
    def test_row_parses_from_the_file(self, option: Option) -> None:
        text = sample(option)
        listening = "interface = 10.0.0.1\nlisten-ng = 127.0.0.1:2223\n"
        self.check(option, parse(text=f"[rtpengine]\n{listening}{option.name} = {text}\n"), text)

    def check(self, option: Option, config: Config, text: str) -> None:
        notice = f"option {option.name} has no effect in rtpng: {option.reason}"
        assert (notice in {n.text for n in config.notices}) == (option.support is Support.ACCEPTED)
        if option.sets:
            value = getattr(config, option.sets)
            assert value != option.default
            assert str(value).lower() == text

    @pytest.mark.parametrize("option", REFUSED, ids=named)
    def test_refused_row_is_refused(self, option: Option) -> None:
        written = f"--{option.name}=x" if option.takes_value else f"--{option.name}"
        with pytest.raises(ConfigError, match=f"option {option.name} is refused: {re.escape(option.reason)}"):
            parse(*LISTENING, written)

    @pytest.mark.parametrize("option", [option for option in REFUSED if option.unless], ids=named)
    def test_refused_row_is_taken_with_its_excuse(self, option: Option) -> None:
        config = parse(*LISTENING, f"--{option.name}=secret@127.0.0.1:6379/1", f"--{option.unless}")
        (notice,) = config.notices
        assert notice.level == 4
        assert option.name in notice.text
        assert "secret" not in notice.text

    @pytest.mark.parametrize("option", [option for option in OPTIONS if option.kind is Kind.BOOL], ids=named)
    def test_a_switch_that_is_off_asks_for_nothing(self, option: Option) -> None:
        if option.name not in SPECIAL:
            assert parse(*LISTENING, text=f"[rtpengine]\n{option.name} = false\n") == parse(*LISTENING)


class TestSyntax:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["--table=-1"], [("table", "-1")]),
            (["--table", "-1"], [("table", "-1")]),
            (["-t", "-1"], [("table", "-1")]),
            (["-t-1"], [("table", "-1")]),
            (["-n2223"], [("listen-ng", "2223")]),
            (["-fE"], [("foreground", "true"), ("log-stderr", "true")]),
            (["-fEt", "0"], [("foreground", "true"), ("log-stderr", "true"), ("table", "0")]),
            (["-fm100"], [("foreground", "true"), ("port-min", "100")]),
            (["--interface=a=b"], [("interface", "a=b")]),
            (["--interface="], [("interface", "")]),
            (["--pidfile", "--foreground"], [("pidfile", "--foreground")]),
            (["-f", "--"], [("foreground", "true")]),
            ([], []),
        ],
    )
    def test_words_become_options(self, arguments: list[str], expected: list[tuple[str, str]]) -> None:
        assert [(option.name, text) for option, text in command_line.split(arguments)] == expected

    def test_the_last_scalar_wins_and_lists_accumulate(self) -> None:
        config = parse("-i", "10.0.0.1", "-i", "in/10.0.0.2", "-n", "127.0.0.1:1", "-n", "[::1]:2", "-t", "3", "-t4")
        assert [interface.address for interface in config.interfaces] == ["10.0.0.1", "10.0.0.2"]
        assert [(listen.host, listen.port) for listen in config.listen_ng] == [("127.0.0.1", 1), ("::1", 2)]
        assert config.table == 4

    @given(st.lists(st.text(max_size=12) | st.sampled_from(["-f", "-i", "--tos", "--interface=10.0.0.1", "-n1"])))
    def test_any_words_give_a_config_or_one_error(self, arguments: list[str]) -> None:
        try:
            config = parse_command_line(arguments, no_file, Host(tuple, _unresolved))
        except ConfigError:
            return
        assert config.interfaces
        assert config.listen_ng


def _unresolved(name: str) -> tuple[str, ...]:
    raise OSError(name)


class TestFile:
    TEXT = "[rtpengine]\ninterface = 10.0.0.1\nlisten-ng = 127.0.0.1:2223\n"

    def test_command_line_overrides_the_file(self) -> None:
        text = self.TEXT + "table = 5\ntos = 8\nlog-stderr = true\n"
        config = parse("--table=7", "--interface=10.0.0.7", text=text)
        assert (config.table, config.tos, config.log_stderr) == (7, 8, True)
        assert [interface.address for interface in config.interfaces] == ["10.0.0.7"]

    def test_comments_blanks_and_other_sections_are_left_alone(self) -> None:
        ours = "[rtpengine]\n  table=2  \r\ninterface= 10.0.0.1 ; in/10.0.0.2;\nlisten-ng=1\n"
        config = parse(text=f"# table = 1\n\n[other]\nbogus = 1\n{ours}")
        assert config.table == 2
        assert [(i.name, i.address) for i in config.interfaces] == [("default", "10.0.0.1"), ("in", "10.0.0.2")]

    def test_another_section(self) -> None:
        config = parse(
            "--config-section=b", text=f"{self.TEXT}table = 1\n{self.TEXT.replace('rtpengine', 'b')}table = 2\n"
        )
        assert config.table == 2

    def test_the_word_none_reads_nothing(self) -> None:
        config = parse(*LISTENING, "--config-file=none", text="nonsense")
        assert config == parse(*LISTENING)

    def test_the_default_file_may_be_absent(self) -> None:
        asked: list[str] = []

        def absent(path: str) -> str:
            asked.append(path)
            raise FileNotFoundError(path)

        parse_command_line(LISTENING, absent, HOST)
        assert asked == [DEFAULT_FILE]

    def test_templates_are_a_section_of_raw_flags(self) -> None:
        text = f"{self.TEXT}templates = tpl\n[tpl]\ndefault = replace-origin TOS=8\noffer = label=a\\sb\n"
        assert parse(text=text).templates == (("default", "replace-origin TOS=8"), ("offer", "label=a b"))
        assert parse(text=self.TEXT).templates == ()

    def test_the_section_of_templates_must_exist(self) -> None:
        with pytest.raises(ConfigError, match=r"the configuration file has no section \[tpl\]: see --templates"):
            parse(text=f"{self.TEXT}templates = tpl\n")

    def test_interface_sections(self) -> None:
        text = (
            f"{self.TEXT}interfaces-config = interface\nport-min = 20000\nport-max = 21000\n"
            "[interface-inside]\naddress = 10.0.0.2\nadvertised = 203.0.113.2\nport-min = 30000\nport-max = 30100\n"
            "exclude-ports = 30010;30020-30022\n"
            "[interface-x]\nname = outside\naddress = 10.0.0.3\n[interface-pub]\nalias = outside\n"
        )
        default, inside, outside = parse(text=text).interfaces
        assert (default.port_min, outside.port_max) == (20000, 21000)
        assert (inside.name, inside.address, inside.advertised) == ("inside", "10.0.0.2", "203.0.113.2")
        assert (inside.port_min, inside.port_max) == (30000, 30100)
        assert inside.exclude_ports == {30010, 30020, 30021, 30022}
        assert outside.name == "outside"
        assert parse(text=text).aliases == (("pub", "outside"),)

    @pytest.mark.parametrize(
        ("raw", "parts"),
        [("a;b", ("a", "b")), ("a;b;", ("a", "b")), (r"a\;b;c", ("a;b", "c")), (r"a\\;b", ("a\\", "b")), ("", ())],
    )
    def test_lists(self, raw: str, parts: tuple[str, ...]) -> None:
        assert key_file.split(raw) == parts

    def test_escapes(self) -> None:
        assert key_file.unescape(r"a\sb\\n\x") == r"a b\n\x"

    @given(st.text(alphabet=st.sampled_from("ab=[]#;\\ \n\r\t")))
    def test_any_text_gives_sections_or_one_error(self, text: str) -> None:
        try:
            sections = key_file.parse(text, "file")
        except ConfigError:
            return
        assert all(key for section in sections.values() for key in section)


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


class TestPrinting:
    def test_docs_page_is_the_print_out(self) -> None:
        page = Path(__file__).parents[2] / "docs" / "options.md"
        assert page.read_text(encoding="utf-8") == docs_page(), "run: python -m rtpng.options > docs/options.md"

    @pytest.mark.parametrize("option", OPTIONS, ids=named)
    def test_help_names_every_option(self, option: Option) -> None:
        assert re.search(rf"--{option.name}[ =\n]", help_text())

    def test_help_fits_a_terminal_but_for_long_values(self) -> None:
        assert all(len(line) <= 100 for line in help_text().split("\n"))

    @pytest.mark.parametrize("arguments", [["--version"], ["-v"], ["-fv", "--interface=x"]])
    def test_version_goes_to_stderr(self, arguments: list[str]) -> None:
        printed = printout(arguments)
        assert printed is not None
        assert (printed.text, printed.to_stderr) == (f"Version: {VERSION}\n", True)

    def test_help_and_codecs(self) -> None:
        helped, codecs = printout(["-h", "-v"]), printout(["--codecs"])
        assert helped is not None
        assert helped.text == help_text()
        assert codecs is not None
        assert "No codec" in codecs.text

    def test_a_daemon_prints_nothing(self) -> None:
        assert printout(list(LISTENING)) is None

    @pytest.mark.peers
    def test_every_option_of_debians_rtpengine_is_known(self) -> None:
        text = subprocess.run(["/usr/bin/rtpengine", "--help"], capture_output=True, text=True, check=True).stdout
        theirs = re.findall(r"^  (?:-(\w), )?--([a-z0-9-]+)(=\S)?", text, re.MULTILINE)
        assert len(theirs) == 142
        assert {name for _, name, _ in theirs} <= BY_NAME.keys()
        assert {short: name for short, name, _ in theirs if short} == {
            short: option.name for short, option in BY_SHORT.items() if option.name in {name for _, name, _ in theirs}
        }
        assert all(BY_NAME[name].takes_value for _, name, value in theirs if value)


class TestDtls:
    def test_its_rows_make_its_settings(self) -> None:
        config = parse(
            *LISTENING,
            *("--dtls-passive", "--dtls-cert-cipher=rsa", "--dtls-rsa-key-size=3072"),
            *("--dtls-mtu=900", "--dtls-ciphers=ECDHE+AESGCM"),
        )
        assert config.dtls == DtlsSettings(True, "RSA", 3072, 900, "ECDHE+AESGCM")

    def test_defaults_of_rows_and_settings_agree(self) -> None:
        assert parse(*LISTENING).dtls == DtlsSettings()

    def test_sha1_is_taken_with_a_warning(self) -> None:
        (notice,) = parse(*LISTENING, "--dtls-signature=sha-1").notices
        assert (notice.level, "SHA-256 is taken" in notice.text) == (4, True)

    @pytest.mark.parametrize("wrong", ["--dtls-mtu=575", "--dtls-cert-cipher=secp256r1", "--dtls-signature=SHA-512"])
    def test_what_version_26_refuses_is_refused(self, wrong: str) -> None:
        with pytest.raises(ConfigError, match="option dtls-"):
            parse(*LISTENING, wrong)
