"""Record attributes as a mapping: what the XML of MS-PPGRH 2.2.3.5 says, in Python's types.

``{"Owner": "Scott", "Pages": 3, "Due": datetime(...)}``: str is a string, int an int (not negative, as the format has
it), datetime and date a date. A name that occurs more than once has a tuple of its values.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from peerapi.errors import InvalidAttributes
from peerapi.graphing.codec import attributes as attribute_xml
from peerapi.graphing.codec import dates
from peerapi.moment import SECOND
from peerapi.python import arguments

Value = str | int | date
Attributes = Mapping[str, Value | tuple[Value, ...]]
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class WrongType(InvalidAttributes, TypeError):
    """An attribute is of no type that attributes can have."""


class WrongValue(InvalidAttributes, ValueError):
    """An attribute has a value that cannot be."""


def to_xml(attributes: Attributes | None) -> str | None:
    """The document, None for None. Raises InvalidAttributes, TooManyAttributes."""
    if attributes is None:
        return None
    parts = []
    for name, values in arguments.mapping("attributes", attributes).items():
        arguments.text("the name of an attribute", name)
        for value in values if isinstance(values, tuple) else (values,):
            kind, text = written(value)
            inside = html.escape(text, quote=False).replace("\r", "&#13;")
            parts.append(f'<attribute name="{html.escape(name)}" type="{kind}">{inside}</attribute>')
    xml = f"<attributes>{''.join(parts)}</attributes>"
    try:
        attribute_xml.check(xml)
    except InvalidAttributes as error:
        raise WrongValue(str(error)) from error
    return xml


def from_xml(xml: str | None) -> dict[str, Value | tuple[Value, ...]]:
    """Name -> value. A date that no datetime can hold stays the text that it is."""
    found: dict[str, list[Value]] = {}
    for attribute in attribute_xml.parse(xml) if xml else ():
        found.setdefault(attribute.name, []).append(_read(attribute.type, attribute.value))
    return {name: values[0] if len(values) == 1 else tuple(values) for name, values in found.items()}


def written(value: Value) -> tuple[str, str]:
    """(type, text) of a value as the format has it. Raises InvalidAttributes."""
    if isinstance(value, str):
        return "string", _checked(value)
    if isinstance(value, datetime):
        try:
            moment = _utc(value)
        except OverflowError as error:
            raise WrongValue(f"{value!r} is no moment of UTC") from error
        return "date", moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return "int", str(value)
    kind = WrongValue if isinstance(value, int) and not isinstance(value, bool) else WrongType
    raise kind(f"{value!r} is neither a text, a date nor an int from 0 on")


def _checked(value: str) -> str:
    """Raises WrongValue for half a character."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise WrongValue(f"the value has half a character (a surrogate) at {error.start}") from error
    return value


def _read(kind: str, text: str) -> Value:
    if kind == "int" and len(text) <= 4300:  # Python's own bound
        return int(text)
    if kind == "date":
        moment = dates.parse(text)
        if moment is not None:
            try:
                return _EPOCH + timedelta(microseconds=moment * 1_000_000 // SECOND)
            except OverflowError:
                return text
    return text


def _utc(value: datetime) -> datetime:
    """Without a zone it is UTC, as in the format."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
