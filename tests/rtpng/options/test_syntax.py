"""How command lines may be spelled, as rtpengine reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.errors import ConfigError
from rtpng.options import command_line
from rtpng.options.interface_list import Host
from rtpng.options.reader import parse_command_line
from tests.rtpng.options.rig import no_file, parse, unresolved


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
            config = parse_command_line(arguments, no_file, Host(tuple, unresolved))
        except ConfigError:
            return
        assert config.interfaces
        assert config.listen_ng
