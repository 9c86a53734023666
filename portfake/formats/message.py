"""pkg-message: the texts of a package for the administrator, as a UCL list, JSON or plain text."""

from __future__ import annotations

from collections.abc import Sequence

from portfake.errors import InputError
from portfake.formats import ucl
from portfake.model.manifest import Message, MessageType

__all__ = ["message_from", "messages_from_text", "messages_to_fields", "messages_to_text"]

_BLANKS = " \t\n\v\f\r"
"""What libucl's UCL_STRING_TRIM takes from both ends of a text that it keeps."""


def _message_fields(message: Message) -> dict[str, str]:
    fields = {"message": message.text.strip(_BLANKS)}
    if message.type is not None:
        fields["type"] = message.type.value
    if message.maximum_version is not None:
        fields["maximum_version"] = message.maximum_version
    if message.minimum_version is not None:
        fields["minimum_version"] = message.minimum_version
    return fields


def messages_to_fields(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Return the list of objects that a manifest keeps."""
    return [_message_fields(message) for message in messages]


def messages_to_text(messages: Sequence[Message]) -> str | None:
    """Return that list as JSON, for a database; None where there are no messages."""
    return ucl.to_json(messages_to_fields(messages)) if messages else None


def messages_from_text(text: str, where: str = "message") -> tuple[Message, ...]:
    """Return the messages of a list as above, or of plain text, the form before pkg 1.11."""
    if not text.startswith("["):
        return (Message(text),) if text else ()
    return tuple(message_from(item, where) for item in ucl.each(ucl.parse(text, where)))


def message_from(value: object, where: str) -> Message:
    """Return the message that one object of a list holds; InputError without a text.

    Versions count for upgrade messages alone, as in libpkg/pkg.c, pkg_message_from_ucl().
    """
    text = value.get("message") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(text, str):
        raise InputError("a message has no text", where=where)
    kinds = {kind.value: kind for kind in MessageType}
    kind = kinds.get(str(value.get("type", "")).lower())
    bounds = [value.get(f"{end}_version") for end in ("minimum", "maximum")]
    if kind is not MessageType.UPGRADE:
        return Message(text, kind)
    return Message(text, kind, *(bound if isinstance(bound, str) else None for bound in bounds))
