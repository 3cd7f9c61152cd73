"""One table of ours in the kernel: changes, counters, devices. Speaks nf_tables; knows no routes and no wishes."""

import errno
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from kernel.elements import (
    FlowMap,
    NextHop,
    added_headers,
    data_of,
    element,
    element_lists,
    key_of,
    map_body,
    map_of,
    read_counters,
)
from kernel.errors import KernelError
from kernel.flow import Counter, Flow
from kernel.ledger import Edit
from kernel.netlink import NETLINK_NETFILTER, Message, NetlinkSocket, Request, nftables, text_attribute

_GETTABLE, _DELCHAIN = 1, 5
_NEWSETELEM, _GETSETELEM, _DELSETELEM = 12, 13, 14
_NFTA_TABLE_NAME = 1
_NFTA_CHAIN_TABLE, _NFTA_CHAIN_NAME = 1, 3
_DUMP_WORTH = 4  # a dump costs per element a fraction of what asking for it by its key costs


class Ruleset:
    """The table ``name``. It belongs to the socket in here: when that closes, also by the death of the process, the
    kernel removes the table, and nobody else can delete or flush it before.

    Methods raise KernelError; a change that raises has changed nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._owner = NetlinkSocket(NETLINK_NETFILTER)
        self._reader = NetlinkSocket(NETLINK_NETFILTER)

    def enlarge(self) -> None:
        self._owner.enlarge()
        self._reader.enlarge()

    def close(self) -> None:
        self._owner.close()
        self._reader.close()

    def exists(self) -> bool:
        """Whether the kernel still has the table."""
        try:
            self._owner.request(nftables(_GETTABLE, text_attribute(_NFTA_TABLE_NAME, self.name), Request.ACK))
        except KernelError as error:
            if error.errno == errno.ENOENT:
                return False
            raise
        return True
