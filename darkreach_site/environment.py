"""Reading the environment: every helper fails loudly on nonsense.

A variable `NAME` that holds a secret may be given as `NAME_FILE`, the path of a file
that holds it, so that secrets need not stand in process listings or compose files.
Errors are `ImproperlyConfigured` and name the variable and what would be right.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


def env_text(name: str, default: str = "") -> str:
    """The value of `name` without surrounding blanks; an empty one is the default."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool) -> bool:
    """`name` as a truth value; anything but the usual words is an error."""
    text = env_text(name).lower()
    if not text:
        return default
    if text in TRUE_WORDS:
        return True
    if text in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name}={text!r}: want true or false")


def env_int(
    name: str, default: int, least: int | None = None, most: int | None = None
) -> int:
    """`name` as an integer between `least` and `most` inclusive."""
    text = env_text(name)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: want a whole number") from None
    if least is not None and value < least:
        raise ImproperlyConfigured(f"{name}={value}: want at least {least}")
    if most is not None and value > most:
        raise ImproperlyConfigured(f"{name}={value}: want at most {most}")
    return value


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """`name` as one word of a closed list."""
    text = env_text(name, default)
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text!r}: want one of {', '.join(choices)}")
    return text


def env_list(name: str, default: list[str]) -> list[str]:
    """`name` as a list of words separated by commas."""
    text = env_text(name)
    if not text:
        return list(default)
    return [word.strip() for word in text.split(",") if word.strip()]


def env_networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """`name` as a list of networks, for example 10.1.0.0/16."""
    try:
        return [ipaddress.ip_network(word) for word in env_list(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}; want 10.1.0.0/16") from None


def env_secret(name: str, default: str = "") -> str:
    """`name`, or the content of the file that `name_FILE` points to; never both."""
    value = env_text(name)
    file = env_text(f"{name}_FILE")
    if value and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: want one")
    if not file:
        return value or default
    try:
        value = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={file}: {error.strerror}") from error
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE={file}: the file is empty")
    return value


def generated_secret(path: Path) -> str:
    """A random secret kept in `path` (mode 0600), made at the first call.

    Two processes that start at once agree: the file is written under a name of its own
    and linked into place, which succeeds for one of them only.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50) + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its secret counts
        finally:
            draft.unlink()
    value = path.read_text(encoding="ascii").strip()
    if not value:
        raise ImproperlyConfigured(f"{path} is empty: delete it to get a new secret")
    return value


def bell_addresses(url: str) -> tuple[str, str]:
    """The same Redis server as redis-py and as Celery spell it.

    Only the spelling of Unix sockets differs: `unix:///path?db=1` for redis-py is
    `redis+socket:///path?virtual_host=1` for Celery. Either is taken.
    """
    parts = urlsplit(url)
    if parts.scheme in ("redis", "rediss"):
        return url, url
    if parts.scheme not in ("unix", "redis+socket"):
        raise ImproperlyConfigured(
            f"REDIS_URL has the scheme {parts.scheme!r}: want redis://, rediss:// or "
            "unix://"
        )
    query = parse_qs(parts.query)
    number = (query.get("db") or query.get("virtual_host") or ["0"])[0]
    place = f"{parts.netloc}{parts.path}"
    return (
        f"unix://{place}?db={number}",
        f"redis+socket://{place}?virtual_host={number}",
    )
