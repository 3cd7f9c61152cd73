"""How often something may happen: a token bucket on the caller's clock."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class TokenBucket:
    """``rate`` tokens a second, at most ``burst`` saved up; full at the start. Times are monotonic seconds."""

    rate: float
    burst: float
    _tokens: float = field(init=False)
    _counted: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def take(self, now: float) -> bool:
        """Takes a token if there is one."""
        if now > self._counted:
            self._tokens = min(self.burst, self._tokens + (now - self._counted) * self.rate)
            self._counted = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def ready(self, now: float) -> float:
        """When there is a token again, if nobody else takes it."""
        return now if self._tokens >= 1 else max(now, self._counted + (1 - self._tokens) / self.rate)
