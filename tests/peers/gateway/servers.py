"""What stands between browsers and phones on the gateway's host: Nginx with TLS, Kamailio with WebSocket."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.netns.topology import Host, end
from tests.peers.kamailio import Script

NGINX = "/usr/sbin/nginx"
WEB_PORT = 8443
PAGE = Path(__file__).parent / "page"
STARTED_WITHIN = 10.0  # seconds
_CERTIFICATE = (
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    "/CN=gateway",
)


def script(profile: str) -> Script:
    """Our Kamailio script; ``profile`` is what browsers are offered and answered: RTP/SAVPF, UDP/TLS/RTP/SAVPF."""
    return Script(Path(__file__).with_name("kamailio.cfg"), (f'PROFILE="{profile}"',), ("tcp:127.0.0.1:8080",))


@contextmanager
def nginx(host: Host, folder: Path) -> Iterator[None]:
    """Nginx with a certificate of its own, until the block ends."""
    host.run("openssl", *_CERTIFICATE, "-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.pem")
    wanted = Path(__file__).with_name("nginx.conf").read_text()
    configuration = folder / "nginx.conf"
    configuration.write_text(wanted.replace("FOLDER", str(folder)).replace("PAGE", str(PAGE)))
    log = folder / "nginx.log"
    with log.open("wb") as written:
        process = host.start(NGINX, "-c", str(configuration), stdout=written, stderr=written, stdin=subprocess.DEVNULL)
    try:
        _wait(host, log)
        yield
    finally:
        end(process)


def _wait(host: Host, log: Path) -> None:
    deadline = time.perf_counter() + STARTED_WITHIN
    while f":{WEB_PORT} " not in host.run("ss", "-Hltn").stdout:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"Nginx does not start:\n{log.read_text()}")
        time.sleep(0.05)
