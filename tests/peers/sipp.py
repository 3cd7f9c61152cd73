"""SIP phones: sipp with our scenarios (``sipp/*.xml``), steered by buttons and telling what happened.

A scenario logs a line per event (``established c=IN IP4 203.0.113.166 m=audio 10318``) and waits for INFO requests,
which the test sends from the phone's own host, as if somebody pressed a button there: a call lasts as long as the test
wants.
"""

import itertools
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sipcore.address import Address
from tests.peers.landscape import RELAY_PUBLIC, Site

PROGRAM = "/usr/bin/sipp"
SCENARIOS = Path(__file__).parent / "sipp"
SIP_PORT = 5060
MEDIA_PORT = 6000  # in the SDP; bound by the test or, with OWN_MEDIA, by sipp
UNUSED_MEDIA_PORT = 7000  # sipp always binds one
OWN_MEDIA = ("-mp", str(MEDIA_PORT))
PATIENCE = 20.0  # seconds until an event must have come

_presses = itertools.count(1)
_INFO = """INFO sip:{button}@{address} SIP/2.0
Via: SIP/2.0/UDP {address}:9;branch=z9hG4bK-button-{serial}
From: <sip:finger@{address}>;tag=finger
To: <sip:phone@{address}>
Call-ID: {call_id}
CSeq: {serial} INFO
Content-Length: 0

""".replace("\n", "\r\n")
_MEDIA = re.compile(r"c=IN IP[46] (?P<host>\S+).* m=audio (?P<port>\d+)")


@dataclass(frozen=True, slots=True)
class Phone:
    """A user at a site."""

    user: str
    site: Site
    folder: Path
    proxy_port: int = SIP_PORT

    def register(self) -> None:
        """Makes the proxy know where the user is."""
        self.run("register").finish()

    def run(self, scenario: str, call_id: str = "register", *options: str) -> "Session":
        """Starts a scenario for one call; ``options`` are sipp's."""
        return Session(self, scenario, call_id, options)


class Session:
    """One sipp process: one scenario, one call."""

    def __init__(self, phone: Phone, scenario: str, call_id: str, options: tuple[str, ...]) -> None:
        self._phone, self._call_id, self._name = phone, call_id, f"{phone.user}-{scenario}"
        self._log = phone.folder / f"{self._name}.log"
        self._output = phone.folder / f"{self._name}.out"
        for left in phone.folder.glob(f"{self._name}.*"):
            left.unlink()  # of an earlier call, whose events are not this one's
        command = self._command(scenario, options)
        with self._output.open("wb") as output:
            self.process = phone.site.host.start(
                *command, cwd=phone.folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )

    def _command(self, scenario: str, options: tuple[str, ...]) -> tuple[str, ...]:
        address = self._phone.site.address
        return (
            *(PROGRAM, f"{RELAY_PUBLIC}:{self._phone.proxy_port}", "-sf", str(SCENARIOS / f"{scenario}.xml")),
            *("-i", address, "-p", str(SIP_PORT), "-mi", address, "-mp", str(UNUSED_MEDIA_PORT)),
            *("-key", "audio", str(MEDIA_PORT)),
            *("-m", "1", "-l", "1", "-nostdin", "-cid_str", self._call_id, "-key", "user", self._phone.user),
            *("-timeout", "90", "-timeout_error", "-recv_timeout", "60000"),
            *("-trace_logs", "-log_file", str(self._log)),
            *("-trace_msg", "-message_file", str(self._phone.folder / f"{self._name}.messages")),
            *("-trace_err", "-error_file", str(self._phone.folder / f"{self._name}.errors")),
            *options,
        )

    def event(self, name: str) -> str:
        """Waits until the scenario has logged the event; the rest of its line. Raises AssertionError."""
        deadline = time.perf_counter() + PATIENCE
        running = True
        while running and time.perf_counter() < deadline:
            running = self.process.poll() is None  # asked first, so that its last words are read
            for line in self._logged():
                if line.startswith(name):
                    return line.removeprefix(name).strip()
            time.sleep(0.02)
        raise AssertionError(f"{self._name}: no {name!r}\n{self.story()}")

    def media(self, name: str) -> Address:
        """Waits for an event that names media; where the other side's SDP says that media goes."""
        found = _MEDIA.search(self.event(name))
        if found is None:
            raise AssertionError(f"{self._name}: {name!r} names no media\n{self.story()}")
        return Address(found["host"], int(found["port"]))

    def events(self, name: str) -> list[str]:
        """What the scenario has logged under that name until now, the name left out."""
        return [line.removeprefix(name).strip() for line in self._logged() if line.startswith(name)]

    def press(self, button: str, call_id: str | None = None) -> None:
        """Somebody presses a button on the phone; ``call_id`` if the other side has chosen it."""
        address = self._phone.site.address
        info = _INFO.format(button=button, address=address, call_id=call_id or self._call_id, serial=next(_presses))
        finger = self._phone.site.host.udp(address)
        finger.sendto(info.encode(), (address, SIP_PORT))
        finger.close()

    def finish(self) -> None:
        """Waits for the end of the scenario, which must be its regular one."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self._name}: still running\n{self.story()}") from None
        if code:
            raise AssertionError(f"{self._name}: sipp ended with {code}\n{self.story()}")

    def call_id(self) -> str:
        """What the other side has called the call, as it came in its first message."""
        messages = self._phone.folder / f"{self._name}.messages"
        found = re.search(r"^Call-ID: *(\S+)", messages.read_text(errors="replace"), re.MULTILINE | re.IGNORECASE)
        assert found is not None, self.story()
        return found[1]

    def story(self) -> str:
        """All that this phone has written."""
        files = sorted(self._phone.folder.glob(f"{self._name}.*"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-6000:]}" for file in files)

    def _logged(self) -> list[str]:
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
