"""What the image's entry point makes of the command lines of compose files."""

import subprocess
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[2] / "deploy" / "container" / "entrypoint"
ALWAYS = ["--foreground", "--log-stderr"]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with programs that print their name and arguments."""
    for name in ("rtpengine", "rtpng"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\nprintf "%s\\n" "${0##*/}" "$@"\n', encoding="ascii")
        program.chmod(0o755)
    return tmp_path


def runs(programs: Path, *arguments: str, **environment: str) -> list[str]:
    path = {"PATH": f"{programs}:/usr/bin:/bin"}
    done = subprocess.run((ENTRYPOINT, *arguments), env={**path, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", [(), ("rtpengine",), ("/usr/bin/rtpengine",), ("/usr/local/bin/rtpengine",)])
def test_the_name_of_the_program_may_come_first(programs: Path, name: tuple[str, ...]) -> None:
    assert runs(programs, *name, "--interface=a b", "-n", "2223") == [
        *("rtpengine", *ALWAYS),
        *("--interface=a b", "-n", "2223"),
    ]


def test_other_programs_of_the_image(programs: Path) -> None:
    assert runs(programs, "rtpng", "ping") == ["rtpng", "ping"]


def test_nothing_is_the_config_files_daemon(programs: Path) -> None:
    assert runs(programs) == ["rtpengine", *ALWAYS]


def test_the_environment_stands_in_for_what_the_command_line_leaves_out(programs: Path) -> None:
    environment = {"RTPENGINE_PORT_MIN": "10000", "RTPENGINE_INTERFACE": "192.0.2.1!203.0.113.1", "RTPENGINE_TABLE": ""}
    assert runs(programs, "--port-min=20000", **environment) == [
        *("rtpengine", *ALWAYS),
        *("--port-min=20000", "--interface=192.0.2.1!203.0.113.1"),
    ]
    for spelled in ("--interface", "-i"):
        assert runs(programs, spelled, "192.0.2.7", **environment) == [
            *("rtpengine", *ALWAYS),
            *(spelled, "192.0.2.7", "--port-min=10000"),
        ]


def test_a_value_of_the_environment_is_only_a_value(programs: Path) -> None:
    value = "$(touch /tmp/x) `id` \"' ;"
    assert runs(programs, RTPENGINE_INTERFACE=value)[-1] == f"--interface={value}"
