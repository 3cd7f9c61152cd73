"""Who may import whom: the table of docs/architecture.md, enforced."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("bridge", "cli", "kernel", "rtpng", "sipcore")

# The longest matching prefix of a module's name decides what it may import of ours.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "bridge": ("bridge",),
    "sipcore": ("sipcore",),
    "kernel": ("kernel", "sipcore.address", "sipcore.record"),
    "rtpng": ("rtpng", "kernel", "sipcore"),
    "rtpng.__init__": ("kernel", "sipcore"),
    "rtpng.version": (),
    "rtpng.errors": (),
    "rtpng.agenda": (),
    "rtpng.interfaces": ("rtpng.errors", "sipcore"),
    "rtpng.ports": ("rtpng.errors", "rtpng.interfaces", "sipcore"),
    "rtpng.traffic": ("rtpng.media.relay", "kernel.flow", "sipcore"),
    "rtpng.offload": ("rtpng.traffic", "kernel", "sipcore"),
    "rtpng.log": ("rtpng.config",),
    "rtpng.timeline": ("rtpng.log",),
    "rtpng.said": ("rtpng.timeline",),
    "rtpng.guard": ("rtpng.calls.model", "rtpng.log"),
    "rtpng.recording": ("rtpng.recording", "sipcore"),
    "rtpng.recording.recordings": (
        "rtpng.recording",
        "rtpng.calls",
        "rtpng.clock",
        "rtpng.log",
        "rtpng.timeline",
        "sipcore",
    ),
    "rtpng.load": (),
    "rtpng.capabilities": (),
    "rtpng.histogram": (),
    "rtpng.clock": (),
    "rtpng.insight": ("rtpng.histogram",),
    "rtpng.export": (
        "rtpng.export",
        "rtpng.calls.model",
        "rtpng.clock",
        "rtpng.config",
        "rtpng.ctl.sessions",
        "rtpng.ng",
        "sipcore",
    ),
    "rtpng.export.hep": ("sipcore",),
    "rtpng.export.rtcp_json": ("sipcore",),
    "rtpng.export.interval": (),
    "rtpng.metrics": (
        "rtpng.metrics",
        "rtpng.engine",
        "rtpng.histogram",
        "rtpng.insight",
        "rtpng.interfaces",
        "rtpng.ng",
    ),
    "rtpng.carrier": (
        "rtpng.insight",
        "rtpng.calls.plan",
        "rtpng.legs.spec",
        "rtpng.media.relay",
        "rtpng.offload",
        "rtpng.traffic",
        "rtpng.said",
        "rtpng.timeline",
        "kernel",
        "sipcore",
    ),
    "rtpng.listening": ("rtpng.config", "sipcore.address"),
    "rtpng.media": ("rtpng.media", "sipcore"),
    "rtpng.dtls": ("rtpng.dtls", "rtpng.errors", "sipcore"),
    "rtpng.dtls.terms": ("sipcore",),
    "rtpng.dtls.events": ("sipcore",),
    "rtpng.dtls.settings": (),
    "rtpng.ice": ("rtpng.ice", "sipcore"),
    "rtpng.calls": (
        "rtpng.calls",
        "rtpng.media.relay",
        "rtpng.legs.spec",
        "rtpng.dtls.terms",
        "rtpng.ice.pair",
        "rtpng.quality",
        "rtpng.interfaces",
        "rtpng.errors",
        "kernel.flow",
        "sipcore",
    ),
    "rtpng.legs": ("rtpng.legs", "rtpng.ice", "rtpng.dtls", "sipcore"),
    "rtpng.legs.spec": ("rtpng.dtls.terms", "rtpng.ice.pair", "sipcore"),
    "rtpng.leg_events": ("rtpng.calls", "rtpng.insight", "rtpng.timeline", "sipcore"),
    "rtpng.digit_events": ("rtpng.calls", "rtpng.media.relay", "sipcore"),
    "rtpng.judgement": ("rtpng.calls", "rtpng.insight", "rtpng.media.relay", "rtpng.said", "rtpng.timeline", "sipcore"),
    "rtpng.quality": ("rtpng.quality", "sipcore"),
    "rtpng.reports": ("rtpng.calls", "rtpng.media.relay", "rtpng.quality", "sipcore"),
    "rtpng.cautions": ("rtpng.calls", "rtpng.said"),
    "rtpng.farewells": ("rtpng.calls", "rtpng.log"),
    "rtpng.engine": (
        "rtpng.clock",
        "rtpng.farewells",
        "rtpng.insight",
        "rtpng.cautions",
        "rtpng.calls",
        "rtpng.judgement",
        "rtpng.digit_events",
        "rtpng.leg_events",
        "rtpng.legs.spec",
        "rtpng.carrier",
        "rtpng.media.relay",
        "rtpng.said",
        "rtpng.ports",
        "rtpng.traffic",
        "rtpng.offload",
        "rtpng.statistics",
        "rtpng.quality",
        "rtpng.recording",
        "rtpng.guard",
        "rtpng.reports",
        "rtpng.timeline",
        "rtpng.agenda",
        "rtpng.log",
        "rtpng.interfaces",
        "kernel",
        "sipcore",
    ),
    "rtpng.ng": (
        "rtpng.ng",
        "rtpng.calls.request",
        "rtpng.calls.recording",
        "rtpng.config",
        "rtpng.errors",
        "rtpng.listening",
        "sipcore",
    ),
    "rtpng.ng.commands": (
        "rtpng.ng",
        "rtpng.calls",
        "rtpng.engine",
        "rtpng.statistics",
        "rtpng.quality",
        "rtpng.timeline",
        "rtpng.errors",
        "rtpng.interfaces",
        "rtpng.log",
        "rtpng.media.relay",
        "rtpng.version",
        "sipcore",
    ),
    "rtpng.ctl": (
        "rtpng.ctl",
        "rtpng.calls",
        "rtpng.config",
        "rtpng.engine",
        "rtpng.interfaces",
        "rtpng.listening",
        "rtpng.log",
        "rtpng.timeline",
        "rtpng.ng",
        "sipcore",
    ),
    "rtpng.web": (
        "rtpng.web",
        "rtpng.config",
        "rtpng.errors",
        "rtpng.listening",
        "rtpng.ng.responder",
        "rtpng.ng.wire",
        "sipcore",
    ),
    "cli": ("cli", "rtpng", "kernel.probe", "sipcore"),
}

# Libraries of others: only here, so that each has one place where it is adapted.
ADAPTERS = {
    "pyroute2": ("kernel.nft", "kernel.rules"),
    "aioice": ("rtpng.ice.stun",),
    "aiohttp": ("bridge.server", "rtpng.web.server"),
    "OpenSSL": ("rtpng.dtls.openssl",),
    "cryptography": ("bridge.certificate", "rtpng.dtls.certificates", "rtpng.media.srtp_rare"),
    "bencodepy": ("rtpng.ng.wire",),
    "pylibsrtp": ("rtpng.media.srtp",),
    "click": ("cli",),
    "prometheus_client": ("rtpng.metrics.page",),
    "textual": ("cli.top.screen",),
    "rich": ("cli.top.screen",),
}


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def below(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)


MODULES = list(modules())


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_a_module_imports_only_what_its_layer_allows(name: str, path: Path) -> None:
    rule = max((prefix for prefix in MAY_IMPORT if below(name, (prefix,))), key=len)
    allowed = (*MAY_IMPORT[rule], *(package for package in (name.rpartition(".")[0],) if package not in OURS))
    for imported in imports(path):
        if imported.split(".")[0] in OURS:
            assert below(imported, allowed), f"{name} imports {imported}; {rule} may import {MAY_IMPORT[rule]}"
        library = imported.split(".")[0]
        if library in ADAPTERS:
            assert below(name, ADAPTERS[library]), f"{name} imports {library}, which only {ADAPTERS[library]} adapt"


def test_no_file_is_longer_than_400_lines() -> None:
    long = {name: size for name, path in MODULES if (size := len(path.read_text().splitlines())) > 400}
    assert not long


def test_every_name_in_the_table_exists() -> None:
    names = [name for name, _ in MODULES]
    for rule in (*MAY_IMPORT, *(adapter for adapters in ADAPTERS.values() for adapter in adapters)):
        assert any(below(name, (rule,)) for name in names), rule
