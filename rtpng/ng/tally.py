"""Counts ng commands per proxy, for ``statistics``."""

from collections.abc import Callable
from dataclasses import dataclass, field

# Command names and the short names that rtpengine's statistics use.
SHORT_NAMES = {
    "ping": "Ping",
    "offer": "Offer",
    "answer": "Answer",
    "delete": "Delete",
    "query": "Query",
    "list": "List",
    "start recording": "StartRec",
    "stop recording": "StopRec",
    "pause recording": "PauseRec",
    "start forwarding": "StartFwd",
    "stop forwarding": "StopFwd",
    "block DTMF": "BlkDTMF",
    "unblock DTMF": "UnblkDTMF",
    "block media": "BlkMedia",
    "unblock media": "UnblkMedia",
    "silence media": "SlnMedia",
    "unsilence media": "UnslnMedia",
    "play media": "PlayMedia",
    "stop media": "StopMedia",
    "play DTMF": "PlayDTMF",
    "statistics": "Stats",
    "publish": "Pub",
    "subscribe request": "SubReq",
    "subscribe answer": "SubAns",
    "unsubscribe": "Unsub",
    "inject start": "InjStart",
    "inject stop": "InjStop",
    "connect": "Conn",
    "cli": "CLI",
    "transform": "Trnsfm",
    "create": "Create",
    "create answer": "CrtAnsw",
    "mesh": "Mesh",
}

# OpenSIPS leaves the last syllable off.
_SYNONYMS = {"CLI": "cli", "start forward": "start forwarding", "stop forward": "stop forwarding"}

OTHERS = "others"


def canonical(command: str) -> str:
    """The name of a command under which the tables know it."""
    return _SYNONYMS.get(command, command)


@dataclass(slots=True)
class CommandTally:
    """How often one command was carried out, and the seconds that took."""

    count: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class ProxyTally:
    """One proxy's commands by full name, and how many of its requests were answered with an error."""

    commands: dict[str, CommandTally] = field(default_factory=dict)
    errors: int = 0

    def add(self, command: str, seconds: float) -> None:
        counted = self.commands.get(command)
        if counted is None:
            counted = self.commands[command] = CommandTally()
        counted.count += 1
        counted.seconds += seconds


def _unwatched(_command: str, _seconds: float) -> None:
    """The watch where nobody wants to know."""


class Tally:
    """All proxies by host. Source addresses can be forged: past ``max_proxies`` they count as ``OTHERS``."""

    def __init__(self, max_proxies: int = 1000) -> None:
        self._max_proxies = max_proxies
        self.proxies: dict[str, ProxyTally] = {}
        self.watch: Callable[[str, float], None] = _unwatched  # gets every command and its seconds, too

    def command(self, host: str, command: str, seconds: float) -> None:
        """Counts a known command; a name that no rtpengine knows counts only as an error."""
        name = canonical(command)
        if name in SHORT_NAMES:
            self._proxy(host).add(name, seconds)
            self.watch(name, seconds)

    def error(self, host: str) -> None:
        self._proxy(host).errors += 1

    def _proxy(self, host: str) -> ProxyTally:
        known = self.proxies.get(host)
        if known is None:
            name = host if len(self.proxies) < self._max_proxies else OTHERS
            known = self.proxies.setdefault(name, ProxyTally())
        return known
