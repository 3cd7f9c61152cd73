"""The container image, built and run without a registry: its bases are made by mmdebstrap, its wheels come from pip.

The sandboxes of CI have neither overlay file systems nor a usable cgroup hierarchy: images are kept as plain folders
(vfs), build steps are isolated by chroot, and containers run without cgroups.
"""

import configparser
import hashlib
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "container"
COMPOSE = ROOT / "deploy" / "container" / "compose.yaml"
PROGRAMS = ("buildah", "podman", "crun", "mmdebstrap")
IMAGE = "localhost/rtpng"
PATIENCE = 300.0  # seconds that a step of the build may take

_SUITE = "bookworm"
_BASES = {  # Debian packages of the two bases, and how much of a system mmdebstrap makes of them
    "builder": ("minbase", "python3,python3-venv"),
    "runtime": ("extract", "base-files,base-passwd,dash,libc-bin,coreutils,python3"),
}
_LEFT_OUT = ("doc", "locale", "man", "info")
# Within `ip netns exec` /sys is a fresh mount, so this changes nothing outside; crun does not start on hybrid cgroups.
ON_A_HOST = 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of images and containers."""

    folder: Path

    def command(self, program: str, *arguments: str) -> tuple[str, ...]:
        places = ("--root", str(self.folder / "images"), "--runroot", str(self.folder / "run"))
        return (program, *places, "--storage-driver", "vfs", *arguments)

    def run(self, program: str, *arguments: str) -> str:
        """buildah's or podman's output."""
        return checked(*self.command(program, *arguments))

    def build(self) -> None:
        """Makes ``IMAGE`` by the project's Dockerfile."""
        for base in _BASES:
            self._take_in(base)
        bases = {"BASE": "localhost/runtime", "BUILDER": "localhost/builder"}
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
        given = [word for name, value in {**bases, **index}.items() for word in ("--build-arg", f"{name}={value}")]
        mounted = ("--volume", f"{wheels()}:/wheels:ro")
        self.run("buildah", "bud", "--isolation=chroot", "--format=docker", "-t", IMAGE, *given, *mounted, str(ROOT))

    def _take_in(self, base: str) -> None:
        container = self.run("buildah", "from", "scratch").strip()
        self.run("buildah", "add", container, str(system(base)), "/")
        self.run("buildah", "commit", "--rm", container, f"localhost/{base}")

    def size(self) -> int:
        """Of the image, in bytes."""
        return int(self.run("podman", "image", "inspect", "--format={{.Size}}", IMAGE))

    def service(self, name: str, options: tuple[str, ...]) -> tuple[str, ...]:
        """What runs a container in the foreground, on a host of ``ip netns exec``; the image's arguments follow."""
        machine = ("--runtime=crun", "--cgroups=disabled", "--health-interval=disable", "--ulimit", "nproc=4096:4096")
        run = self.command("podman", "run", "--rm", "--name", name, *machine, *options, IMAGE)
        return ("sh", "-c", ON_A_HOST, "sh", *run)


def compose_options(service: dict[str, Any]) -> tuple[str, ...]:
    """The options of ``podman run`` that stand for a compose file's service. Raises KeyError for what has none."""
    return tuple(option for key, value in service.items() for option in _OPTIONS[key](value))


_OPTIONS: dict[str, Any] = {
    "image": lambda _: (),
    "restart": lambda _: (),  # a supervisor's matter
    "command": lambda _: (),  # goes behind the image's name
    "network_mode": lambda mode: (f"--network={mode}",),
    "cap_add": lambda names: tuple(f"--cap-add={name}" for name in names),
    "cap_drop": lambda names: tuple(f"--cap-drop={name}" for name in names),
    "read_only": lambda only: (f"--read-only={str(only).lower()}",),
    "ulimits": lambda limits: tuple(f"--ulimit={name}={_limit(value)}" for name, value in limits.items()),
}


def _limit(wanted: int) -> str:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"{min(wanted, hard)}:{min(wanted, hard)}"


def compose_service() -> dict[str, Any]:
    """The service of the compose file that ships."""
    service: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]["rtpengine"]
    return service


def usual_service() -> dict[str, Any]:
    """What compose files for rtpengine have, nothing beyond, but for the limit that this machine needs."""
    usual = ("image", "network_mode", "restart", "cap_add", "command", "ulimits")
    return {key: value for key, value in compose_service().items() if key in usual}


def system(base: str) -> Path:
    """The archive of a base, from the cache or made anew."""
    variant, packages = _BASES[base]
    archive = CACHE / f"{base}-{_digest(variant, packages)}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = archive.with_name(f"{os.getpid()}-{archive.name}")
        left_out = (f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in _LEFT_OUT)
        what = (f"--variant={variant}", f"--include={packages}", "--format=tar", *left_out)
        checked("mmdebstrap", "--quiet", *what, _SUITE, str(fresh), *_sources())
        fresh.replace(archive)
    return archive


def _sources() -> list[str]:
    """The files that say which mirrors of Debian's this machine uses."""
    folder = Path("/etc/apt")
    found = [
        *folder.glob("sources.list"),
        *folder.glob("sources.list.d/*.list"),
        *folder.glob("sources.list.d/*.sources"),
    ]
    return [str(path) for path in found if _SUITE in path.read_text(encoding="utf-8")]


def wheels() -> Path:
    """A folder with all wheels that the project needs."""
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg", encoding="utf-8")
    needed = [*declared["options"]["install_requires"].split("\n"), "setuptools >= 70", "wheel"]
    folder = CACHE / f"wheels-{_digest(*needed)}"
    if not folder.exists():
        fresh = folder.with_name(f"{os.getpid()}-{folder.name}")
        checked(sys.executable, "-m", "pip", "wheel", "--quiet", "-w", str(fresh), *filter(None, needed))
        fresh.replace(folder)
    return folder


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def checked(*command: str) -> str:
    """Standard output of a command. Raises RuntimeError with all that it said if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def missing() -> list[str]:
    return [program for program in PROGRAMS if shutil.which(program) is None]
