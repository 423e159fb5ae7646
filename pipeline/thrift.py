"""Thrift's compact protocol, as much of it as headers of Parquet need.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Mapping, Sequence

Thing = tuple[int, bytes]  # the type, as fields and lists name it, and the value


def i8(number: int) -> Thing:
    """A byte."""
    return 3, number.to_bytes(1, "little", signed=True)


def i32(number: int) -> Thing:
    """32 bits."""
    return 5, _zigzag(number)


def i64(number: int) -> Thing:
    """64 bits."""
    return 6, _zigzag(number)


def flag(true: bool) -> Thing:
    """A boolean field: its type is its value."""
    return (1 if true else 2), b""


def text(words: str | bytes) -> Thing:
    """A string, or bytes."""
    octets = words.encode("utf-8") if isinstance(words, str) else words
    return 8, varint(len(octets)) + octets


def listed(things: Sequence[Thing]) -> Thing:
    """A list of things of one type; of none, one of structs."""
    kind, many = things[0][0] if things else 12, len(things)
    head = bytes([many << 4 | kind]) if many < 15 else bytes([0xF0 | kind]) + varint(many)
    return 9, head + b"".join(value for _, value in things)


def struct(fields: Mapping[int, Thing]) -> Thing:
    """A struct of fields by their numbers, ascending and less than 16 apart."""
    found, last = bytearray(), 0
    for number, (kind, value) in fields.items():
        found += bytes([number - last << 4 | kind]) + value
        last = number
    return 12, bytes(found) + b"\0"


def _zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last have the highest bit set."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)
