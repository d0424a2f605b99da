"""Does every feed tell one clear error for every kind of bad answer? A new feed is tested by being there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from wattloom.domain.errors import FeedError, InputError
from wattloom.domain.members import members_of
from wattloom.edge import feeds

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattloom.domain.weather import Place

FEEDS = members_of(feeds, "FEED")


@pytest.fixture(params=sorted(FEEDS))
def feed(request: pytest.FixtureRequest) -> Any:
    """Each feed in turn."""
    return FEEDS[request.param]


def test_the_three_services_are_there() -> None:
    assert set(FEEDS) >= {"pvgis", "pvgis_typical", "nasa_power", "open_meteo"}


@pytest.mark.parametrize(
    ("what", "status", "headers", "said"),
    [
        ({"message": "Location over the sea"}, 400, {}, r"a refusal \(HTTP 400\): Location over the sea"),
        ({"error": True, "reason": "Parameter start_date out of range"}, 400, {}, "start_date out of range"),
        ({"detail": [{"msg": "bad latitude"}]}, 422, {}, "bad latitude"),
        (b"gone", 404, {}, "no such address"),
        ({"reason": "Minutely limit exceeded"}, 429, {"Retry-After": "60"}, "wait 60 s and ask again"),
        (b"slow down", 429, {}, "wait a minute"),
        (b"<html>oops</html>", 500, {}, r"a fault of the service \(HTTP 500\)"),
        (b"", 529, {}, r"HTTP 529"),
        (
            b"<!DOCTYPE html><title>Sign in</title>",
            200,
            {"Content-Type": "text/html; charset=utf-8"},
            "a proxy or a login",
        ),
        (b'{"inputs": {"location": {"lat', 200, {"Content-Type": "application/json"}, "breaks off after 29 bytes"),
        (b"\xff\xfe\x00", 200, {"Content-Type": "application/octet-stream"}, "application/octet-stream"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_answer_is_one_feed_error(  # noqa: PLR0913, PLR0917
    feed: Any,
    answering: Callable[..., Any],
    golmud: Place,
    what: Any,
    status: int,
    headers: dict[str, str],
    said: str,
) -> None:
    service = answering(what, status=status, headers=headers)

    with pytest.raises(FeedError, match=said):
        replace(feed, transport=service.transport).year(golmud, 2019)

    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ReadTimeout("slow"), r"no answer within \d+ s"),
        (httpx.ConnectTimeout("slow"), "no answer within"),
        (httpx.ConnectError("no route"), "the shipped weather needs none"),
        (httpx.RemoteProtocolError("cut off"), "no connection"),
    ],
)
def test_a_network_that_fails_is_one_feed_error(
    feed: Any, answering: Callable[..., Any], golmud: Place, error: Exception, said: str
) -> None:
    with pytest.raises(FeedError, match=said):
        replace(feed, transport=answering(error).transport).year(golmud, 2019)


@pytest.mark.parametrize("what", [{}, [], {"outputs": []}, {"hourly": {}}, {"properties": None}, "hello", b"null"])
def test_json_of_another_kind_is_one_input_error(
    feed: Any, answering: Callable[..., Any], golmud: Place, what: Any
) -> None:
    with pytest.raises(InputError) as caught:
        replace(feed, transport=answering(what).transport).year(golmud, 2019)

    assert len(caught.value.problems) == 1
    assert "a part" in caught.value.problems[0].expected or "list" in caught.value.problems[0].found
