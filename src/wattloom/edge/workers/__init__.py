"""Who does independent pieces of work side by side? Local processes keep the `Workers` port."""

from wattloom.edge.workers.local import LocalProcesses

__all__ = ["LocalProcesses"]
