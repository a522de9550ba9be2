"""Which part of a file a browser asks for."""

from hypothesis import example, given, strategies as st
import pytest

from custom_components.pi_security_camera.capture.ranges import read_range, still_holds

SIZES = st.integers(0, 2**40)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", range(100)),
        ("bytes=0-0", range(1)),
        ("bytes=0-1", range(2)),
        ("bytes=10-19", range(10, 20)),
        ("bytes=99-99", range(99, 100)),
        ("bytes=90-1000", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(100)),
        ("Bytes= 10-19 ", range(10, 20)),
        ("bytes=99-9999999999999999999", range(99, 100)),
    ],
)
def test_a_part_is_told_by_its_first_and_last_byte_or_from_the_end(header: str, part: range) -> None:
    assert read_range(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=9999999999999999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_an_empty_one(header: str) -> None:
    assert read_range(header, 100) == range(0)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-5", "bytes=-5"])
def test_nothing_has_no_parts(header: str) -> None:
    assert read_range(header, 0) == range(0)


@pytest.mark.parametrize(
    "header",
    [
        None, "", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-3", "bytes=a-b", "bytes=0-1,5-9", "bytes=0-1, 5-9",
        "lines=0-5", "bytes:0-5", "bytes=--5", "bytes=+1-5", "bytes=0x1-5", "bytes=1.0-5", "bytes=\u0661-",
        "bytes=" + "1" * 5000 + "-", "bytes=0-" + "9" * 20, "bytes=0 - 5",
    ],
)  # fmt: skip
def test_what_need_not_be_understood_asks_for_the_whole(header: str | None) -> None:
    assert read_range(header, 100) is None


@given(SIZES, st.integers(0, 2**41), st.integers(0, 2**41))
def test_a_part_lies_within_the_file(size: int, first: int, last: int) -> None:
    for header in (f"bytes={first}-", f"bytes={first}-{last}", f"bytes=-{last}"):
        part = read_range(header, size)
        assert part is None or not part or 0 <= part.start < part.stop <= size


@given(st.text() | st.from_regex(r"bytes=[0-9, -]*", fullmatch=True), SIZES)
@example("bytes=" + "-" * 10_000, 100)
def test_no_header_makes_it_raise(header: str, size: int) -> None:
    part = read_range(header, size)
    assert part is None or part.stop <= size


@pytest.mark.parametrize("header", [None, '"tag"', ' "tag" '])
def test_a_part_belongs_to_what_the_browser_has(header: str | None) -> None:
    assert still_holds(header, '"tag"')


@pytest.mark.parametrize(
    "header", ["", "tag", '"other"', 'W/"tag"', "*", '"tag", "tag"', "Fri, 13 Feb 2026 14:25:30 GMT"]
)
def test_of_anything_else_the_whole_is_sent_anew(header: str) -> None:
    assert not still_holds(header, '"tag"')
