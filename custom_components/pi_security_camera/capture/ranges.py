"""Which part of a file a browser asks for: a film is begun in its middle, and iOS plays none without.

What is asked for, and how it is answered, is RFC 9110, sections 13.1.5 and 14.
"""

import re

# No file has more digits; int refuses numbers that have thousands.
_RANGE = re.compile(r"bytes=[ \t]*(\d{0,19})-(\d{0,19})[ \t]*", re.ASCII | re.IGNORECASE)


def read_range(header: str | None, size: int) -> range | None:
    """Return the places that a `Range` header asks for in a file of so many bytes: an empty range when it has none.

    None is the whole file: nothing is asked for, or what need not be understood, such as several parts at once.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        return range(max(0, size - int(match[2])), size)
    first, last = int(match[1]), int(match[2] or size)
    if match[2] and last < first:
        return None
    return range(first, min(last + 1, size)) if first < size else range(0)


def still_holds(header: str | None, tag: str) -> bool:
    """Say whether an `If-Range` header lets a part be sent of the file that this strong tag, in its quotes, tells.

    A date does not: two files may have the same.
    """
    return header is None or header.strip() == tag
