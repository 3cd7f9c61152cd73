"""The settings of deploy/webrtc-gateway: what is refused and how, which secrets are made, what is rendered."""

import ast
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rendering.__main__ import render
from rendering.files import rendered
from rendering.secrets import missing, written
from rendering.settings import SettingsError, example, read, understood
from rendering.values import DEPLOYMENT, derived, one_of

GOOD = "PRIVATE_ADDRESS=192.0.2.1\nPUBLIC_ADDRESS=203.0.113.1\nDOMAIN=gw.example.com\nAGENTS=1001 1002\n"


def files(text: str) -> dict[str, str]:
    """What is rendered of a settings file, by name."""
    made = understood(read(written(text, missing(understood(read(text)), lambda: "a-secret-of-a-test"))))
    return {file.name: file.text for file in rendered(derived(made, Path("/etc/gateway")))}


def wrong(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        understood(read(text))
    return raised.value.sentences


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("PRIVATE_ADDRESS", "Line 5 is not of the form NAME=VALUE."),
        ("PUBLIC_ADRESS=1", "Line 5: nobody knows the setting 'PUBLIC_ADRESS'."),
        ("DOMAIN=a.example", "Line 5: DOMAIN is given a second time."),
        ("WEB_PORT=0", "WEB_PORT must be a port, 1 to 65535."),
        ("WEB_PORT=²", "WEB_PORT must be a port, 1 to 65535."),
        ("RTP_PORTS=10000", "RTP_PORTS must be two ports with a hyphen between them, such as 10000-19999."),
        ("RTP_PORTS=2-1", "RTP_PORTS must be a range whose first port is less than its last."),
        ("TRUNK=sip.example.com", "TRUNK must be an IPv4 address and a port, such as 192.0.2.10:5060."),
        ("TRUNK_SIDE=left", "TRUNK_SIDE must be outside or inside."),
        ("TRUNK_REGISTERS=1", "TRUNK_REGISTERS must be yes or no."),
        ("TURN_SECRET=short", "TURN_SECRET must be empty, to have one made, or 12 to 128 letters, digits, - and _."),
        ("RUN_FOLDER=/etc", "RUN_FOLDER must be a folder directly below /run."),
        ("TLS_KEY=/a", "TLS_CERTIFICATE and TLS_KEY must be given together, or neither."),
        ("SIP_PORT=5080", "SIP_PORT and PBX_PORT must not be the same UDP port."),
        ("TURN_PORT=15000", "TURN_PORT and RTP_PORTS must not be the same UDP port."),
    ],
)
def test_a_mistake_is_one_sentence(line: str, sentence: str) -> None:
    assert wrong(f"{GOOD}{line}\n") == (sentence,)


def test_what_must_be_given_is_asked_for() -> None:
    assert wrong("AGENTS=1001") == (
        "PRIVATE_ADDRESS must be given: this host's own address (ip address show).",
        "PUBLIC_ADDRESS must be given: its address on the internet; the same, if no NAT is before it.",
        "DOMAIN must be given: the host name under which browsers reach it.",
    )


def test_a_gateway_needs_somebody_to_call() -> None:
    assert wrong(GOOD.replace("1001 1002", "")) == ("There is nobody to call: give AGENTS, TRUNK, or both.",)


def test_the_example_is_the_table() -> None:
    assert (DEPLOYMENT / ".env.example").read_text() == example()
    assert wrong(example())[0].startswith("PRIVATE_ADDRESS must be given")


def test_secrets_are_made_once() -> None:
    changed = missing(understood(read(GOOD)), lambda: "first-secret-made")
    text = written(GOOD, changed)
    assert changed["AGENT_PASSWORDS"] == "1001:first-secret-made 1002:first-secret-made"
    assert missing(understood(read(text))) == {}
    more = missing(understood(read(text.replace("AGENTS=1001", "AGENTS=1000 1001"))), lambda: "a-later-secret")
    assert more["AGENT_PASSWORDS"] == "1001:first-secret-made 1002:first-secret-made 1000:a-later-secret"


def test_no_two_gateways_have_the_same_secrets() -> None:
    assert missing(understood(read(GOOD))) != missing(understood(read(GOOD)))


def test_words_become_an_expression_without_backslashes() -> None:
    assert one_of(("10.0.0.1", "10.0.0.2")) == "10[.]0[.]0[.]1|10[.]0[.]0[.]2"


def test_who_can_read_secrets(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"{GOOD}TRUNK=198.51.100.9:5060\nTRUNK_PASSWORD=of-the-trunk-alone\n")
    render(env, tmp_path / "etc")
    made = understood(read(env.read_text()))
    secrets = {made["turn_secret"], made["trunk_password"], *made["agent_passwords"].values()}
    assert env.stat().st_mode & 0o777 == 0o600
    texts = {file: file.read_text() for file in (tmp_path / "etc").rglob("*") if file.is_file()}
    holders = [file for file, text in texts.items() if any(secret in text for secret in secrets)]
    assert {file.name for file in holders} == {"turnserver.conf", "credentials.json", "pjsip.conf", "kamailio.cfg"}
    assert {file.stat().st_mode & 0o777 for file in holders} == {0o640}
    assert (tmp_path / "etc" / "tls.key").stat().st_mode & 0o777 == 0o640


def test_a_long_domain_has_a_certificate_too(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(GOOD.replace("gw.example.com", f"{'g' * 60}.example.com"))
    render(env, tmp_path / "etc")
    chain = ("openssl", "x509", "-in", str(tmp_path / "etc" / "tls.pem"), "-noout", "-ext", "subjectAltName")
    assert f"DNS:{'g' * 60}.example.com" in subprocess.run(chain, capture_output=True, text=True, check=True).stdout


def test_secrets_are_never_in_a_file_that_is_open_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = tmp_path / ".env"
    env.write_text(GOOD)
    env.chmod(0o644)
    modes = []
    write = Path.write_text

    def watched(path: Path, *given: Any, **named: Any) -> int:
        modes.append(path.stat().st_mode & 0o777)
        return write(path, *given, **named)

    monkeypatch.setattr(Path, "write_text", watched)
    render(env, tmp_path / "etc")
    assert modes == [0o600]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="must be text in UTF-8"):
        render(env, tmp_path / "etc")


def test_the_public_address_is_told_to_the_trunk_only_behind_a_nat() -> None:
    trunk = "TRUNK=198.51.100.9:5060\n"
    assert 'set_advertised_address("203.0.113.1")' in files(GOOD + trunk)["kamailio.cfg"]
    assert "set_advertised_address" not in files(GOOD + trunk + "TRUNK_SIDE=inside\n")["kamailio.cfg"]
    assert "set_advertised_address" not in files((GOOD + trunk).replace("203.0.113.1", "192.0.2.1"))["kamailio.cfg"]


def test_the_table_of_doors_is_what_the_firewall_opens() -> None:
    table = (DEPLOYMENT / "README.md").read_text().partition("## The firewall")[2].partition("Nothing else")[0]
    made = understood(
        read(
            written(
                GOOD + "TRUNK=198.51.100.9:5060\n", {"AGENT_PASSWORDS": "1001:a-long-password 1002:a-long-password"}
            )
        )
    )
    rows = {
        tuple(cell.strip() for cell in line.split("|")[1:4:2])
        for line in table.splitlines()
        if line[:4] in {"| tc", "| ud"}
    }
    assert rows == {(f"{door.protocol} {door.ports}", door.leads_to) for door in derived(made, Path("/etc"))["doors"]}


def test_webrtc_towards_the_pbx() -> None:
    made = files(GOOD + "PBX_MEDIA=webrtc\n")
    assert "webrtc = yes" in made["asterisk/pjsip.conf"]
    assert "webrtc = yes" not in files(GOOD)["asterisk/pjsip.conf"]


def test_a_pbx_elsewhere_is_let_in_and_not_started() -> None:
    made = files(GOOD + "PBX_ADDRESS=192.0.2.7\n")
    assert "systemd/webrtc-gateway-asterisk.service" not in made
    assert "ip saddr { 192.0.2.7 } udp dport 5070 accept" in made["firewall.nft"]


@pytest.mark.skipif(shutil.which("kamailio") is None, reason="needs kamailio: run tests/install-needs")
@pytest.mark.parametrize(
    "more",
    ["", "TRUNK=198.51.100.9:5060\n", "TRUNK=198.51.100.9:5060\nTRUNK_SIDE=inside\nTRUNK_PASSWORD=a-long-password\n"],
)
def test_kamailio_takes_every_variant(more: str, tmp_path: Path) -> None:
    text = GOOD.replace("192.0.2.1", "127.0.0.1") + more + "SECOND_RELAY=192.0.2.8:2223\nORIGINS=https://a.example\n"
    configuration = tmp_path / "kamailio.cfg"
    configuration.write_text(files(text)["kamailio.cfg"])
    done = subprocess.run(("kamailio", "-c", "-f", str(configuration)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_runs_without_the_virtual_environment_needs_nothing() -> None:
    tree = ast.parse((DEPLOYMENT / "turn_credentials.py").read_text())
    wanted = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert wanted <= {"collections.abc", "dataclasses", "http", "http.server", "pathlib", "typing"}
