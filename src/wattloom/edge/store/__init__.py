"""Where do results live? Run folders and files on disk, written whole or not at all."""

from wattloom.edge.store.checkpoint import Checkpoints, FileCheckpoint
from wattloom.edge.store.runs import RunFolder, new_file, read_bytes, write_file, write_run

__all__ = ["Checkpoints", "FileCheckpoint", "RunFolder", "new_file", "read_bytes", "write_file", "write_run"]
