"""The shipped gateway on a host of the landscape: rendered, then started by the very lines of its units."""

import pwd
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import gethostname
from typing import Self

from rendering.__main__ import render
from rendering.programs import Program
from rendering.settings import read, understood
from rendering.values import DEPLOYMENT, derived

from tests.netns.topology import end
from tests.peers.landscape import RELAY_LOCAL, RELAY_PUBLIC, Landscape, Site

DOMAIN = "gw.example.test"
STARTED_WITHIN = 30.0  # seconds, for all programs together
ENDED_WITHIN = 15.0


class Gateway:
    """A running gateway; a context manager. Logs are files in ``folder``, one per program."""

    def __init__(self, land: Landscape, folder: Path, settings: Mapping[str, str], page: Path) -> None:
        self.site, self.folder, self._page = land.relay, folder, page
        self._run = Path(f"/run/gateway-test-{land.relay.host.name.replace('peers', '')}")
        self.etc = self._run / "etc"
        self._env = folder / "gateway.env"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        places = {
            "RUN_FOLDER": str(self._run),
            "PAGE_FOLDER": f"{self._run}/page",
            "RTPENGINE": str(Path(sys.executable).with_name("rtpengine")),
        }
        where = {"PRIVATE_ADDRESS": RELAY_LOCAL, "PUBLIC_ADDRESS": RELAY_PUBLIC, "DOMAIN": DOMAIN}
        self._env.write_text(_lines(where | places | dict(settings)))

    def __enter__(self) -> Self:
        try:
            self._bring_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._processes)):
            self.stop(name)
        shutil.rmtree(self._run)

    def start(self, name: str) -> None:
        """Starts a program as its unit says: the same line, the same user if this system has it."""
        unit = dict(line.split("=", 1) for line in self._unit(name) if "=" in line)
        place = self._run / name
        place.mkdir(parents=True, exist_ok=True)
        command = shlex.split(unit["ExecStart"])
        if (user := unit["User"]) != "root" and user in {known.pw_name for known in pwd.getpwall()}:
            shutil.chown(place, user, user)
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command]
        with self.log(name).open("ab") as log:
            self._processes[name] = self.site.host.start(
                *command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=place
            )

    def _bring_up(self) -> None:
        self.etc.mkdir(parents=True)  # below /run, because Nginx's and coturn's users must reach it
        for page in (DEPLOYMENT / "page", self._page):
            shutil.copytree(page, self._run / "page", dirs_exist_ok=True)
        self._render()
        self._firewall()
        for program in self.values["programs"]:
            self.start(program.name)
        self._wait()

    def _unit(self, name: str) -> list[str]:
        return (self.etc / "systemd" / f"webrtc-gateway-{name}.service").read_text().splitlines()

    def stop(self, name: str) -> None:
        end(self._processes.pop(name))

    def restart(self, *programs: str) -> None:
        """Ends them and starts them again; returns when their own checks say that they work."""
        for name in programs:
            self.stop(name)
            self.start(name)
        self._wait(*programs)

    @contextmanager
    def changed(self, *restarted: str, **settings: str) -> Iterator[None]:
        """Other settings until the block ends, for which some programs are restarted."""
        before = self._env.read_text()
        self._env.write_text(before + _lines(settings))
        self._render()
        self.restart(*restarted)
        try:
            yield
        finally:
            self._env.write_text(before)
            self._render()
            self.restart(*restarted)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def said(self, name: str) -> str:
        """All that a program has logged."""
        return self.log(name).read_text(errors="replace")

    def password(self, agent: str) -> str:
        return str(self.values["agent_passwords"][agent])

    def console(self, command: str) -> str:
        """What Asterisk says to a command of its console."""
        program = self.program("asterisk")
        return self.site.host.run(*program.check[:-1], command).stdout

    def program(self, name: str) -> Program:
        """How it is started and asked for its health."""
        found: Program = next(program for program in self.values["programs"] if program.name == name)
        return found

    def doors(self) -> set[tuple[str, int]]:
        """Every protocol and port that the firewall leaves open."""
        ranges = ((door.protocol, [int(end) for end in door.ports.split("-")]) for door in self.values["doors"])
        return {(protocol, port) for protocol, ends in ranges for port in range(ends[0], ends[-1] + 1)}

    def story(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"--- {name}\n{self.said(name)[-3000:]}" for name in self._processes)

    def _wait(self, *names: str) -> None:
        deadline = time.perf_counter() + STARTED_WITHIN
        for name in names or tuple(self._processes):
            while (done := self.site.host.run(*self.program(name).check, check=False)).returncode:
                if self._processes[name].poll() is not None or time.perf_counter() > deadline:
                    raise AssertionError(f"{name} does not start: {done.stderr}\n{self.said(name)[-4000:]}")
                time.sleep(0.05)

    def _render(self) -> None:
        render(self._env, self.etc)
        self.values = derived(understood(read(self._env.read_text())), self.etc)

    def _firewall(self) -> None:
        self.site.host.run("nft", "-f", str(self.etc / "firewall.nft"))


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def names(sites: tuple[Site, ...]) -> ExitStack:
    """Lets these hosts find DOMAIN: ``ip netns exec`` shows them a hosts file of their own. Undone on closing."""
    owned = ExitStack()
    hosts = f"127.0.0.1 localhost {gethostname()}\n::1 {gethostname()}\n{RELAY_PUBLIC} {DOMAIN}\n"
    for site in sites:
        folder = Path("/etc/netns") / site.host.name
        folder.mkdir(parents=True)
        (folder / "hosts").write_text(hosts)
        owned.callback(shutil.rmtree, folder)
    return owned
