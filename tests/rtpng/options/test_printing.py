"""Help text, documentation and print-out of the settings."""

import re
import subprocess
from pathlib import Path

import pytest

from rtpng.options.option import Option
from rtpng.options.printing import docs_page, help_text, printout
from rtpng.options.table import BY_NAME, BY_SHORT, OPTIONS
from rtpng.version import VERSION
from tests.rtpng.options.rig import LISTENING, named


class TestPrinting:
    def test_docs_page_is_the_print_out(self) -> None:
        page = Path(__file__).parents[3] / "docs" / "options.md"
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
