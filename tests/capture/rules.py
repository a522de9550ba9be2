"""The rules that the tests of messages share."""

from custom_components.pi_security_camera.capture.rules import Guard, Message, MotionTrigger, Rule

PLAIN = Rule("status", frozenset({"alert", "alerte"}), "value")
BOUNDED = Rule("status", frozenset({"alert", "alerte"}), "value", value_min=2, value_max=8)


def named(rule: Rule, name: str = "hall") -> MotionTrigger:
    """Return a motion trigger with this rule."""
    return MotionTrigger(name, "salle/mouvement", 1, rule)


def message(payload: bytes = b"ALERT", *, retained: bool = False, received_at: float = 100.0) -> Message:
    """Return a message that arrived on the seed's topic."""
    return Message("salle/mouvement", payload, retained, received_at)


def guard(
    *, armed: bool = True, accept_retained: bool = False, cooldown: float = 0, accepted_at: float | None = None
) -> Guard:
    """Return a guard that lets everything pass but what the test says."""
    return Guard(armed, accept_retained, cooldown, accepted_at)
