"""What may be told of a database's address? Everything but its password, also where its own library repeats it."""

from __future__ import annotations

import re

SECRET = re.compile(r"(?::(?!//)(?P<of_url>[^:/@\s]+)@)|(?:password\s*=\s*(?P<of_words>'(?:[^'\\]|\\.)*'|\S+))")
HIDDEN = "…"


def unsaid(text: str, address: str) -> str:
    """What a library says, without the password of an address.

    Example:
        >>> unsaid('missing "=" after "postgresql//wu:horse@db/x"', "postgresql//wu:horse@db/x")
        'missing "=" after "postgresql//wu:…@db/x"'
        >>> unsaid("no host 'a password=horse'", "host='a password=horse'")
        "no host 'a password=…"
    """
    for found in SECRET.finditer(address):
        text = text.replace(found["of_url"] or found["of_words"], HIDDEN)
    return text
