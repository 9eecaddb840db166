"""Notices when two windows have one document open, so that the second can be warned before it overwrites the first."""

from __future__ import annotations

import contextlib
from hashlib import blake2b
from pathlib import Path

from PySide6.QtCore import QLockFile


class Twins:
    """Holds the lock of the document that a window has open.

    Locks lie in a folder of their own, named by the document's path, so nothing is left beside a user's files. One of a
    process that died is taken over.

    Parameters
    ----------
    folder : where locks lie; None to hold none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock: QLockFile | None = None
        self._path: Path | None = None

    def hold(self, path: Path | None) -> bool:
        """Take the lock of ``path`` and let go of the one held so far; gives whether no other window has it.

        Where another has it, the lock held so far stays: the present document is still open. Where no lock can be
        written, no window is noticed: that must not keep a document from being opened or saved.
        """
        if path is not None and path == self._path:
            return True
        if path is None or self._folder is None:
            self.release()
            return True
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
        name = blake2b(str(path.resolve()).encode(), digest_size=12).hexdigest()
        lock = QLockFile(str(self._folder / f"{name}.lock"))
        lock.setStaleLockTime(0)  # a lock is stale only when its process is gone, however long it has been held
        held = lock.tryLock(0)
        if not held and lock.error() == QLockFile.LockError.LockFailedError:
            return False
        self.release()
        if held:
            self._lock, self._path = lock, path
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            self._lock.unlock()
        self._lock, self._path = None, None
