"""What can go wrong between us and the kernel."""


class KernelError(OSError):
    """The kernel refused a change, and nothing of it was applied; the flows concerned stay in userspace."""
