"""The gateway's programs: how each is started and asked for its health. The units and the containers say the same."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Program:
    """One process. ``check`` ends with 0 if it works; ``folder`` is its own below the run folder."""

    name: str
    about: str
    command: tuple[str, ...]
    check: tuple[str, ...]
    user: str = "root"
    capabilities: tuple[str, ...] = field(default=())


def programs(values: dict[str, Any]) -> list[Program]:
    """All of them, in the order in which they depend on each other."""
    here = [_relay(values), _credentials(values), _coturn(values), _kamailio(values), _nginx(values)]
    return [*here[:1], _asterisk(values), *here[1:]] if values["pbx_is_here"] else here


def _relay(values: dict[str, Any]) -> Program:
    private, public = values["private_address"], values["public_address"]
    command = (
        values["rtpengine"],
        f"--interface=outside/{private}!{public}",
        f"--interface=inside/{private}",
        f"--listen-ng=127.0.0.1:{values['ng_port']}",
        f"--port-min={values['rtp_ports'].first}",
        f"--port-max={values['rtp_ports'].last}",
        *("--table=0", "--delete-delay=0", "--foreground", "--log-stderr", "--log-level=6"),
    )
    check = (str(Path(values["rtpengine"]).with_name("rtpng")), "ping", f"--ng=127.0.0.1:{values['ng_port']}")
    return Program(
        "relay", "media relay (rtpng)", command, check, capabilities=("CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_NICE")
    )


def _asterisk(values: dict[str, Any]) -> Program:
    command = (values["asterisk"], "-f", "-n", "-C", f"{values['folder']}/asterisk/asterisk.conf")
    check = (*command[:1], *command[3:], "-r", "-x", "core waitfullybooted")
    return Program("asterisk", "PBX (Asterisk)", command, check, user="asterisk")


def _credentials(values: dict[str, Any]) -> Program:
    command = ("/usr/bin/python3", f"{values['folder']}/turn_credentials.py", f"{values['folder']}/credentials.json")
    check = ("/usr/bin/curl", "-fsS", f"http://127.0.0.1:{values['credentials_port']}/health")
    return Program("credentials", "credentials for TURN", command, check, user="www-data")


def _coturn(values: dict[str, Any]) -> Program:
    command = (values["turnserver"], "-c", f"{values['folder']}/turnserver.conf")
    check = ("/usr/bin/turnutils_stunclient", "-p", str(values["turn_port"]), values["private_address"])
    return Program("coturn", "TURN server (coturn)", command, check, user="turnserver")


def _kamailio(values: dict[str, Any]) -> Program:
    run = f"{values['run_folder']}/kamailio"
    options = ("-DD", "-E", "-m", "128", "-M", "16", "-Y", run, "-w", run, "-P", f"{run}/kamailio.pid")
    command = (values["kamailio"], "-f", f"{values['folder']}/kamailio.cfg", *options)
    return Program(
        "kamailio",
        "SIP proxy (Kamailio)",
        command,
        ("/usr/sbin/kamcmd", "-s", f"unix:{run}/ctl", "core.uptime"),
        user="kamailio",
    )


def _nginx(values: dict[str, Any]) -> Program:
    command = (values["nginx"], "-c", f"{values['folder']}/nginx.conf")
    check = ("/usr/bin/curl", "-fsSk", "-o", "/dev/null", f"https://127.0.0.1:{values['web_port']}/gateway.json")
    return Program("nginx", "web server (Nginx)", command, check)
