"""Whether the kernel path can be used here, found out by trying it, and why not in words."""

import errno
import os
from collections.abc import Collection

from kernel.errors import KernelError
from kernel.table import FlowTable, NullTable

OFF = -1  # --table=-1

_NO_PERMISSION = (
    "no permission to change nftables: give the process CAP_NET_ADMIN (run it as root, or with "
    "AmbientCapabilities=CAP_NET_ADMIN in the systemd unit, or with --cap-add=NET_ADMIN in a container)"
)
_NO_SUPPORT = (
    "the kernel lacks what is needed for nftables forwarding ({}): it must be Linux 5.12 or later with "
    "CONFIG_NF_TABLES, CONFIG_NF_TABLES_NETDEV and CONFIG_NFT_FWD_NETDEV; modules: nf_tables, nft_fwd_netdev"
)
_IN_USE = (
    "nftables table {name} belongs to another running process: stop that one, or choose another number with --table"
)
_FOREIGN = (
    "nftables table {name} exists and is not ours: remove it with `nft delete table netdev {name}`, "
    "or choose another number with --table"
)


def probe() -> str | None:
    """Why the kernel path cannot be used, and what to do about it; None if it can.

    Makes the whole rule set in a table of its own and takes it away again.
    """
    from kernel.nft import NftTable  # its library is a quarter of a start, and userspace alone does without

    try:
        NftTable(f"rtpng-probe-{os.getpid()}", max_flows=1, devices=("lo",)).close()
    except KernelError as error:
        if error.errno in (errno.EPERM, errno.EACCES):
            return _NO_PERMISSION
        return _NO_SUPPORT.format(error.strerror)
    return None


def open_table(number: int, max_flows: int, devices: Collection[str] | None = None) -> tuple[FlowTable, str | None]:
    """The flow table of ``--table=number``, and why it is a NullTable if it had to be one.

    The reason is one sentence for the operator; None with a real table, and with ``OFF``, which was asked for.
    """
    if number == OFF:
        return NullTable(), None
    from kernel.nft import NftTable  # see probe

    try:
        return NftTable(number, max_flows, devices), None
    except KernelError as error:
        return NullTable(), probe() or _refusal(number, error)


def _refusal(number: int, error: KernelError) -> str:
    """A probe works, so it is this one table that cannot be made."""
    from kernel.nft import table_name  # see probe

    name = table_name(number)
    if error.errno == errno.EPERM:
        return _IN_USE.format(name=name)
    if error.errno == errno.EEXIST:
        return _FOREIGN.format(name=name)
    return f"nftables table {name} cannot be made: {error.strerror}"
