"""Capabilities of the process: what it is permitted, it uses."""

import ctypes

_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3: two words for each set
_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def use_permitted() -> None:
    """Makes effective what this process is permitted.

    An interpreter whose file permits capabilities does not start with them in effect: if it did, it could not start at
    all where one of them is withheld, as containers do (capabilities(7)). Does nothing where the system refuses.
    """
    header, sets = _Header(_VERSION, 0), (_Sets * 2)()
    if _libc.capget(ctypes.byref(header), sets):
        return
    for word in sets:
        word.effective = word.permitted
    _libc.capset(ctypes.byref(header), sets)
