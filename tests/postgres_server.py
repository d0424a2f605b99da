"""A PostgreSQL of the tests' own: started in a folder of its own on a socket, stopped and removed at the end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PLACES = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"))
MISSING = "needs PostgreSQL's server programs; on Debian: apt-get install postgresql"
WAIT_S = 60


def programs() -> Path | None:
    """Folder of initdb and postgres, the newest version; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [path.parent for place in PLACES for path in place.glob("*/bin/initdb")]
    return max(folders, key=lambda path: float(path.parent.name), default=None)


def as_server_user(command: list[str]) -> list[str]:
    """The command as somebody else where we are root, as PostgreSQL demands."""
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command] if os.getuid() == 0 else command
    )


class Server:
    """A running server that can be killed and started again."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        """Make a cluster in the folder; not yet running."""
        self.folder, self._bin = folder, bin_folder
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._run([str(bin_folder / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "wattloom", "-N"])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """How clients reach it."""
        return f"host={self.folder} user=wattloom dbname=postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(self._bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), "-h", "", "-F"]
        command.remove("-F")  # Durability is what is tested: fsync stays on.
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(as_server_user(command), stdout=log, stderr=log)
        for _ in range(WAIT_S * 10):
            ready = [str(self._bin / "pg_isready"), "-q", "-h", str(self.folder)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise TimeoutError((self.folder / "log").read_text())

    def kill(self) -> None:
        """End the server and all its children at once, as a power cut would."""
        if self._process is not None:
            # Held still first: a server that sees its children die bears new ones.
            self._process.send_signal(signal.SIGSTOP)
            asked = ["pgrep", "-P", str(self._process.pid)]
            children = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
            self._process.kill()
            self._process.wait()
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """End it in peace."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(WAIT_S)

    def _run(self, command: list[str]) -> None:
        """Do a command as the server's user."""
        subprocess.run(as_server_user(command), check=True, capture_output=True)


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block."""
    bin_folder = programs()
    if bin_folder is None:
        raise FileNotFoundError(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="wattloom-pg-"))
    folder.chmod(0o755)
    server = Server(folder, bin_folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
