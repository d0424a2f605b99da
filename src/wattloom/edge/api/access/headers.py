"""What does every answer tell a browser to refuse? Scripts of others, frames around it, types that are guessed."""

from __future__ import annotations

CONSOLE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""No script in a page, none from elsewhere, no frame around it (W3C Content Security Policy, level 3)."""
REPORT = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""A report carries its own scripts. In a sandbox it has an origin of its own: it sees no cookie and can ask nothing."""
HSTS = b"max-age=31536000; includeSubDomains"
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

Headers = list[tuple[bytes, bytes]]


def dressed(headers: Headers, *, report: bool, https: bool) -> Headers:
    """Headers of an answer with what a browser is to refuse; nobody stores it on the way, unless it says who may."""
    told = {name.lower() for name, _ in headers}
    policy = (REPORT if report else CONSOLE).encode("ascii")
    wanted = [*ALWAYS, (b"content-security-policy", policy)]
    wanted += [(b"strict-transport-security", HSTS)] if https else []
    wanted += [(b"cache-control", b"no-store")] if b"cache-control" not in told else []
    mine = {name for name, _ in wanted}
    return [*((name, value) for name, value in headers if name.lower() not in mine), *wanted]
