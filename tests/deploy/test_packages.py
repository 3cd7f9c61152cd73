"""What is built from the source installs and runs: sdist, wheel, Debian package, systemd unit."""

import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtpng.version import VERSION
from tests.netns.topology import Host, Network, allowed
from tests.peers import container
from tests.peers.container import checked
from tests.peers.ng_peer import Daemon, NgPeer
from tests.peers.test_calls import eventually

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COPIED = ("cli", "kernel", "rtpng", "sipcore", "deploy", "pyproject.toml", "setup.cfg", "README.md", "LICENSE")
EXPOSED_AT_MOST = 2.5  # of 10: systemd's measure of what a service could do

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, since builds leave things behind."""
    folder = tmp_path_factory.mktemp("source")
    for name in COPIED:
        path = ROOT / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / name)
    return folder


@pytest.fixture(scope="module")
def archives(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made of it."""
    folder = tmp_path_factory.mktemp("dist")
    checked(sys.executable, "-m", "build", "--outdir", str(folder), str(source))
    return folder


def test_the_sdist_has_what_its_builder_needs(archives: Path) -> None:
    with tarfile.open(archives / f"rtpng-{VERSION}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "setup.cfg", "rtpng/daemon.py", "cli/main.py"} <= names


def test_the_wheel_installs_into_an_empty_environment(archives: Path, tmp_path: Path) -> None:
    checked(sys.executable, "-m", "venv", str(tmp_path / "empty"))
    programs = tmp_path / "empty" / "bin"
    wheel = archives / f"rtpng-{VERSION}-py3-none-any.whl"
    offline = ("--no-index", "--find-links", str(container.wheels()))
    checked(str(programs / "pip"), "install", "--quiet", *offline, str(wheel))
    assert VERSION in checked(str(programs / "rtpng"), "--version")
    assert "--listen-ng" in checked(str(programs / "rtpengine"), "--help")
    checked(str(programs / "pip"), "check")


@pytest.mark.skipif(shutil.which("pipx") is None, reason="needs pipx: run tests/install-needs")
def test_pipx_gives_it_an_environment_of_its_own_and_takes_that_away(archives: Path, tmp_path: Path) -> None:
    homes = (f"PIPX_HOME={tmp_path / 'home'}", f"PIPX_BIN_DIR={tmp_path / 'bin'}")
    pipx = ("env", *homes, "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={container.wheels()}", "pipx")
    checked(*pipx, "install", str(archives / f"rtpng-{VERSION}-py3-none-any.whl"))
    programs = {path.name: str(path) for path in (tmp_path / "bin").iterdir()}
    assert programs.keys() == {"rtpng", "rtpengine", "rtpng-bridge"}
    assert VERSION in checked(programs["rtpng"], "--version")
    assert "--listen-ng" in checked(programs["rtpengine"], "--help")
    checked(*pipx, "uninstall", "rtpng")
    assert not list((tmp_path / "bin").iterdir())


@pytest.fixture(scope="module")
def package(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Debian package."""
    folder = tmp_path_factory.mktemp("deb")
    index = ("PIP_NO_INDEX=1", f"PIP_FIND_LINKS={container.wheels()}")
    build, pip = source / "deploy" / "debian" / "build", Path(sys.executable).parent / "pip"
    checked("env", *index, str(build), str(pip), str(folder))
    (made,) = folder.glob("rtpng_*.deb")
    return made


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root of a fresh Debian; who installs something takes it away again."""
    root = tmp_path_factory.mktemp("debian")
    checked("tar", "--extract", "--file", str(container.system("builder")), "--directory", str(root))
    yield root
    shutil.rmtree(root)


@pytest.fixture
def host() -> Iterator[Host]:
    with Network("debian") as network:
        yield network.host("relay")


@pytest.mark.netns
@pytest.mark.skipif(bool(container.missing()), reason=f"needs {container.missing()}: run tests/install-needs")
@pytest.mark.skipif(not allowed(), reason="needs root and network namespaces")
def test_the_debian_package_is_installed_runs_and_goes(package: Path, debian: Path, host: Host, tmp_path: Path) -> None:
    shutil.copy(package, debian / "rtpng.deb")
    inside = ("chroot", str(debian))
    said = host.run(*inside, "dpkg", "--install", "/rtpng.deb").stdout
    assert "rtpng doctor" in said
    assert "rtpengine" in (debian / "etc/passwd").read_text()
    assert VERSION in host.run(*inside, "rtpng", "--version").stdout

    run = Daemon("package", (*inside, "/usr/bin/rtpengine", "--config-file=/etc/rtpengine/rtpengine.conf", "--table=0"))
    with NgPeer(host, run, tmp_path / "relay.log", ["127.0.0.1"], port_min=20000) as relay:
        assert relay.ask("ping") == {"result": "pong"}
        assert "answers" in host.run(*inside, "rtpng", "ping").stdout
        eventually("the start is complete", lambda: "Startup complete" in relay.tail())
        assert "KERNEL FORWARDING DISABLED" not in relay.tail()

    host.run(*inside, "dpkg", "--purge", "rtpng")
    left = [str(path) for path in debian.rglob("*rtpng*") if path.name != "rtpng.deb" and "var/" not in str(path)]
    assert left == []
    assert not (debian / "usr/bin/rtpengine").is_symlink()


@pytest.mark.netns
@pytest.mark.skipif(bool(container.missing()), reason=f"needs {container.missing()}: run tests/install-needs")
@pytest.mark.skipif(not allowed(), reason="needs root and network namespaces")
def test_the_file_of_rtpengine_daemon_stays(package: Path, debian: Path, host: Host) -> None:
    theirs = {
        debian / "usr/bin/rtpengine": "#!/bin/sh\necho theirs\n",
        debian / "etc/rtpengine/rtpengine.conf": "[rtpengine]\n",
    }
    for path, text in theirs.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    shutil.copy(package, debian / "rtpng.deb")
    for step in ("--install", "--purge"):
        host.run("chroot", str(debian), "dpkg", step, "/rtpng.deb" if step == "--install" else "rtpng")
        assert {path: path.read_text() for path in theirs} == theirs


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit_and_finds_it_confined(tmp_path: Path) -> None:
    unit = tmp_path / "rtpng.service"
    program = shutil.which("true") or ""
    text = (DEPLOY / "systemd" / "rtpng.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/usr/lib/rtpng/bin/rtpengine", program), encoding="utf-8")
    done = subprocess.run(("systemd-analyze", "verify", str(unit)), capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "rtpng" in line] == []
    rated = checked("systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit))
    (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", rated)
    assert float(exposure) <= EXPOSED_AT_MOST
