"""Secrets that nobody has chosen: made once, kept in the settings file."""

import secrets
from collections.abc import Callable
from typing import Any


def missing(made: dict[str, Any], random: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> dict[str, str]:
    """The lines of the settings file that have to change, by name; ``made`` is what was understood of it."""
    changed = {}
    if made["turn_secret"] is None:
        changed["TURN_SECRET"] = random()
    known: dict[str, str] = made["agent_passwords"] or {}
    if new := [agent for agent in made["agents"] or () if agent not in known]:
        passwords = known | {agent: random() for agent in new}
        changed["AGENT_PASSWORDS"] = " ".join(f"{agent}:{password}" for agent, password in passwords.items())
    return changed


def written(text: str, changed: dict[str, str]) -> str:
    """The settings file with other values for some names; what is not in it yet comes at its end."""
    left = dict(changed)
    lines = []
    for line in text.splitlines():
        name = line.partition("=")[0].strip()
        lines.append(f"{name}={left.pop(name)}" if name in left else line)
    return "\n".join([*lines, *(f"{name}={value}" for name, value in left.items())]) + "\n"
