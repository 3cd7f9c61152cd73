"""What the templates see: the settings, and what follows from them."""

import re
from pathlib import Path
from typing import Any

from rendering.doors import doors
from rendering.programs import programs

DEPLOYMENT = Path(__file__).resolve().parent.parent
CHECKOUT = DEPLOYMENT.parent.parent


def derived(made: dict[str, Any], folder: Path) -> dict[str, Any]:
    """``made`` is what was understood of the settings file, secrets included; ``folder`` is where files will live."""
    values = made | {"folder": str(folder)}
    for part in (_places, _network, _trunk, _people):
        values |= part(values)
    values["doors"] = doors(values)
    values["programs"] = programs(values)
    return values


def one_of(words: tuple[str, ...]) -> str:
    """A regular expression that matches these words and nothing else; dots in brackets, as backslashes get lost."""
    return "|".join(re.sub(r"[.]", "[.]", word) for word in words)


def _places(values: dict[str, Any]) -> dict[str, Any]:
    own = values["tls_certificate"] is None
    rtpengine = values["rtpengine"] or f"{CHECKOUT}/.venv/bin/rtpengine"
    return {
        "page_folder": values["page_folder"] or f"{values['folder']}/page",
        "checkout": str(CHECKOUT),
        "deployment": str(DEPLOYMENT),
        "rtpengine": rtpengine,
        "relay_folder": str(Path(rtpengine).parent),
        "run_name": Path(values["run_folder"]).name,
        "tls_is_own": own,
        "tls_certificate": f"{values['folder']}/tls.pem" if own else values["tls_certificate"],
        "tls_key": f"{values['folder']}/tls.key" if own else values["tls_key"],
    }


def _network(values: dict[str, Any]) -> dict[str, Any]:
    private, public, second = values["private_address"], values["public_address"], values["second_relay"]
    pbx = values["pbx_address"] or private
    port = "" if values["web_port"] == 443 else f":{values['web_port']}"
    return {
        "behind_nat": private != public,
        "pbx_address": pbx,
        "pbx_is_here": pbx == private,
        "relays": [f"127.0.0.1:{values['ng_port']}", *([str(second)] if second else [])],
        "relay_addresses": tuple(dict.fromkeys((private, public, *([second.host] if second else [])))),
        "origins": (f"https://{values['domain']}{port}", *(values["origins"] or ())),
    }


def _trunk(values: dict[str, Any]) -> dict[str, Any]:
    trunk, outside = values["trunk"], values["trunk_side"] == "outside"
    own = values["public_address"] if outside else values["private_address"]
    return {
        "trunk": str(trunk) if trunk else "",
        "trunk_host": trunk.host if trunk else "",
        "trunk_sources": (trunk.host, *(values["trunk_sources"] or ())) if trunk else (),
        "trunk_outside": bool(trunk) and outside and values["behind_nat"],
        "trunk_contact": f"{own}:{values['sip_port']}",
    }


def _people(values: dict[str, Any]) -> dict[str, Any]:
    passwords = values["agent_passwords"] or {}
    return {"agent_passwords": {agent: passwords[agent] for agent in values["agents"] or ()}}
