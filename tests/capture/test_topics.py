"""Which topics a motion trigger covers."""

from hypothesis import given, strategies as st
from paho.mqtt.client import topic_matches_sub
import pytest

from custom_components.pi_security_camera.capture.rules import topic_matches

LEVEL = st.sampled_from(["", "a", "b", "salle", "$SYS", "é"])
TOPICS = st.lists(LEVEL, min_size=1, max_size=4).map("/".join).filter(bool)
LEVELS = st.lists(LEVEL | st.just("+"), max_size=4)
FILTERS = st.builds(lambda levels, rest: "/".join([*levels, *rest]), LEVELS, st.sampled_from([[], ["#"]])).filter(bool)


@given(FILTERS, TOPICS)
def test_a_filter_covers_what_the_broker_says_it_covers(topic_filter: str, topic: str) -> None:
    assert topic_matches(topic_filter, topic) == topic_matches_sub(topic_filter, topic)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "covered"),
    [
        ("salle/mouvement", "salle/mouvement", True),
        ("salle/mouvement", "salle/Mouvement", False),
        ("salle/mouvement", "salle/mouvement/1", False),
        ("salle/mouvement/1", "salle/mouvement", False),
        ("salle/+", "salle/mouvement", True),
        ("salle/+", "salle", False),
        ("salle/+", "salle/", True),
        ("salle/#", "salle", True),
        ("salle/#", "salle/a/b", True),
        ("#", "salle", True),
        ("#", "$SYS/uptime", False),
        ("+/uptime", "$SYS/uptime", False),
        ("$SYS/#", "$SYS/uptime", True),
        ("+/+", "/a", True),
        ("+", "/a", False),
    ],
)
def test_wildcards_work_as_mqtt_defines_them(topic_filter: str, topic: str, covered: bool) -> None:
    assert topic_matches(topic_filter, topic) is covered
