"""Reading the fields of a request one by one, collecting every refusal before saying any.

Numbers are repeated in the refusal, texts never: they may be about a patient.
"""

from __future__ import annotations

import math
import unicodedata
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from models.errors import FieldError, RefusedError
from models.moments import parse_moment

_SHOWN = 40
_LONGEST = 200


class Fields:
    """The fields of one JSON object: read each once, then ``finish`` refuses what is wrong or unknown."""

    def __init__(self, fields: object, name: str = "body") -> None:
        """Start reading ``fields``, refusing at once what is not an object."""
        if not isinstance(fields, Mapping):
            raise RefusedError((FieldError(name, f"{name}: give an object with named fields."),))
        self._fields: Mapping[str, Any] = fields
        self._read: set[str] = set()
        self.errors: list[FieldError] = []

    def wrong(self, name: str, message: str) -> None:
        """Note that a field is wrong and go on reading."""
        self.errors.append(FieldError(name, message))

    def take(self, name: str) -> Any:  # noqa: ANN401  # JSON is untyped until one of the readers below has looked at it
        """Return the raw value of a field, ``None`` where it is missing."""
        self._read.add(name)
        return self._fields.get(name)

    def has(self, name: str) -> bool:
        """Say whether a field is given."""
        return self._fields.get(name) is not None

    def given(self, name: str) -> bool:
        """Say whether a field is there, be it as null."""
        return name in self._fields

    def inner(self, name: str, wanted: str) -> Fields | None:
        """Start reading an object within this one; ``wanted`` is said where there is none."""
        value = self.take(name)
        if isinstance(value, Mapping):
            return Fields(value, name)
        return self.wrong(name, wanted)

    def finish_inner(self, inner: Fields) -> None:
        """Take over what is wrong or unknown in an inner object."""
        try:
            inner.finish()
        except RefusedError as error:
            self.errors.extend(error.errors)

    def text(self, name: str, *, most: int = 500, required: bool = False) -> str | None:
        """Read text without control characters, at most ``most`` characters long."""
        value = self.take(name)
        if value is None:
            return self._missing(name, "some text") if required else None
        if not isinstance(value, str) or not is_plain(value):
            return self.wrong(name, f"{name}: give plain text.")
        stripped = value.strip()
        if len(stripped) > most:
            return self.wrong(name, f"{name}: {len(stripped)} characters; at most {most} are allowed.")
        if not stripped:
            return self._missing(name, "some text") if required else None
        return stripped

    def flag(self, name: str) -> bool | None:
        """Read true or false."""
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return value
        return self.wrong(name, f"{name}: give true or false.")

    def number(
        self, name: str, low: float | None = None, high: float | None = None, *, required: bool = False
    ) -> float | None:
        """Read a finite number from ``low`` to ``high``."""
        value = self.take(name)
        if value is None:
            return self._missing(name, "a number") if required else None
        wanted = f"give a number{_range_text(low, high)}."
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return self.wrong(name, f"{name}: {wanted}")
        if (low is not None and value < low) or (high is not None and value > high):
            return self.wrong(name, f"{name} {value:g}: {wanted}")
        return value

    def whole(self, name: str, low: int, high: int, *, required: bool = False) -> int | None:
        """Read a whole number from ``low`` to ``high``."""
        before = len(self.errors)
        value = self.number(name, low, high, required=required)
        if value is None or len(self.errors) > before:
            return None
        if value != int(value):
            return self.wrong(name, f"{name} {value:g}: give a whole number{_range_text(low, high)}.")
        return int(value)

    def choice(self, name: str, allowed: Collection[str], *, required: bool = False) -> str | None:
        """Read one of the allowed words."""
        value = self.take(name)
        if value is None:
            return self._missing(name, f"one of {', '.join(allowed)}") if required else None
        if not isinstance(value, str) or value not in allowed:
            return self.wrong(name, f"{name}: give one of {', '.join(allowed)}.")
        return value

    def choices(self, name: str, allowed: Collection[str]) -> tuple[str, ...] | None:
        """Read a list of the allowed words, each once; an empty list is an answer."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, list) or any(not isinstance(one, str) or one not in allowed for one in value):
            return self.wrong(name, f"{name}: give a list of {', '.join(allowed)}.")
        return tuple(dict.fromkeys(value))

    def texts(self, name: str, *, most: int = 30) -> tuple[str, ...] | None:
        """Read a list of short texts."""
        value = self.take(name)
        if value is None:
            return None
        good = isinstance(value, list) and len(value) <= most
        if not good or any(not isinstance(one, str) or not is_plain(one) or len(one) > _LONGEST for one in value):
            return self.wrong(name, f"{name}: give a list of at most {most} short texts.")
        return tuple(dict.fromkeys(one.strip() for one in value if one.strip()))

    def moment(self, name: str, *, required: bool = False) -> str | None:
        """Read a time with offset; the answer is ISO 8601 in UTC, the form in which it is kept."""
        value = self.take(name)
        if value is None:
            return self._missing(name, "a time with offset") if required else None
        try:
            return parse_moment(value, name).isoformat()
        except RefusedError as error:
            self.errors.extend(error.errors)
            return None

    def uuid(self, name: str, *, required: bool = False) -> str | None:
        """Read a UUID in any of its usual spellings, lower case with hyphens in the answer."""
        value = self.take(name)
        if value is None:
            return self._missing(name, "a UUID") if required else None
        try:
            if not isinstance(value, str):
                raise TypeError  # noqa: TRY301  # one place says what is wanted
            return str(uuid.UUID(value))
        except (ValueError, TypeError):
            return self.wrong(name, f"{name}: give a UUID.")

    def finish(self) -> None:
        """Refuse what was wrong, and every field that nobody asked for.

        Raises:
            RefusedError: with every wrong or unknown field.
        """
        for name in sorted(set(self._fields) - self._read, key=str):
            self.wrong(str(name)[:_SHOWN], f"{str(name)[:_SHOWN]}: this field is not known here.")
        if self.errors:
            raise RefusedError(tuple(self.errors))

    def _missing(self, name: str, wanted: str) -> None:
        self.wrong(name, f"{name} is missing: give {wanted}.")


def is_plain(text: str) -> bool:
    """Say whether a text holds no control characters (line breaks and tabs apart) and no half characters."""
    return all(character in "\n\r\t" or unicodedata.category(character) not in {"Cc", "Cs"} for character in text)


def _range_text(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if low is not None:
        return f" of at least {low:g}"
    return "" if high is None else f" of at most {high:g}"
