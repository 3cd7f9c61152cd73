from pathlib import Path

import pytest

from cli import main
from rtpng.version import VERSION
from tests.cli.conftest import Run

COMMANDS = tuple(main.rtpng.commands)


def test_commands_stand_in_the_order_in_which_one_meets_them() -> None:
    asked = ("ping", "list", "query", "trace", "capture", "delete", "statistics", "top")
    assert ("serve", "doctor", "demo", "explain", *asked) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_is_documented(run: Run, name: str) -> None:
    short = main.rtpng.commands[name].get_short_help_str(limit=60)
    assert short
    assert not short.endswith("...")
    assert f"Usage: rtpng {name} " in run(name, "--help").stdout
    assert f"## rtpng {name}\n" in (Path(main.__file__).parent.parent / "docs" / "cli.md").read_text(encoding="utf-8")


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"rtpng, version {VERSION}\n"


def test_a_bug_of_ours_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(**_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(main, "rtpng", broken)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Error: this is a bug of rtpng, please report it: KeyError ('oops') at ")
