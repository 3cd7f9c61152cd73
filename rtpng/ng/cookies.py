"""Replies of the last seconds: a proxy that resends its request gets the answer of the first copy."""

Key = tuple[str, bytes]

_OVERHEAD = 200  # bytes that Python needs per entry besides cookie and reply, about


class Cookies:
    """Replies by client host and cookie, in two generations that are swapped every ``lifetime`` seconds.

    A reply is remembered for one to two lifetimes; less when the replies would take more than ``limit`` bytes. The
    port is no part of the key: two proxies may use equal cookies, but a proxy may resend from another port.
    """

    def __init__(self, lifetime: float = 30.0, limit: int = 64 * 1024 * 1024) -> None:
        self._lifetime = lifetime
        self._limit = limit
        self._young: dict[Key, bytes] = {}
        self._old: dict[Key, bytes] = {}
        self._young_bytes = 0
        self._swapped: float | None = None

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def recall(self, host: str, cookie: bytes, now: float) -> bytes | None:
        """The reply that this request got before."""
        self._age(now)
        key = (host, cookie)
        return self._young.get(key) or self._old.get(key)

    def remember(self, host: str, cookie: bytes, reply: bytes, now: float) -> None:
        self._age(now)
        size = len(cookie) + len(reply) + _OVERHEAD
        if self._young_bytes + size > self._limit // 2:
            self._swap(now)
        self._young[host, cookie] = reply
        self._young_bytes += size

    def _age(self, now: float) -> None:
        if self._swapped is None:
            self._swapped = now
        elapsed = now - self._swapped
        if elapsed >= 2 * self._lifetime:
            self._swap(now)
        if elapsed >= self._lifetime:
            self._swap(now)

    def _swap(self, now: float) -> None:
        self._old, self._young = self._young, {}
        self._young_bytes = 0
        self._swapped = now
