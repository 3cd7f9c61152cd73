"""The config file: sections, templates, what overrides what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.errors import ConfigError
from rtpng.options import key_file
from rtpng.options.reader import DEFAULT_FILE, parse_command_line
from tests.rtpng.options.rig import HOST, LISTENING, parse


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
