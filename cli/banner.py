"""What ``rtpng serve`` says before it serves. Pure."""

from rtpng.config import Config, Listen
from rtpng.interfaces import Interface
from rtpng.version import VERSION
from sipcore.address import Address


def banner(config: Config, obstacle: str | None) -> str:
    """What it does, where, and who forwards; ``obstacle``: why the kernel cannot, None if it can or shall not."""
    return "\n".join(
        (
            f"rtpng {VERSION} relays the media of SIP calls; end it with Ctrl-C.",
            f"  control     ng over UDP on {', '.join(map(_listen, config.listen_ng))}",
            *(f"  media       {_interface(interface)}" for interface in config.interfaces),
            f"  forwarding  {_forwarding(config.table, obstacle)}",
            f'  Kamailio    modparam("rtpengine", "rtpengine_sock", "{_socket(config.listen_ng[0])}")',
        )
    )


def _listen(listen: Listen) -> str:
    return f"port {listen.port} of all addresses" if listen.host is None else str(Address(listen.host, listen.port))


def _interface(interface: Interface) -> str:
    shown = f", shown as {interface.advertised}" if interface.advertised != interface.address else ""
    return f"{interface.name}: {interface.address}{shown}, ports {interface.port_min} to {interface.port_max}"


def _forwarding(table: int, obstacle: str | None) -> str:
    if table < 0:
        return "in userspace, as --table=-1 says"
    if obstacle is not None:
        return f"in userspace: {obstacle}"
    return f"plain RTP in the kernel (nftables table rtpng{table}), the rest in userspace"


def _socket(listen: Listen) -> str:
    """As Kamailio's module writes it; an IPv6 socket is ``udp6``."""
    address = Address(listen.host or "127.0.0.1", listen.port)
    return f"udp{'6' if ':' in address.host else ''}:{address}"
