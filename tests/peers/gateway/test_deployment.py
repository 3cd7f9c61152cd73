"""deploy/webrtc-gateway as it is shipped: real Nginx, Kamailio, Asterisk, coturn, Chromium, and sipp behind the trunk.

One gateway for all cases. The browser hears the phone's tone and the phone the browser's.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL

import pytest

from tests.conftest import report
from tests.netns.topology import end
from tests.peers import sipp
from tests.peers.gateway import capture, pbx
from tests.peers.gateway.calls import CALL, TRUNK_PASSWORD, Scene, pin
from tests.peers.gateway.chromium import BrowserError, Chromium
from tests.peers.gateway.office import AGENT, Office, hosts, needs, office
from tests.peers.gateway.running import Gateway
from tests.peers.landscape import RELAY_PUBLIC, Landscape
from tests.peers.test_calls import eventually

PAGE = Path(__file__).parent / "page"
pytestmark = needs("curl", "tcpdump")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def land() -> Iterator[Landscape]:
    with hosts() as made:
        yield made


@pytest.fixture(scope="module")
def captured(land: Landscape, folder: Path) -> Iterator[Path]:
    """A file of all packets on the gateway's outer device."""
    file = folder / "outside.pcap"
    (device,) = land.relay.host.ip("-brief", "route", "show", "default").split()[4:5]
    process = land.relay.host.start("tcpdump", "-i", device, "-U", "-Z", "root", "-w", str(file), stderr=DEVNULL)
    eventually("tcpdump listens", file.exists)
    yield file
    end(process)


@pytest.fixture(scope="module")
def around(land: Landscape, folder: Path, captured: Path) -> Iterator[Office]:
    with office(land, folder, PAGE, AGENTS=f"{AGENT} 1002", TRUNK_PASSWORD=TRUNK_PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(around: Office) -> Gateway:
    return around.gateway


@pytest.fixture(scope="module")
def scene(land: Landscape, folder: Path, around: Office) -> Iterator[Scene]:
    trusted = pin(Path(around.gateway.values["tls_certificate"]))
    with Chromium(land.caller.host, folder, trusted) as browser:
        yield Scene(around.gateway, browser, around.bob, around.voice)


@pytest.fixture
def asterisk(gateway: Gateway) -> Gateway:
    """The gateway, for cases that ask its Asterisk."""
    if reason := pbx.absent(gateway):
        pytest.skip(reason)
    return gateway


def test_a_wrong_password_is_refused(scene: Scene) -> None:
    scene.browser.open(scene.address())
    with pytest.raises(BrowserError, match=r"Authentication Error|Rejected"):
        scene.browser.run(f"phone.register('{AGENT}', 'not-the-password')")
    assert f"{AGENT} is asked for the password" in scene.gateway.said("kamailio")
    assert f"{AGENT} is registered" not in scene.gateway.said("kamailio")


def test_the_pbx_notes_who_gave_a_wrong_password(scene: Scene, asterisk: Gateway) -> None:
    scene.browser.open(scene.address())
    with pytest.raises(BrowserError, match=r"Authentication Error|Rejected"):
        scene.browser.run(f"phone.register('{AGENT}', 'not-the-password')")
    assert "Failed to authenticate" in asterisk.said("asterisk")


def test_an_agent_registers_here_and_at_the_trunk(scene: Scene) -> None:
    heard = scene.sign_in()
    assert heard.startswith(f"sip:{AGENT}@{RELAY_PUBLIC}:5070 "), "the trunk never learns of browsers"


def test_the_pbx_knows_the_agent_by_the_alias_of_the_connection(scene: Scene, asterisk: Gateway) -> None:
    scene.sign_in()
    assert ";alias=127.0.0.1~" in asterisk.console(f"pjsip show aor {AGENT}")


def test_a_call_comes_in_and_the_caller_hangs_up(scene: Scene) -> None:
    scene.sign_in()
    bob = scene.incoming()
    assert scene.hear_each_other_for(10) > 490
    bob.press("hangup")
    bob.finish()
    scene.phone("ended()")
    scene.gone()


def test_a_call_goes_out_and_the_agent_hangs_up(scene: Scene) -> None:
    scene.sign_in()
    bob = scene.outgoing()
    assert scene.hear_each_other_for(10) > 490
    scene.phone("hangUp()")
    bob.finish()
    scene.gone()


def test_the_trunk_calls_without_an_offer(scene: Scene, asterisk: Gateway) -> None:
    scene.sign_in()
    bob = scene.bob.run("caller_waits_for_an_offer", CALL, "-key", "callee", AGENT)
    scene.phone("answer()")
    scene.voice.target = bob.media("established")
    scene.hear_each_other()
    bob.press("hangup")
    bob.finish()
    scene.phone("ended()")
    scene.gone()


def test_hold_resume_and_a_restart_of_ice(scene: Scene) -> None:
    scene.sign_in()
    bob = scene.outgoing()
    scene.hear_each_other()
    scene.phone("hold()")
    eventually("the trunk hears of it", lambda: bob.events("invited")[-1].endswith("a=sendonly"))
    scene.phone("resume()")
    eventually("and of its end", lambda: not bob.events("invited")[-1].endswith("a=sendonly"))
    scene.hear_each_other()
    assert scene.phone("restart()"), "the browser has new credentials"
    scene.hear_each_other()
    scene.hang_up(bob)


@pytest.mark.parametrize("begin", [Scene.outgoing, Scene.incoming])
def test_candidates_come_later(scene: Scene, begin: Callable[[Scene], sipp.Session]) -> None:
    scene.sign_in()
    scene.browser.run("phone.trickle = true")
    bob = begin(scene)
    scene.hear_each_other()
    assert "Candidate by INFO" in scene.gateway.said("kamailio")
    scene.hang_up(bob)


def test_media_over_turn_alone(scene: Scene) -> None:
    scene.sign_in()
    with pytest.raises(BrowserError, match="no credentials: 401"):
        scene.phone(f"relayOnly('{AGENT}', 'not-the-password')")
    scene.phone(f"relayOnly('{AGENT}', '{scene.gateway.password(AGENT)}')")
    bob = scene.outgoing()
    scene.hear_each_other()
    assert scene.state()["relayed"]
    scene.hang_up(bob)


def test_the_relay_is_restarted_between_calls(scene: Scene) -> None:
    scene.sign_in()
    scene.gateway.restart("relay")
    bob = scene.outgoing()
    scene.hear_each_other()
    scene.hang_up(bob)


def test_a_web_server_with_another_certificate_is_not_believed(scene: Scene, land: Landscape, tmp_path: Path) -> None:
    with Chromium(land.caller.host, tmp_path, "A" * 43 + "=") as suspicious:
        suspicious.open(scene.address())
        assert suspicious.run("location.protocol") == "chrome-error:"


def test_a_browser_with_another_certificate_than_its_sdp_says_gets_no_media(scene: Scene) -> None:
    scene.sign_in()
    scene.browser.run("phone.forged = true")
    heard = scene.voice.received
    bob = scene.outgoing()
    eventually("the relay refuses", lambda: "fingerprint" in scene.gateway.said("relay").lower())
    assert scene.voice.received == heard
    assert scene.state()["received"] == 0
    bob.press("hangup", bob.call_id())
    bob.finish()
    scene.gone()


@pytest.fixture
def second_relay(gateway: Gateway) -> Iterator[str]:
    """The control address of another relay on the same host."""
    address = "127.0.0.1:2233"
    first = gateway.program("relay").command
    own = (f"--listen-ng={address}", "--listen-cli=127.0.0.1:2234", "--listen-http=127.0.0.1:2235", "--table=1")
    command = (*(word for word in first if not word.startswith(("--listen-ng", "--table"))), *own)
    with (gateway.folder / "second-relay.log").open("wb") as log:
        process = gateway.site.host.start(*command, stdout=log, stderr=log)
    ping = (*gateway.program("relay").check[:-1], f"--ng={address}")
    eventually("it answers", lambda: gateway.site.host.run(*ping, check=False).returncode == 0)
    yield address
    end(process)


def test_the_second_relay_takes_over(scene: Scene, second_relay: str) -> None:
    with scene.gateway.changed("kamailio", SECOND_RELAY=second_relay):
        scene.sign_in()
        scene.gateway.stop("relay")
        bob = scene.incoming()
        scene.hear_each_other()
        assert len(scene.relay("list", f"--ng={second_relay}").split()) == 2, "both dialogues of the call"
        bob.press("hangup")
        bob.finish()
        scene.phone("ended()")
        scene.gateway.start("relay")


def test_a_pbx_that_speaks_webrtc(scene: Scene, asterisk: Gateway) -> None:
    with asterisk.changed("asterisk", "kamailio", PBX_MEDIA="webrtc"):
        for begin in (scene.outgoing, scene.incoming):
            scene.sign_in()
            bob = begin()
            scene.hear_each_other()
            scene.hang_up(bob)


def test_the_network_has_seen_no_plain_sound_of_browsers_and_no_other_ports(
    scene: Scene, land: Landscape, captured: Path, request: pytest.FixtureRequest
) -> None:
    seen = list(capture.packets(captured, land.relay.address))
    sides = {land.caller.address: "browser", land.callee.address: "trunk"}
    streams = {side: capture.enciphered(p for p in seen if p.remote == remote) for remote, side in sides.items()}
    words = [f"{side}: {secret} streams of SRTP, {plain} of plain RTP" for side, (secret, plain) in streams.items()]
    report(request.config, "packets on the gateway's outer device", words + capture.summary(seen, sides))
    (enciphered, audible), (hidden, plain) = streams["browser"], streams["trunk"]
    assert (audible, hidden) == (0, 0)
    assert min(enciphered, plain) >= 4, "both ways of both long calls"
    doors = scene.gateway.doors()
    assert {(packet.protocol, packet.local_port) for packet in seen} - doors == set()
