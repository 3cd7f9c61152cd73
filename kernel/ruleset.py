"""One table of ours in the kernel: changes, counters, devices. Speaks nf_tables; knows no routes and no wishes."""

import errno
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from kernel.elements import (
    BLOCKED,
    FlowMap,
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
_WORTH_A_DUMP = 4  # an element costs about this many times more when it is asked for by its key


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

    def create(self, messages: Sequence[Message]) -> None:
        """Carries out messages that make the table or its chains, all or none."""
        self._owner.transaction(messages)

    def remove_chain(self, name: str) -> None:
        """Takes a device's chain away, if the kernel has not done so together with the device."""
        body = text_attribute(_NFTA_CHAIN_TABLE, self.name) + text_attribute(_NFTA_CHAIN_NAME, name)
        try:
            self._owner.transaction([nftables(_DELCHAIN, body)])
        except KernelError as error:
            if error.errno != errno.ENOENT:
                raise

    def change(self, edits: Collection[Edit]) -> None:
        """Takes all steps in one transaction: no packet sees a moment between them."""
        leaving = ((map_of(edit.old), element(key_of(edit.old))) for edit in edits if edit.old)
        entering = ((map_of(edit.new), _entering(edit, edit.new)) for edit in edits if edit.new)
        messages = self._messages(_DELSETELEM, leaving) + self._messages(_NEWSETELEM, entering, Request.CREATE)
        if messages:
            self._owner.transaction(messages)

    def counters(self, flows: Collection[Flow], installed: int) -> dict[Flow, Counter]:
        """What these of all ``installed`` flows have carried. Works beside changes in another thread."""
        found: dict[Flow, Counter] = {}
        for flow_map, keys in _by_map(flows).items():
            if len(keys) * _WORTH_A_DUMP > installed:
                found.update(_named(keys, self._dump(flow_map)))
            # A dump is no snapshot: elements may be missing in it although they are there.
            missing = {key: flow for key, flow in keys.items() if flow not in found}
            found.update(_named(missing, self._ask(self._reader, flow_map, list(missing))))
        return found

    def last_counters(self, flows: Iterable[Flow]) -> dict[Flow, Counter]:
        """The counters of flows that are about to leave."""
        found: dict[Flow, Counter] = {}
        for flow_map, keys in _by_map(flows).items():
            found.update(_named(keys, self._ask(self._owner, flow_map, list(keys))))
        return found

    def _messages(self, kind: int, elements: Iterable[tuple[FlowMap, bytes]], flags: int = 0) -> list[Message]:
        by_map: defaultdict[str, list[bytes]] = defaultdict(list)
        for flow_map, each in elements:
            by_map[flow_map.name].append(each)
        bodies = (body for name, parts in by_map.items() for body in element_lists(self.name, name, parts))
        return [nftables(kind, body, flags) for body in bodies]

    def _dump(self, flow_map: FlowMap) -> dict[bytes, Counter]:
        request = nftables(_GETSETELEM, map_body(self.name, flow_map.name), Request.DUMP)
        return _counters(self._reader.request(request), flow_map)

    def _ask(self, socket: NetlinkSocket, flow_map: FlowMap, keys: list[bytes]) -> dict[bytes, Counter]:
        """Counters by key. One request for all of them fails if one is missing: then each is asked for alone."""
        try:
            answers = self._answers(socket, flow_map, keys)
        except KernelError as error:
            if error.errno != errno.ENOENT:
                raise
            if len(keys) == 1:
                return {}
            return {key: each for one in keys for key, each in self._ask(socket, flow_map, [one]).items()}
        return _counters(answers, flow_map)

    def _answers(self, socket: NetlinkSocket, flow_map: FlowMap, keys: list[bytes]) -> list[bytes]:
        bodies = element_lists(self.name, flow_map.name, [element(key) for key in keys])
        return [answer for body in bodies for answer in socket.request(nftables(_GETSETELEM, body, Request.ACK))]


def _entering(edit: Edit, flow: Flow) -> bytes:
    start = added_headers(flow, edit.start) if edit.start.packets else None
    return element(key_of(flow), data_of(flow, edit.hop or BLOCKED), start)


def _by_map(flows: Iterable[Flow]) -> dict[FlowMap, dict[bytes, Flow]]:
    keys: defaultdict[FlowMap, dict[bytes, Flow]] = defaultdict(dict)
    for flow in flows:
        keys[map_of(flow)][key_of(flow)] = flow
    return keys


def _counters(answers: Iterable[bytes], flow_map: FlowMap) -> dict[bytes, Counter]:
    return {key: counter for answer in answers for key, counter in read_counters(answer, flow_map)}


def _named(keys: dict[bytes, Flow], counters: dict[bytes, Counter]) -> dict[Flow, Counter]:
    return {flow: counters[key] for key, flow in keys.items() if key in counters}
