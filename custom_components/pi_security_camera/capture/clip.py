"""From when to when a clip goes: what came before an alert, what comes after it, and how far others make it longer."""

from dataclasses import dataclass, replace

# Motion that does not end makes one clip after the other: a file of some minutes is still sent and looked through.
LONGEST = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSettings:
    """How many seconds of a clip lie before its alert, and how many after the last one."""

    pre_roll: float
    post_roll: float
    start_limit: float
    """How many seconds the first frame may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSpan:
    """A clip's first and last moment as planned, and that at which it ends in any case; in seconds, monotonic."""

    begin: float
    end: float
    limit: float

    @classmethod
    def around(cls, alert: float, pre_roll: float, post_roll: float) -> ClipSpan:
        """Return the span of an alert's clip: `pre_roll` seconds before it, `post_roll` seconds after."""
        begin = alert - pre_roll
        return cls(begin=begin, end=alert + post_roll, limit=begin + max(LONGEST, pre_roll + post_roll))

    def until(self, end: float) -> ClipSpan:
        """Return the span that ends at this moment, if that is later, as far as the limit lets it."""
        return replace(self, end=max(self.end, min(end, self.limit)))

    def following(self, alert: float, post_roll: float) -> ClipSpan:
        """Return the span of the clip that goes on where this one ended for its limit, led by a late alert in it."""
        return ClipSpan(begin=self.end, end=alert + post_roll, limit=self.end + max(LONGEST, post_roll))
