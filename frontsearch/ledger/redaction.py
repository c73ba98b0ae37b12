"""Storage URLs as messages show them: without passwords, however they are written."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL

HIDDEN = "***"
SHORTEST = 4  # characters of a secret that is looked for in messages; shorter ones are part of ordinary words
# Settings of databases that are no secrets. The values of all others are hidden, as every driver has its own names.
HARMLESS = frozenset({
    "application_name", "cache", "charset", "client_encoding", "connect_timeout", "immutable", "mode", "nolock",
    "sslmode", "timeout", "uri",
})  # fmt: skip


def hide_password(url: str) -> str:
    """The storage URL as a message shows it: its password and all settings that might be one are stars.

    Of a URL that cannot be parsed without doubt, everything before the last @ is hidden, and all of it without an @.
    """
    address = _parsed(url)
    if address is None:
        scheme, separator, rest = url.rpartition("://")
        hidden = _hide_rest(rest) if (separator and rest) or set(rest) & set("@:?=;#") else rest
        return f"{scheme.partition('://')[0]}{separator}{hidden}"
    secret = {name: HIDDEN for name in address.query if name.lower() not in HARMLESS}
    if address.password is None and not secret:
        return url
    return address.update_query_dict(secret).render_as_string(hide_password=True).replace("%2A%2A%2A", HIDDEN)


def without_secrets(text: str, url: str = "") -> str:
    """A message of another program without the secrets of a URL, and without any URL's password or setting of one."""
    for secret in sorted(_secrets(url) if url else (), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = re.sub(r"[\w+]+://\S+", lambda found: hide_password(found.group()), text)
    return re.sub(r"(?i)(\w*(?:pass|pwd|secret|token)\w*\s*=\s*)\S+", rf"\1{HIDDEN}", text)


def first_reason(error: BaseException, url: str = "") -> str:
    """First line of the original error, which Optuna wraps and to which SQLAlchemy appends statements and links."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = (str(error).splitlines() or [type(error).__name__])[0]
    return without_secrets(text.partition(" (Background on")[0], url).rstrip(".")[:200]


def _parsed(url: str) -> "URL | None":
    """The URL, if it is plain which part of it is the password; a file's path may have any character."""
    from sqlalchemy import make_url  # noqa: PLC0415 - only those who name a URL wait for it
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return None
    database = "" if address.get_backend_name() == "sqlite" else address.database or ""
    return None if set(address.host or "") & set("@=;#") or set(database) & set("@:=;#") else address


def _hide_rest(rest: str) -> str:
    place = rest.rpartition("@")[2] if "@" in rest else ""
    return f"{HIDDEN}@{re.split('[?=;#:]', place)[0]}" if place else HIDDEN


def _secrets(url: str) -> set[str]:
    address = _parsed(url)
    if address is None:
        return {part for part in re.split(r"[/:@?&=;#]+", url.partition("://")[2] or url) if len(part) >= SHORTEST}
    settings = (value for name, value in address.query.items() if name.lower() not in HARMLESS)
    values = {part for value in settings for part in ((value,) if isinstance(value, str) else value)}
    return {part for part in {*values, str(address.password or "")} if len(part) >= SHORTEST}
