"""Where is the field that sends by itself? Nothing is asked here: telemetry is offered, advice is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Orders


class Senders:
    """Sites that send telemetry over HTTP or MQTT and fetch their advice through a gateway."""

    simulated = False

    def resume(self, state: RoomState) -> None:
        """Nothing is kept here."""

    def advance(self, at_s: float) -> tuple[None, None]:  # noqa: ARG002  A field that is not asked.
        """Nothing: what they told was offered."""
        return None, None

    def take(self, orders: Orders) -> None:
        """Nothing: gateways fetch what is in force."""

    def asked(self) -> None:
        """Nothing: whoever calls for less power says so over the API."""
