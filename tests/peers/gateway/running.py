"""The shipped gateway on a host of the landscape: rendered, then started by the very lines of its units."""

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest
from rendering.__main__ import render
from rendering.programs import Program
from rendering.settings import read, understood
from rendering.values import DEPLOYMENT, derived

from bench import sid
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
        self._write(where | places | dict(settings))

    def __enter__(self) -> Self:
        self.etc.mkdir(parents=True)  # below /run, because Nginx's and coturn's users must reach it
        render(self._env, self.etc)
        for page in (DEPLOYMENT / "page", self._page):
            shutil.copytree(page, self._run / "page", dirs_exist_ok=True)
        self.values = derived(understood(read(self._env.read_text())), self.etc)
        self._firewall()
        for program in self.values["programs"]:
            self.start(program.name)
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self._processes)):
            self.stop(name)
        shutil.rmtree(self._run)

    def start(self, name: str) -> None:
        """Starts a program as its unit says."""
        unit = (self.etc / "systemd" / f"webrtc-gateway-{name}.service").read_text()
        (command,) = (line.partition("=")[2] for line in unit.splitlines() if line.startswith("ExecStart="))
        place = self._run / name
        place.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            self._processes[name] = self.site.host.start(
                *shlex.split(command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=place
            )

    def stop(self, name: str) -> None:
        end(self._processes.pop(name))

    def wait(self, name: str) -> None:
        """Until the program's own check says that it works. Raises AssertionError."""
        self._wait(name)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def said(self, name: str) -> str:
        """All that a program has logged."""
        return self.log(name).read_text(errors="replace")

    def password(self, agent: str) -> str:
        return str(self.values["agent_passwords"][agent])

    def console(self, command: str) -> str:
        """What Asterisk says to a command of its console."""
        program = self._program("asterisk")
        return self.site.host.run(*program.check[:-1], command).stdout

    def story(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"--- {name}\n{self.said(name)[-3000:]}" for name in self._processes)

    def _program(self, name: str) -> Program:
        program: Program = next(program for program in self.values["programs"] if program.name == name)
        return program

    def _wait(self, *names: str) -> None:
        deadline = time.perf_counter() + STARTED_WITHIN
        for name in names or tuple(self._processes):
            while (done := self.site.host.run(*self._program(name).check, check=False)).returncode:
                if self._processes[name].poll() is not None or time.perf_counter() > deadline:
                    raise AssertionError(f"{name} does not start: {done.stderr}\n{self.said(name)[-4000:]}")
                time.sleep(0.05)

    def _firewall(self) -> None:
        self.site.host.run("nft", "-f", str(self.etc / "firewall.nft"))

    def _write(self, settings: dict[str, Any]) -> None:
        self._env.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def asterisk_of_sid(folder: Path) -> dict[str, str]:
    """Settings for the PBX of Debian sid, run in place; skips the test where it cannot be had."""
    try:
        program, modules = sid.asterisk()
    except sid.SidUnreachableError as error:
        pytest.skip(f"Asterisk cannot be had: {error}")
    wrapper = folder / "asterisk"
    wrapper.write_text(f'#!/bin/sh\nexec {" ".join(program)} "$@"\n')
    wrapper.chmod(0o755)
    data = sid.FOLDERS["asterisk"] / "usr/share/asterisk"
    return {"ASTERISK": str(wrapper), "ASTERISK_MODULES": str(modules), "ASTERISK_DATA": str(data)}


def names(sites: tuple[Site, ...]) -> ExitStack:
    """Lets these hosts find DOMAIN: ``ip netns exec`` shows them a hosts file of their own. Undone on closing."""
    owned = ExitStack()
    for site in sites:
        folder = Path("/etc/netns") / site.host.name
        folder.mkdir(parents=True)
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{RELAY_PUBLIC} {DOMAIN}\n")
        owned.callback(shutil.rmtree, folder)
    return owned
