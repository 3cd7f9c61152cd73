"""Programs of Debian's sid suite: fetched into a cache folder and run there by their own loader, nothing is installed.

For the benchmark and for the tests that compare with rtpengine, or need a Kamailio newer than the system's.

apt works with a configuration of its own (lists, cache, state), so the system's is neither read nor changed, but for
two things: which mirror this machine uses, and how it reaches mirrors. A folder of the cache that is deleted comes back
in a newer version.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"
FOLDERS = {  # by package
    "rtpengine-daemon": CACHE / "sid",
    "kamailio": CACHE / "sid-kamailio",
    "asterisk": CACHE / "sid-asterisk",
}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATIENCE = 300.0  # seconds that one apt command may take


class SidUnreachableError(Exception):
    """This machine has no mirror that offers sid; the text says what apt says."""


def rtpengine() -> tuple[str, ...]:
    """How the daemon of sid is called, without its options. Raises SidUnreachableError if it cannot be fetched."""
    return _program("rtpengine-daemon", "usr/bin/rtpengine")


def kamailio() -> tuple[str, ...]:
    """How the proxy of sid is called, with the path of its modules. Raises SidUnreachableError."""
    program = _program("kamailio", "usr/sbin/kamailio")
    (modules,) = FOLDERS["kamailio"].glob("usr/lib/*-linux-gnu*/kamailio/modules")
    return (*program, "-L", str(modules))


def asterisk() -> Path:
    """The folder with the PBX of sid. Raises SidUnreachableError."""
    _program("asterisk", "usr/sbin/asterisk")
    return FOLDERS["asterisk"]


def _program(package: str, path: str) -> tuple[str, ...]:
    folder = FOLDERS[package]
    if not folder.exists():
        fetch(package, folder)
    return in_place(folder, path)


def in_place(folder: Path, path: str) -> tuple[str, ...]:
    """How a program of a fetched package is called."""
    (loader,) = folder.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*")
    return (str(loader), "--inhibit-cache", "--library-path", str(loader.parent), str(folder / path))


def version(program: Sequence[str]) -> str:
    """``26.0.1.26`` of ``Version: 26.0.1.26+0~mr26.0.1.26``."""
    said = _run(*program, "--version")
    found = re.search(r"Version: ([\d.]+)", said.stdout + said.stderr)
    if found is None:
        raise RuntimeError(f"{program[-1]} does not run: {said.stderr}")
    return found[1]


def fetch(package: str, folder: Path) -> None:
    """Unpacks a package and all that it depends on; the folder appears at the end, complete, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name)
        environment = _private_apt(work)
        _apt("update", "--error-on=any", environment=environment)
        wanted = ("--download-only", "--yes", "--no-install-recommends", package)
        _apt("install", *wanted, environment=environment)
        root = work / "root"
        for archive in sorted(work.glob("cache/archives/*.deb")):
            _checked("dpkg-deb", "--extract", str(archive), str(root))
        (libraries,) = root.glob("usr/lib/*-linux-gnu*/libc.so.6")
        _checked("ldconfig", "-n", str(libraries.parent))  # the links that an installation would make
        _publish(root, folder)


def _publish(root: Path, folder: Path) -> None:
    """Somebody else may have been faster."""
    try:
        root.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _private_apt(work: Path) -> dict[str, str]:
    """The environment in which apt knows nothing but sid, and an empty system."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (work / "sources.list").write_text(f"deb {signed}{_mirror()} sid main\n")
    places = {
        "Dir::State": work / "state",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Log": work,
        **dict.fromkeys(("Dir::Etc::main", "Dir::Etc::parts", "Dir::Etc::sourceparts"), os.devnull),
        **dict.fromkeys(("Dir::Etc::preferences", "Dir::Etc::preferencesparts"), os.devnull),
    }
    settings = [*_how_to_reach_mirrors(), *(f'{name} "{place}";' for name, place in places.items())]
    (work / "apt.conf").write_text("\n".join(settings) + "\n")
    return {**os.environ, "APT_CONFIG": str(work / "apt.conf"), "LC_ALL": "C"}


def _mirror() -> str:
    """Where this machine gets its own Debian release from."""
    columns = "--format", "$(RELEASE) $(REPO_URI)"
    targets = _run("apt-get", "indextargets", "--no-release-info", *columns, "Identifier: Packages")
    sites = dict(line.split(" ", 1) for line in targets.stdout.splitlines())
    release = _run("sh", "-c", '. /etc/os-release; echo "$VERSION_CODENAME"').stdout.strip()
    if release not in sites:
        raise SidUnreachableError(f"no apt source of this machine offers Debian {release!r}")
    return sites[release]


def _how_to_reach_mirrors() -> list[str]:
    """Proxies, time limits and the like, as the operator of this machine has set them."""
    settings = _run("apt-config", "dump", "--no-empty").stdout.splitlines()
    return [line for line in settings if line.startswith("Acquire::")]


def _apt(*arguments: str, environment: dict[str, str]) -> None:
    done = _run("apt-get", "-q", *arguments, environment=environment)
    if not done.returncode:
        return
    errors = " ".join(line for line in done.stderr.splitlines() if line.startswith("E:"))
    if "Failed to fetch" in done.stderr or arguments[0] == "update":
        raise SidUnreachableError(errors or f"apt-get exits with {done.returncode}")
    raise RuntimeError(f"apt-get {' '.join(arguments)}: {errors}")


def _checked(*command: str) -> None:
    done = _run(*command)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


def _run(*command: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        raise SidUnreachableError(f"{command[0]} is missing: is this Debian?")
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment)
