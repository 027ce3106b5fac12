"""DER (X.690), as much of it as certificates, PKCS #7 and PKCS #12 need: bytes in, bytes out.

Written here because no library makes the certificates of MS-PPSEC 2.2.5: SHA-1 signatures, subjects of 255 characters.
Reading is strict: definite lengths in their shortest form, nothing left over, only Malformed leaves the reader.
"""

from __future__ import annotations

from datetime import datetime, timedelta

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, PRINTABLE_STRING, T61_STRING, IA5_STRING = 0x0C, 0x13, 0x14, 0x16
UTC_TIME, GENERALIZED_TIME, UNIVERSAL_STRING, BMP_STRING = 0x17, 0x18, 0x1C, 0x1E
SEQUENCE, SET = 0x30, 0x31
_TEXT = {
    UTF8_STRING: "utf-8",
    PRINTABLE_STRING: "ascii",
    IA5_STRING: "ascii",
    T61_STRING: "latin-1",
    UNIVERSAL_STRING: "utf-32-be",
    BMP_STRING: "utf-16-be",
}
_EPOCH = datetime(1601, 1, 1)


class Malformed(ValueError):
    """The bytes are not what they should be; the text says where."""


def context(number: int) -> int:
    """The tag [number], constructed: for EXPLICIT, and IMPLICIT of constructed types."""
    return 0xA0 | number


# ---- writing ----


def tlv(tag: int, *parts: bytes) -> bytes:
    """One value: tag, length, content."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def sequence(*parts: bytes) -> bytes:
    return tlv(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    bits = (value if value >= 0 else ~value).bit_length()
    return tlv(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    return tlv(OCTET_STRING, value)


def bits(value: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return tlv(BIT_STRING, b"\0", value)


def null() -> bytes:
    return tlv(NULL)


def oid(dotted: str) -> bytes:
    """``oid("1.2.840.113549")``"""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for number in (40 * first + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        content += bytes(reversed(groups))
    return tlv(OID, bytes(content))


def text(tag: int, value: str) -> bytes:
    """A string of one of the string types."""
    return tlv(tag, value.encode(_TEXT[tag]))


def time(filetime: int) -> bytes:
    """A moment in FILETIME units, cut to seconds, as RFC 5280 4.1.2.5 wants it: UTCTime from 1950 to 2049."""
    moment = _EPOCH + timedelta(microseconds=filetime // 10)
    if 1950 <= moment.year < 2050:
        return tlv(UTC_TIME, f"{moment:%y%m%d%H%M%S}Z".encode())
    return tlv(GENERALIZED_TIME, f"{moment.year:04}{moment:%m%d%H%M%S}Z".encode())


# ---- reading ----


class Reader:
    """A cursor over DER values that stand one after the other."""

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    def __bool__(self) -> bool:
        """Whether there is something left."""
        return self._at < self._end

    def peek(self) -> int:
        """The tag of the next value, -1 at the end."""
        return self._data[self._at] if self else -1

    def _span(self, tag: int) -> tuple[int, int]:
        """Where the content of the next value begins and ends; its tag must be ``tag``. The cursor moves behind it."""
        at, end = self._at, self._end
        if end - at < 2 or self._data[at] != tag:
            raise Malformed(f"tag {self.peek():#x} where {tag:#x} should be")
        size = self._data[at + 1]
        begin = at + 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(self._data[begin : begin + count], "big")
            if not 1 <= count <= 4 or end - begin < count or size < 128 or size >> 8 * (count - 1) == 0:
                raise Malformed("a length that is not DER")
            begin += count
        if end - begin < size:
            raise Malformed("a value runs past the end")
        self._at = begin + size
        return begin, self._at

    def take(self, tag: int) -> bytes:
        """The content of the next value."""
        begin, end = self._span(tag)
        return self._data[begin:end]

    def inside(self, tag: int) -> Reader:
        """A reader over the content of the next value."""
        return Reader(self._data, *self._span(tag))

    def whole(self, tag: int | None = None) -> bytes:
        """The next value with its tag and length, of any type when ``tag`` is None."""
        at = self._at
        _, end = self._span(self.peek() if tag is None else tag)
        return self._data[at:end]

    def finish(self) -> None:
        """Nothing may be left."""
        if self:
            raise Malformed("bytes are left over")

    def integer(self) -> int:
        content = self.take(INTEGER)
        if not content or (len(content) > 1 and content[0] in (0, 0xFF) and content[0] >> 7 == content[1] >> 7):
            raise Malformed("an INTEGER that is not DER")
        return int.from_bytes(content, "big", signed=True)

    def boolean(self) -> bool:
        content = self.take(BOOLEAN)
        if content not in (b"\0", b"\xff"):
            raise Malformed("a BOOLEAN that is not DER")
        return content == b"\xff"

    def bits(self) -> bytes:
        """A BIT STRING of whole bytes."""
        content = self.take(BIT_STRING)
        if content[:1] != b"\0":
            raise Malformed("a BIT STRING that does not end with a byte")
        return content[1:]

    def oid(self) -> str:
        content = self.take(OID)
        numbers: list[int] = []
        number = started = 0
        for byte in content:
            if not started and byte == 0x80:
                raise Malformed("an OID that is not DER")
            number, started = number << 7 | byte & 0x7F, byte >> 7
            if not started:
                numbers.append(number)
                number = 0
        if started or not numbers or len(content) > 64:
            raise Malformed("an OID that does not end")
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))

    def text(self, *tags: int) -> str:
        """A string of one of the types ``tags``, of any type when none is given."""
        tag = self.peek()
        if tag not in (tags or _TEXT):
            raise Malformed("not a string of the right type")
        try:
            return self.take(tag).decode(_TEXT[tag])
        except UnicodeDecodeError as error:
            raise Malformed("a string that is not Unicode") from error

    def time(self) -> int:
        """A moment in FILETIME units (RFC 5280 4.1.2.5: with seconds, in UTC)."""
        tag = self.peek()
        digits = 10 if tag == UTC_TIME else 12
        content = self.take(UTC_TIME if tag == UTC_TIME else GENERALIZED_TIME)
        if len(content) != digits + 3 or not content[:-1].isdigit() or content[-1:] != b"Z":
            raise Malformed("not a time")
        year = int(content[: digits - 8])
        if tag == UTC_TIME:
            year += 1900 if year >= 50 else 2000
        month, day, hour, minute, second = (int(content[at : at + 2]) for at in range(digits - 8, digits + 2, 2))
        try:
            return (datetime(year, month, day, hour, minute, second) - _EPOCH) // timedelta(microseconds=1) * 10
        except ValueError as error:
            raise Malformed("not a time") from error
