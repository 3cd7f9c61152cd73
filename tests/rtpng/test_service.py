import os
import resource
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rtpng.config import Config
from rtpng.errors import ConfigError
from rtpng.interfaces import Interface
from rtpng.service import FATAL_EXIT, notify, pidfile, raise_open_files, service

INTERFACE = Interface("default", "127.0.0.1", "127.0.0.1")


def test_the_supervisor_hears_of_start_and_stop(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(path)
        supervisor.settimeout(5)
        with service(Config((INTERFACE,), foreground=True), {"NOTIFY_SOCKET": path}) as ready:
            ready()
            assert supervisor.recv(100) == b"READY=1"
        assert supervisor.recv(100) == b"STOPPING=1"


def test_abstract_socket_of_the_supervisor() -> None:
    name = f"rtpng-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(f"\0{name}")
        assert notify("READY=1", {"NOTIFY_SOCKET": f"@{name}"})


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "relative"}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_nobody_listens(environment: dict[str, str]) -> None:
    assert not notify("READY=1", environment)


class TestPidfile:
    def test_lives_as_long_as_the_body(self, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        with pidfile(str(path)):
            assert path.read_text() == f"{os.getpid()}\n"
        assert not path.exists()

    def test_goes_away_with_an_error_too(self, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        with pytest.raises(KeyError), pidfile(str(path)):
            raise KeyError
        assert not path.exists()

    def test_anothers_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        with pidfile(str(path)):
            path.write_text("1\n")
        assert path.read_text() == "1\n"

    def test_may_be_gone_already(self, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        with pidfile(str(path)):
            path.unlink()

    def test_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"pidfile .* cannot be written"), pidfile(str(tmp_path / "no" / "pid")):
            pass

    def test_is_not_asked_for(self) -> None:
        with pidfile(None):
            pass


BACKGROUND = """
    import os, sys
    from rtpng.config import Config
    from rtpng.interfaces import Interface
    from rtpng.service import service
    config = Config((Interface("default", "127.0.0.1", "127.0.0.1"),), pidfile={pidfile!r})
    started_by = os.getpid()
    with service(config, {{}}) as ready:
        own = open({pidfile!r}).read() == f"{{os.getpid()}}\\n"
        with open({report!r}, "w") as report:
            report.write(f"{{os.getpid() != started_by}} {{os.getsid(0) == os.getpid()}} {{own}}")
        if {serves}:
            ready()
"""


@pytest.mark.parametrize(("serves", "status"), [(True, 0), (False, FATAL_EXIT)])
def test_background(tmp_path: Path, serves: bool, status: int) -> None:
    pid, report = str(tmp_path / "pid"), tmp_path / "report"
    script = textwrap.dedent(BACKGROUND).format(pidfile=pid, serves=serves, report=str(report))
    foreground = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], timeout=20, check=False)
    assert foreground.returncode == status
    assert report.read_text() == "True True True"


def test_as_many_files_may_be_open_as_the_system_allows() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = 256, before[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        raise_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
