"""The settings file: what may stand in it, and what follows for the whole gateway."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rendering import kinds
from rendering.kinds import HostPort, KindError, Ports


class SettingsError(Exception):
    """The operator's mistakes, one sentence each."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the file. Without a default it must be given; an empty ``default`` is a setting that may be empty."""

    name: str
    kind: Callable[[str], Any]
    default: str | None
    help: str


SETTINGS = (
    Setting("PRIVATE_ADDRESS", kinds.address, None, "This host's own address (ip address show)."),
    Setting("PUBLIC_ADDRESS", kinds.address, None, "Its address on the internet; the same, if no NAT is before it."),
    Setting("DOMAIN", kinds.domain, None, "The host name under which browsers reach it."),
    Setting(
        "TLS_CERTIFICATE",
        kinds.path,
        "",
        "Certificate chain and key (PEM) for DOMAIN. Empty: one is made that no browser trusts, for a first try.",
    ),
    Setting("TLS_KEY", kinds.path, "", ""),
    Setting("AGENTS", kinds.agents, "", "Extensions of the agents, with spaces between them."),
    Setting("TRUNK", HostPort.read, "", "The SIP server or carrier, as ADDRESS:PORT. Empty: agents call each other."),
    Setting("TRUNK_SOURCES", kinds.addresses, "", "Other addresses from which it calls, such as its standby's."),
    Setting(
        "TRUNK_SIDE", kinds.side, "outside", "outside: it is reached by the public address; inside: by the private one."
    ),
    Setting(
        "TRUNK_REGISTERS",
        kinds.switch,
        "yes",
        "yes: agents' registrations are passed on to it, as Genesys SIP Server wants them.",
    ),
    Setting(
        "TRUNK_PASSWORD", kinds.secret, "", "What it asks for then (the user is the extension). Empty: it does not ask."
    ),
    Setting("TRUNK_PING", kinds.seconds, "30", "Seconds between OPTIONS to it; 0: none."),
    Setting("PBX_ADDRESS", kinds.address, "", "Where Asterisk is. Empty: on this host."),
    Setting(
        "PBX_MEDIA",
        kinds.media,
        "rtp",
        "rtp: Asterisk speaks plain RTP with the relay; webrtc: DTLS-SRTP and ICE (webrtc=yes).",
    ),
    Setting(
        "SECOND_RELAY",
        HostPort.read,
        "",
        "Control address of a second relay, which takes over when the first is silent.",
    ),
    Setting(
        "ORIGINS", kinds.origins, "", "Pages of other origins that may use the WebSocket, with spaces between them."
    ),
    Setting("TURN_SECONDS", kinds.seconds, "28800", "How long credentials for TURN are good: a shift."),
    Setting("WEB_PORT", kinds.port, "8443", "Ports. Browsers: page and WebSocket."),
    Setting("SIP_PORT", kinds.port, "5070", "Trunk and Asterisk to Kamailio."),
    Setting("WS_PORT", kinds.port, "8080", "Nginx to Kamailio."),
    Setting("PBX_PORT", kinds.port, "5080", "Kamailio to Asterisk."),
    Setting("NG_PORT", kinds.port, "2223", "Kamailio to the relay."),
    Setting("CREDENTIALS_PORT", kinds.port, "8081", "Nginx to what makes credentials for TURN."),
    Setting("TURN_PORT", kinds.port, "3478", "Browsers to coturn, UDP and TCP."),
    Setting("TURN_TLS_PORT", kinds.port, "5349", "The same over TLS."),
    Setting("RTP_PORTS", Ports.read, "10000-19999", "Media of the relay: at most four per call."),
    Setting("PBX_RTP_PORTS", Ports.read, "20000-29999", "Media of Asterisk."),
    Setting("TURN_RELAY_PORTS", Ports.read, "49152-50175", "What coturn sends to the relay from: one per agent."),
    Setting("SSH_PORT", kinds.port, "22", "The firewall leaves it open."),
    Setting("RUN_FOLDER", kinds.run_folder, "/run/webrtc-gateway", "Places. Sockets, pid files and temporary files."),
    Setting("PAGE_FOLDER", kinds.path, "", "The page for browsers. Empty: the one that is delivered."),
    Setting("RTPENGINE", kinds.path, "", "The relay's program. Empty: the one of this checkout's .venv."),
    Setting("KAMAILIO", kinds.path, "/usr/sbin/kamailio", "The other programs."),
    Setting("NGINX", kinds.path, "/usr/sbin/nginx", ""),
    Setting("TURNSERVER", kinds.path, "/usr/bin/turnserver", ""),
    Setting("ASTERISK", kinds.path, "/usr/sbin/asterisk", ""),
    Setting("ASTERISK_MODULES", kinds.path, "/usr/lib/x86_64-linux-gnu/asterisk/modules", ""),
    Setting("ASTERISK_DATA", kinds.path, "/usr/share/asterisk", ""),
    Setting(
        "TURN_SECRET",
        kinds.secret,
        "",
        "Secrets. Empty ones are made and written here when the configuration is rendered for the first time.",
    ),
    Setting(
        "AGENT_PASSWORDS", kinds.passwords, "", "EXTENSION:PASSWORD for each agent; those that are missing are added."
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}
_OURS = (  # (setting, protocols); a range and a port of the same protocol must not meet
    *(
        ("WEB_PORT", "tcp"),
        ("WS_PORT", "tcp"),
        ("CREDENTIALS_PORT", "tcp"),
        ("TURN_PORT", "tcp"),
        ("TURN_TLS_PORT", "tcp"),
    ),
    *(("SIP_PORT", "udp"), ("PBX_PORT", "udp"), ("NG_PORT", "udp"), ("TURN_PORT", "udp"), ("TURN_TLS_PORT", "udp")),
    *(("RTP_PORTS", "udp"), ("PBX_RTP_PORTS", "udp"), ("TURN_RELAY_PORTS", "udp")),
)


def read(text: str) -> dict[str, str]:
    """The lines ``NAME=VALUE`` of a settings file; comments and empty lines are left out. Raises SettingsError."""
    values: dict[str, str] = {}
    wrong = []
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        name, equals, value = line.partition("=")
        if not line or line.startswith("#"):
            continue
        if not equals:
            wrong.append(f"Line {number} is not of the form NAME=VALUE.")
        elif name not in _BY_NAME:
            wrong.append(f"Line {number}: nobody knows the setting {name[:40]!r}.")
        elif name in values:
            wrong.append(f"Line {number}: {name} is given a second time.")
        values[name] = value
    if wrong:
        raise SettingsError(wrong)
    return values


def understood(values: dict[str, str]) -> dict[str, Any]:
    """Every setting in lower case with its value, None where it is empty. Raises SettingsError with all mistakes."""
    made: dict[str, Any] = {}
    wrong = []
    for setting in SETTINGS:
        try:
            made[setting.name.lower()] = _value(setting, values.get(setting.name, ""))
        except KindError as error:
            wrong.append(f"{setting.name} must be {error}.")
    if wrong := wrong or list(_contradictions(made)):
        raise SettingsError(wrong)
    return made


def _value(setting: Setting, text: str) -> Any:
    if text := text or setting.default or "":
        return setting.kind(text)
    if setting.default is None:
        raise KindError(f"given: {setting.help[0].lower()}{setting.help[1:].rstrip('.')}")
    return None


def _contradictions(made: dict[str, Any]) -> Iterator[str]:
    if (made["tls_certificate"] is None) != (made["tls_key"] is None):
        yield "TLS_CERTIFICATE and TLS_KEY must be given together, or neither."
    if not made["trunk"] and len(made["agents"] or ()) == 0:
        yield "There is nobody to call: give AGENTS, TRUNK, or both."
    for (name, protocol), (other, its) in combinations(_OURS, 2):
        if protocol == its and _meet(made[name.lower()], made[other.lower()]):
            yield f"{name} and {other} must not be the same {protocol.upper()} port."


def _meet(one: int | Ports, other: int | Ports) -> bool:
    (a, b), (c, d) = _ends(one), _ends(other)
    return a <= d and c <= b


def _ends(ports: int | Ports) -> tuple[int, int]:
    return (ports.first, ports.last) if isinstance(ports, Ports) else (ports, ports)


def example() -> str:
    """The file with every setting at its default."""
    lines = ["# Settings of the WebRTC gateway. Copy to .env, fill in the first lines, and run `make gateway`.", ""]
    for setting in SETTINGS:
        lines += [f"# {setting.help}"] if setting.help else []
        lines += [f"{setting.name}={setting.default or ''}"]
    return "\n".join(lines) + "\n"
