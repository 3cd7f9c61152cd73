"""The files that are rendered, and how they get to their places."""

import grp
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rendering.settings import SettingsError
from rendering.values import DEPLOYMENT, one_of


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file's text. It holds secrets if it has a ``group``: then only root and that group may read it."""

    name: str
    text: str
    group: str = ""


_FILES = (  # (template and name, group)
    ("nginx.conf", ""),
    ("kamailio.cfg", "kamailio"),
    ("turnserver.conf", "turnserver"),
    ("credentials.json", "www-data"),
    ("check", ""),
    ("firewall.nft", ""),
    ("journald.conf", ""),
    ("docker-compose.yml", ""),
    ("systemd/webrtc-gateway.target", ""),
)
_OF_ASTERISK = tuple(
    (f"asterisk/{name}.conf", "asterisk") for name in ("asterisk", "modules", "logger", "rtp", "pjsip", "extensions")
)
_EMPTY_OF_ASTERISK = (
    *("acl", "ccss", "cdr", "cel", "dnsmgr", "features", "indications", "manager", "pjproject", "udptl"),
    "keys/none",
)
_COMMON_NAME = 64  # characters (RFC 5280, appendix A.1)
_COPIED = ("page", "turn_credentials.py")  # a checkout in a home folder is closed to Nginx's user


def rendered(values: dict[str, Any]) -> Iterator[Rendered]:
    """Every file of a gateway with these values."""
    templates = Environment(
        loader=FileSystemLoader(DEPLOYMENT / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["one_of"] = one_of
    for name, group in (*_FILES, *_OF_ASTERISK):
        yield Rendered(name, templates.get_template(name).render(values), group)
    for name in _EMPTY_OF_ASTERISK:
        yield Rendered(f"asterisk/{name}.conf", "; Nothing: Asterisk only wants to find this file.\n")
    unit = templates.get_template("systemd/program.service")
    for program in values["programs"]:
        yield Rendered(f"systemd/webrtc-gateway-{program.name}.service", unit.render(values, program=program))


def place(files: Iterator[Rendered], folder: Path) -> list[str]:
    """Writes the files. Returns the groups that this system does not have."""
    absent = []
    for file in files:
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, file.text, 0o640 if file.group else 0o755 if file.text.startswith("#!") else 0o644)
        if file.group and not _give(target, file.group):
            absent.append(file.group)
    return sorted(set(absent))


def copy(folder: Path) -> None:
    """Puts what is served or run as it is beside the configuration."""
    for name in _COPIED:
        source, target = DEPLOYMENT / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copyfile(source, target)


def certificate(values: dict[str, Any]) -> None:
    """A self-signed certificate for the domain, unless there is one. Raises SettingsError if openssl makes none."""
    key, chain = Path(values["tls_key"]), Path(values["tls_certificate"])
    if key.exists() and chain.exists():
        return
    name = values["domain"][:_COMMON_NAME]  # clients look at the other one only
    subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{values['domain']}")
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "825")
    command = ("openssl", "req", "-x509", *made, *subject, "-keyout", str(key), "-out", str(chain))
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SettingsError([f"openssl makes no certificate: {done.stderr.strip()}"])
    key.chmod(0o640)
    _give(key, "turnserver")


def _write(target: Path, text: str, mode: int) -> None:
    """Nobody ever sees half of a file, or secrets in one that is open to all."""
    draft = target.with_name(f".{target.name}.draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.chmod(mode)
    draft.replace(target)


def _give(target: Path, group: str) -> bool:
    """Lets a group read a file; only root can, and for others nothing needs to be done."""
    if os.geteuid() != 0:
        return True
    try:
        shutil.chown(target, group=grp.getgrnam(group).gr_gid)
    except KeyError:
        return False
    return True
