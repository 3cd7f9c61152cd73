"""Recordings and captures as Wireshark reads them, beside those of rtpengine 26."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pylibsrtp import Policy, Session

from sipcore.address import Address
from sipcore.sdp.session import parse
from tests.netns.topology import PATIENCE, Network
from tests.peers import sid
from tests.peers.conversation import Phone
from tests.peers.ng_peer import RTPNG, RTPNG_USERSPACE, Daemon, NgPeer, Reply

pytestmark = pytest.mark.peers

KEY = bytes(range(30))
KEY_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
SSRCS = ("0x0000000a", "0x0000000b")
RTPNG_CLI = (sys.executable, "-m", "cli")
DAEMONS: dict[str, Callable[[], Daemon]] = {
    "26": sid.rtpengine_or_skip,
    "rtpng": lambda: RTPNG,
    "rtpng-userspace": lambda: RTPNG_USERSPACE,
}


@dataclass(eq=False)
class RecordedPhone(Phone):
    """One of either family; ``secure`` speaks SRTP by SDES."""

    secure: bool = False
    _session: Session | None = field(default=None)

    @property
    def sdp(self) -> str:
        text = super().sdp.replace("IN IP4", "IN IP6") if ":" in self.address else super().sdp
        if not self.secure:
            return text
        crypto = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY_TEXT}\r\n"
        return text.replace("RTP/AVP", "RTP/SAVP") + crypto

    def send(self, packet: bytes) -> None:
        if self.secure:
            self._session = self._session or Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
            packet = self._session.protect(packet)
        super().send(packet)


@dataclass(frozen=True, slots=True)
class Studio:
    """A relay that records into ``folder``, and two phones."""

    peer: NgPeer
    folder: Path
    alice: RecordedPhone
    bob: RecordedPhone

    def call(self, **words: str) -> None:
        offer = {"from_tag": "a", "sdp": self.alice.sdp, "transport_protocol": "RTP/AVP", **words}
        self._target(self.bob, self.ask("offer", **offer))
        self._target(self.alice, self.ask("answer", from_tag="a", to_tag="b", sdp=self.bob.sdp))
        self.talk(5)

    def ask(self, command: str, **words: Any) -> Reply:
        return self.peer.ask(command, call_id="a call/1", **words)

    def record(self) -> None:
        """Starts recording. What passes our workers until they have given the streams back, in milliseconds, is not.

        While a worker has a stream there is a socket connected to the phone.
        """
        self.ask("start recording")
        deadline = time.monotonic() + 5 * PATIENCE
        while self.peer.daemon.name.startswith("rtpng") and self._connected():
            assert time.monotonic() < deadline

    def _connected(self) -> str:
        return self.peer.host.run("ss", "-Hun", "dport", "=", ":6000").stdout

    def talk(self, count: int) -> None:
        for _ in range(count):
            self.alice.say()
            self.bob.say()
        self.alice.hear()
        self.bob.hear()

    def hang_up(self) -> None:
        self.ask("delete", from_tag="a", delete_delay=0)

    def files(self) -> list[str]:
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(re.sub("-[0-9a-f]{16}", "-TOKEN", str(path)) for path in found)

    @property
    def pcap(self) -> Path:
        (path,) = (self.folder / "pcaps").iterdir()
        return path

    def _target(self, phone: RecordedPhone, reply: Reply) -> None:
        description = parse(reply["sdp"])
        media = description.media[0]
        connection = re.search(r"^c=IN IP[46] (\S+)", reply["sdp"], re.MULTILINE)
        assert connection is not None
        phone.target = Address(connection[1], media.port)


@contextmanager
def studio(daemon: Daemon, folder: Path, *options: str, six: bool = False, secure: bool = False) -> Iterator[Studio]:
    spool = folder / "spool"
    spool.mkdir()
    with Network("record") as network:
        relay, *hosts = (network.host(name) for name in ("relay", "alice", "bob"))
        near, far = (network.cable(relay, host) for host in hosts)
        media = near.near.ip6 if six else near.near.ip4
        hosts[1].ip(*(["-6"] if six else []), "route", "add", media, "via", far.near.ip6 if six else far.near.ip4)
        alice, bob = (cable.far.ip6 if six else cable.far.ip4 for cable in (near, far))
        phones = RecordedPhone(hosts[0], alice, 10, secure=secure), RecordedPhone(hosts[1], bob, 11)
        options = (f"--recording-dir={spool}", "--recording-method=pcap", *options)
        with NgPeer(relay, daemon, folder / "relay.log", [media], options=options) as peer:
            yield Studio(peer, spool, *phones)


def tshark(file: Path, *words: str) -> str:
    """What tshark says of a file. The phones' port is RTP's: ports of ours may be those of other protocols."""
    command = ("tshark", "-r", str(file), "-d", "udp.port==6000,rtp", *words)
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def streams(file: Path) -> dict[str, int]:
    """Packets by SSRC; fails for a frame that is no good."""
    assert tshark(file, "-Y", "_ws.malformed || ip.checksum.status == 0 || udp.length < 8") == ""
    found: dict[str, int] = {}
    for line in tshark(file, "-Y", "rtp", "-T", "fields", "-e", "rtp.ssrc").split():
        found[line] = found.get(line, 0) + 1
    return found


@pytest.mark.parametrize("name", DAEMONS)
@pytest.mark.parametrize("form", ["raw", "eth"])
def test_files_of_a_recorded_call(name: str, form: str, tmp_path: Path) -> None:
    with studio(DAEMONS[name](), tmp_path, f"--recording-format={form}") as call:
        call.call(record_call="yes", metadata="who=me")
        call.hang_up()
    stem = "a%20call%2F1-TOKEN"
    assert call.files() == [f"metadata/rtpengine-meta-{stem}.txt", f"pcaps/{stem}.pcap"]
    assert streams(call.pcap) == dict.fromkeys(SSRCS, 5)
    (notes,) = (path.read_text() for path in (call.folder / "metadata").iterdir())
    shape = re.sub(r"v=0\n.*?(?=\n\n)", "SDP", notes, flags=re.DOTALL)
    shape = re.sub(r"\d+\.\d{3}", "MS", re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}", "TIME", shape)).split("\n", 1)[1]
    said = "Timestamp started ms: MS\nSDP mode: {}\nSDP before RTP packet: 1\n\nSDP\n\n"
    last = "Timestamp terminated ms(first monologue): MS\n\ncall start time: TIME\ncall end time: TIME\n\n\nwho=me\n"
    assert shape == "\n\n" + said.format("offer") + said.format("answer") + last


@pytest.mark.parametrize("name", DAEMONS)
@pytest.mark.parametrize("six", [False, True], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "SRTP"])
def test_packets_of_a_recorded_call(name: str, six: bool, secure: bool, tmp_path: Path) -> None:
    with studio(DAEMONS[name](), tmp_path, six=six, secure=secure) as call:
        call.call()
        call.record()
        call.talk(4)
        call.ask("pause recording")
        call.talk(2)
        call.record()
        call.talk(3)
        call.ask("stop recording")
        call.talk(2)
        call.hang_up()
    assert streams(call.pcap) == dict.fromkeys(SSRCS, 7)
    payloads = set(tshark(call.pcap, "-Y", "rtp", "-T", "fields", "-e", "rtp.payload").split())
    assert payloads == {"55" * 160}  # what was said, decrypted


@pytest.mark.parametrize("daemon", [RTPNG, RTPNG_USERSPACE], ids=["kernel", "userspace"])
@pytest.mark.parametrize("six", [False, True], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "SRTP"])
def test_a_capture_has_the_media_and_the_messages(daemon: Daemon, six: bool, secure: bool, tmp_path: Path) -> None:
    file = tmp_path / "call.pcap"
    with studio(daemon, tmp_path, six=six, secure=secure) as call:
        call.call()
        words = (*RTPNG_CLI, "capture", "a call/1", "-o", str(file))
        capture = call.peer.host.start(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        call.peer.host.run("timeout", "20", "sh", "-c", f"until [ -s {file} ]; do sleep 0.05; done")
        call.talk(60)
        call.ask("offer", from_tag="a", to_tag="b", sdp=call.alice.sdp)
        call.hang_up()
        assert capture.stdout is not None
        told = capture.stdout.read().decode()
    assert re.fullmatch(r"\d+ packets of call a call/1 are in .*/call.pcap\.\n", told)
    assert file.stat().st_mode & 0o077 == 0
    found = streams(file)
    assert set(found) == set(SSRCS)
    assert min(found.values()) >= 60  # each way in, and what went out
    messages = tshark(file, "-Y", "udp.port == 2223", "-T", "fields", "-e", "udp.payload")
    assert b"7:command5:offer".hex() in messages
    assert b"7:command6:delete".hex() in messages
    assert KEY_TEXT.encode().hex() not in messages
