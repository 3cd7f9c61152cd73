"""Values that are made often: as cheap to make as Python allows, and still nobody changes them."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A data class of which the type checker, and it alone, says that it is frozen.

    ``dataclass(frozen=True)`` sets each field through a function call: a value of sixty fields takes 5.6 instead of
    0.6 microseconds. Its place is where nobody makes one per request or packet.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
