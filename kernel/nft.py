"""The flow table of a real kernel: one nftables table with map look-ups on the ingress of every device.

The table is ``rtpng<N>`` for ``--table=N``, family netdev. Forwarded packets never see routing, the FORWARD chain,
rp_filter or conntrack; everything that is not RTP of a known flow goes its normal way, to the daemon's socket.
"""

import errno
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from pyroute2.netlink.nfnetlink import nftsocket
from pyroute2.nftables.expressions import genex

from kernel.elements import BLOCKED, MAPS, FlowMap, NextHop, carriable
from kernel.errors import KernelError
from kernel.flow import Counter, Flow, FlowChange
from kernel.ledger import Edit, Ledger, Resolve
from kernel.netlink import Message, Request, nftables
from kernel.ring import Ring, Rings
from kernel.routes import Device, Routes
from kernel.rules import Rule, Value, Verdict, chains, entrance
from kernel.ruleset import Ruleset
from sipcore.address import Family

logger = logging.getLogger(__name__)

T = TypeVar("T")

_OWNER = 2  # NFT_TABLE_F_OWNER: the table lives exactly as long as the socket that made it
_INGRESS, _PRIORITY, _DROP, _ACCEPT = 0, -300, 0, 1
_HEADERS = 20  # netlink and nfnetlink header of a message
_STEP = 50  # flows that are looked at in one turn: 15 ms if each has a route of its own to be looked up

# Type numbers matter only to `nft list`, which must know them to print the keys: ipv4_addr . ipv4_addr . mark,
# ipv4_addr . inet_service (six bits each), and integer where there is no better.
_IPV4_ADDR, _INET_SERVICE, _MARK, _INTEGER = 7, 13, 19, 4

_MESSAGE_CLASSES = MappingProxyType(
    {
        nftsocket.NFT_MSG_NEWTABLE: nftsocket.nft_table_msg,
        nftsocket.NFT_MSG_NEWSET: nftsocket.nft_set_msg,
        nftsocket.NFT_MSG_NEWCHAIN: nftsocket.nft_chain_msg,
        nftsocket.NFT_MSG_NEWRULE: nftsocket.nft_rule_msg,
    }
)

# pyroute2 0.9 gives the family of `fwd` the type 'u32', which its attributes do not know; the kernel reads it as be32.
_fwd = nftsocket.nft_contains_expr.nft_expr.nft_fwd
_fwd.u32 = _fwd.be32


def table_name(number: int) -> str:
    """The nftables table of ``--table=number``."""
    return f"rtpng{number}"


class NftTable:
    """A FlowTable in the network namespace of the thread that makes it.

    ``max_flows`` flows at most. ``devices``: hooked while they exist; None is every device that may receive media.
    Raises KernelError if the table cannot be made; see ``kernel.probe`` for the reasons in words.
    """

    active = True

    def __init__(self, table: int | str, max_flows: int, devices: Collection[str] | None = None) -> None:
        self._ledger = Ledger(max_flows)
        self._only = devices
        self._attached: set[Device] = set()
        self._complaints: set[tuple[str, int | None]] = set()
        self._lock = threading.Lock()  # counters() may run in a thread and takes notes
        self._routes = Routes()
        self._ruleset = Ruleset(table if isinstance(table, str) else table_name(table))
        self._rings = Rings(self._ruleset.name)
        try:
            self._create()
            self._rings.clear_out()
        except KernelError:
            self.close()
            raise

    @property
    def installed(self) -> Collection[Flow]:
        """The flows that the kernel carries at this moment; a live view."""
        return self._ledger.hops.keys()

    def apply(self, change: FlowChange) -> Mapping[Flow, Counter]:
        """See FlowTable. A wanted flow that is left out is tried again by refresh_steps()."""
        self.verify()
        self._note(self._ruleset.last_counters(change.remove & self._ledger.hops.keys()))
        last = self._ledger.carried(change.remove)
        self._commit(self._ledger.edits(change, self._resolver()))
        with self._lock:
            self._ledger.want(change)
        return last

    def counters(self, flows: Collection[Flow]) -> Mapping[Flow, Counter]:
        """See FlowTable. May run in another thread, beside the other methods.

        A flow that has lost its route keeps what it has carried.
        """
        installed = [flow for flow in flows if flow in self._ledger.hops]
        found = self._ruleset.counters(installed, len(self._ledger.hops))
        with self._lock:
            self._ledger.note(found)
            return self._ledger.carried(flows)

    def refresh_steps(self) -> Iterator[None]:
        """See FlowTable. Call it when RouteMonitor has noticed something, once for a burst."""
        if not self.verify():
            return
        self._follow_devices()
        flows = iter(list({**self._ledger.wanted, **self._ledger.hops}))
        resolve = self._resolver()  # a route that changes meanwhile is noticed, and leads to the next refresh
        while chunk := list(islice(flows, _STEP)):
            self._correct(chunk, resolve)
            yield

    def verify(self) -> bool:
        """Whether the kernel has our table; puts it back with all flows if somebody has deleted it. Quick."""
        if self._ruleset.exists():
            return True
        logger.warning("nftables table %s has vanished, making it again", self._ruleset.name)
        self._ledger.lose_all()
        self._attached.clear()
        try:
            self._create()
        except KernelError as error:
            logger.error("cannot make nftables table %s again: %s", self._ruleset.name, error.strerror)
            return False
        self._correct(self._ledger.wanted, self._resolver())
        return True

    def ring(self, number: int) -> Ring:
        """See FlowTable."""
        ring = self._rings.open(number)
        self._follow_devices()
        return ring

    def close(self) -> None:
        """Closes the sockets; the kernel removes the table with everything in it."""
        self._rings.close()
        self._ruleset.close()
        self._routes.close()
        self._ledger.lose_all()

    def _create(self) -> None:
        self._ruleset.enlarge()
        self._ruleset.create(list(_table_messages(self._ruleset.name, self._ledger.max_flows)))
        self._follow_devices()
        if not self._attached:
            raise KernelError(errno.ENODEV, "no network device could be hooked")

    def _follow_devices(self) -> None:
        devices = {each for each in self._routes.devices() if self._is_ours(each.name)}
        for device in self._attached - devices:
            self._attempt(f"device {device.name}", self._detach, device)
        for device in devices - self._attached:
            self._attempt(f"device {device.name}", self._attach, device)

    def _is_ours(self, device: str) -> bool:
        return self._only is None or device in self._only or self._rings.owns(device)

    def _attach(self, device: Device) -> None:
        kind = _wall_messages if self._rings.owns(device.name) else _entrance_messages
        self._ruleset.create(list(kind(self._ruleset.name, device.name)))
        self._attached.add(device)

    def _detach(self, device: Device) -> None:
        self._attached.discard(device)
        self._ruleset.remove_chain(_entrance_name(device.name))

    def _resolver(self) -> Resolve:
        """Looks each pair of addresses up once, as long as the resolver is used."""
        known: dict[tuple[str, str], NextHop | None] = {}

        def resolve(flow: Flow) -> NextHop | None:
            if not carriable(flow):
                return None
            if flow.target is None:
                return BLOCKED
            if flow.through:
                return NextHop(flow.through, flow.target.host)
            pair = flow.target.host, flow.source.host
            if pair not in known:
                known[pair] = self._routes.next_hop(*pair)
            return known[pair]

        return resolve

    def _correct(self, flows: Iterable[Flow], resolve: Resolve) -> None:
        """Brings flows to what their routes say; those that change keep their counters."""
        edits = self._ledger.corrections(flows, resolve)
        self._note(self._ruleset.last_counters(edit.old for edit in edits if edit.old))
        self._attempt("route change", self._commit, [self._with_counter(edit) for edit in edits])

    def _with_counter(self, edit: Edit) -> Edit:
        return replace(edit, start=self._ledger.wanted[edit.new]) if edit.new else edit

    def _note(self, counters: Mapping[Flow, Counter]) -> None:
        with self._lock:
            self._ledger.note(counters)

    def _commit(self, edits: list[Edit]) -> None:
        """One transaction; if the kernel refuses it, one for each edit, so that one bad flow harms no other."""
        try:
            self._ruleset.change(edits)
            done = edits
        except KernelError:
            done = [edit for edit in edits if self._attempt("flow", self._ruleset.change, [edit])]
            if not done:
                raise
        for edit in done:
            self._ledger.settle(edit)

    def _attempt(self, what: str, action: Callable[[T], None], argument: T) -> bool:
        """Whether it worked; each kind of refusal is logged once."""
        try:
            action(argument)
        except KernelError as error:
            if (what, error.errno) not in self._complaints:
                self._complaints.add((what, error.errno))
                logger.warning("nftables table %s: %s refused: %s", self._ruleset.name, what, error.strerror)
            return False
        return True


def _table_messages(table: str, max_flows: int) -> Iterator[Message]:
    flags = Request.CREATE | Request.EXCL
    yield _message(nftsocket.NFT_MSG_NEWTABLE, flags, NFTA_TABLE_NAME=table, NFTA_TABLE_FLAGS=_OWNER)
    for number, flow_map in enumerate(MAPS, start=1):
        yield _map_message(table, flow_map, number, max_flows)
    for chain in chains():
        yield _message(nftsocket.NFT_MSG_NEWCHAIN, Request.CREATE, NFTA_CHAIN_TABLE=table, NFTA_CHAIN_NAME=chain)
    for chain, rules in chains().items():
        for rule in rules:
            yield _rule_message(table, chain, rule)


def _map_message(table: str, flow_map: FlowMap, number: int, max_flows: int) -> Message:
    """With a size the kernel uses a hash that does not grow, whose dumps are complete; every element counts."""
    return _message(
        nftsocket.NFT_MSG_NEWSET,
        Request.CREATE,
        NFTA_SET_TABLE=table,
        NFTA_SET_NAME=flow_map.name,
        NFTA_SET_FLAGS={"NFT_SET_MAP"},
        NFTA_SET_KEY_TYPE=_key_type(flow_map),
        NFTA_SET_KEY_LEN=flow_map.key_length,
        NFTA_SET_DATA_TYPE=_INTEGER,
        NFTA_SET_DATA_LEN=flow_map.data_length,
        NFTA_SET_ID=number,
        NFTA_SET_EXPR={"attrs": [("NFTA_EXPR_NAME", "counter")]},
        NFTA_SET_DESC={"attrs": [("NFTA_SET_DESC_SIZE", max_flows)]},
    )


def _key_type(flow_map: FlowMap) -> int:
    if flow_map.family is Family.IP6:
        return _INTEGER
    return _IPV4_ADDR << 12 | _IPV4_ADDR << 6 | _MARK if flow_map.exact else _IPV4_ADDR << 6 | _INET_SERVICE


def _entrance_name(device: str) -> str:
    return f"in-{device}"


def _entrance_messages(table: str, device: str) -> Iterator[Message]:
    yield _hook(table, device, _ACCEPT)
    yield _rule_message(table, _entrance_name(device), entrance())


def _wall_messages(table: str, device: str) -> Iterator[Message]:
    """What has come to a ring was seen by its worker, which sits in front of this hook, and ends here."""
    yield _hook(table, device, _DROP)


def _hook(table: str, device: str, policy: int) -> Message:
    hook = {"NFTA_HOOK_HOOKNUM": _INGRESS, "NFTA_HOOK_PRIORITY": _PRIORITY, "NFTA_HOOK_DEV": device}
    return _message(
        nftsocket.NFT_MSG_NEWCHAIN,
        Request.CREATE,
        NFTA_CHAIN_TABLE=table,
        NFTA_CHAIN_NAME=_entrance_name(device),
        NFTA_CHAIN_HOOK={"attrs": list(hook.items())},
        NFTA_CHAIN_TYPE="filter",
        NFTA_CHAIN_POLICY=policy,
    )


def _rule_message(table: str, chain: str, rule: Rule) -> Message:
    expressions = [
        genex(each.name, {key: _encodable(value) for key, value in each.attributes.items()}) for each in rule
    ]
    return _message(
        nftsocket.NFT_MSG_NEWRULE,
        Request.CREATE | Request.APPEND,
        NFTA_RULE_TABLE=table,
        NFTA_RULE_CHAIN=chain,
        NFTA_RULE_EXPRESSIONS=expressions,
    )


def _encodable(value: Value) -> object:
    """An expression's value in the shape that pyroute2 wants."""
    match value:
        case bytes():
            return {"attrs": [("NFTA_DATA_VALUE", value)]}
        case Verdict(code, chain):
            target = [("NFTA_VERDICT_CHAIN", chain)] if chain else []
            return {"attrs": [("NFTA_DATA_VERDICT", {"attrs": [("NFTA_VERDICT_CODE", code), *target]})]}
        case _:
            return value


def _message(kind: int, flags: int, **attributes: object) -> Message:
    message = _MESSAGE_CLASSES[kind]()
    message["attrs"] = list(attributes.items())
    message.encode()
    return nftables(kind, bytes(message.data[_HEADERS:]), flags)
