"""Carries out treatments: one callable per way out, made when a relay is applied; an untreated way costs nothing."""

from collections.abc import Callable
from typing import TypeAlias

from rtpng.media.relay import Treatment
from sipcore.address import Address

Send: TypeAlias = Callable[[bytes, Address], int | None]  # bytes sent; None: the packet was dropped on purpose


def treated(send: Send, treatment: Treatment) -> Send:
    """``send``, with everything done to the packet before that the treatment asks for."""
    return _drop if treatment.blocked else send


def _drop(data: bytes, target: Address) -> None:
    del data, target
