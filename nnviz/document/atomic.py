"""Writing a file so that it is wholly the old or wholly the new, whatever happens in between.

The data goes to a temporary file in the same folder, is flushed and synced, and the file is then renamed over the
old one; the folder is synced last. Saving in place, or "backup beside, truncate, write", loses documents when the
process is killed; this does not. A process that is killed leaves its temporary file behind; the next save in that
folder sweeps it.

All calls to the operating system go through :class:`FileCalls`, so that a test can make any of them fail.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import secrets
import stat
import sys
from hashlib import blake2b
from pathlib import Path

from nnviz.errors import FileError
from nnviz.words import tr

_LEFTOVER = re.compile(r"\.nnviz-save-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.part")


class FileCalls:
    """The calls to the operating system that saving makes."""

    def status(self, path: str) -> os.stat_result | None:
        """What is known of a file; None if there is none."""
        try:
            return os.stat(path)
        except FileNotFoundError:
            return None

    def may_write(self, path: str) -> bool:
        """Whether the user may write to an existing file."""
        return os.access(path, os.W_OK)

    def create(self, path: str, mode: int) -> int:
        """Make a new file and open it for writing."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)

    def append(self, path: str) -> int:
        """Open an existing file for writing at its end."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))

    def set_mode(self, path: str, mode: int) -> None:
        """Set who may read and write."""
        os.chmod(path, mode)

    def write(self, handle: int, data: memoryview) -> int:
        """Write some bytes, and say how many."""
        return os.write(handle, data)

    def sync(self, handle: int) -> None:
        """Wait until what was written is on the disk."""
        os.fsync(handle)

    def close(self, handle: int) -> None:
        """Close a file."""
        os.close(handle)

    def replace(self, source: str, target: str) -> None:
        """Give a file the name of another, which is gone at that moment."""
        os.replace(source, target)

    def remove(self, path: str) -> None:
        """Remove a file."""
        os.remove(path)

    def sync_folder(self, folder: str) -> None:
        """Wait until the names in a folder are on the disk."""
        if os.name != "posix":  # elsewhere a folder cannot be opened
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def names(self, folder: str) -> list[str]:
        """The names in a folder."""
        return os.listdir(folder)


CALLS = FileCalls()


def write_atomic(path: str | os.PathLike[str], data: bytes, calls: FileCalls = CALLS) -> None:
    """Write ``data`` to ``path``, which is at every moment wholly the old file or wholly the new one.

    Links are followed; an existing file keeps its mode.

    Raises
    ------
    FileError
        If it cannot be written: the old file is as it was and nothing is left behind. The message names the reason.
    """
    target = _real(path)
    folder = os.path.dirname(target)
    try:
        before = calls.status(target)
        refuse_special(target, before, calls)
        part = os.path.join(folder, part_name())
        _write_part(part, data, before, calls)
        _rename(part, target, calls)
    except OSError as error:
        raise file_error(error, path, writing=True) from error
    _settle_folder(folder, calls)


def _real(path: str | os.PathLike[str]) -> str:
    """The file itself, where ``path`` is a link to it."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a null character in the name
        raise FileError(
            tr("The file cannot be written"), where=ascii(str(path)), hint=tr("Choose another name")
        ) from None


def check_suffix(path: str | os.PathLike[str], suffix: str) -> None:
    """Refuse a name that ends as another kind of file does; a name without an end is none of a kind.

    Raises
    ------
    FileError
        Telling both ends.
    """
    place = Path(path)
    if place.suffix.lower() not in ("", suffix):
        raise FileError(
            tr("The output is of another kind"),
            where=str(place),
            expected=tr("a name that ends in {suffix}", suffix=suffix),
            found=repr(place.suffix),
            hint=tr("Change the end of the name"),
        )


def refuse_special(path: str, status: os.stat_result | None, calls: FileCalls = CALLS) -> None:
    """Refuse to replace what is a folder, a device, or protected from writing."""
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), path)
    if not calls.may_write(path):
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), path)


def part_name() -> str:
    """A fresh name for a temporary file, which tells the machine and the process that is writing it."""
    return f".nnviz-save-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.part"


def sweep(folder: str, calls: FileCalls = CALLS) -> None:
    """Remove temporary files that killed processes of this machine left in ``folder``; those of living ones stay."""
    with contextlib.suppress(OSError):
        for name in calls.names(folder):
            found = _LEFTOVER.fullmatch(name)
            if found and found[1] == _machine() and not is_alive(int(found[2])):
                calls.remove(os.path.join(folder, name))


def is_alive(process: int) -> bool:
    """Whether a process of that number runs now."""
    if sys.platform == "win32":  # os.kill would end it there
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, process)
        return bool(handle) and bool(ctypes.windll.kernel32.CloseHandle(handle))
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def file_error(error: OSError, path: str | os.PathLike[str], *, writing: bool) -> FileError:
    """Our error for one of the operating system's: the path, the reason and a cure."""
    reason, hint = _REASONS.get(error.errno or 0, (error.strerror or str(error), tr("Choose another place")))
    what = tr("The file cannot be written") if writing else tr("The file cannot be read")
    return FileError(what, where=str(path), found=reason, hint=hint)


_REASONS: dict[int, tuple[str, str]] = {
    errno.ENOENT: (tr("no such file or folder"), tr("Check the name and its folder")),
    errno.ENOTDIR: (tr("a file where a folder should be"), tr("Check the name and its folder")),
    errno.EISDIR: (tr("a folder"), tr("Name a file in it")),
    errno.ENODEV: (tr("a device or pipe, not an ordinary file"), tr("Name an ordinary file")),
    errno.EACCES: (tr("no permission"), tr("Choose a folder of your own, or change the permissions")),
    errno.EPERM: (tr("no permission"), tr("Choose a folder of your own, or change the permissions")),
    errno.EROFS: (tr("protected from writing"), tr("Save under another name, or remove the protection")),
    errno.ENOSPC: (tr("no room on the disk"), tr("Make room, or choose another disk")),
    errno.EDQUOT: (tr("no room within your quota"), tr("Make room, or choose another disk")),
    errno.EIO: (tr("the disk reports an error"), tr("Save to another disk")),
    errno.ENAMETOOLONG: (tr("a name that is too long"), tr("Choose a shorter name")),
    errno.ELOOP: (tr("links that run in a circle"), tr("Choose another name")),
}


def _write_part(part: str, data: bytes, before: os.stat_result | None, calls: FileCalls) -> None:
    """Write and sync the temporary file, or leave none."""
    # Beside a private file the part must never be readable by others, not even for a moment.
    handle = calls.create(part, 0o666 if before is None else 0o600)
    try:
        try:
            write_all(handle, data, calls)
            calls.sync(handle)
        finally:
            calls.close(handle)
        if before is not None:
            _keep_mode(part, stat.S_IMODE(before.st_mode), calls)
    except BaseException:
        _discard(part, calls)
        raise


def write_all(handle: int, data: bytes, calls: FileCalls = CALLS) -> None:
    """Write all bytes, however few the system takes at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[calls.write(handle, rest) :]


def _keep_mode(part: str, mode: int, calls: FileCalls) -> None:
    now = calls.status(part)
    if now is None or stat.S_IMODE(now.st_mode) != mode:  # file systems without modes refuse even a needless change
        calls.set_mode(part, mode)


def _rename(part: str, target: str, calls: FileCalls) -> None:
    try:
        calls.replace(part, target)
    except BaseException:
        _discard(part, calls)
        raise


def _discard(part: str, calls: FileCalls) -> None:
    for _ in range(2):  # the disk that failed a moment ago may fail once more
        with contextlib.suppress(OSError):
            calls.remove(part)
            return


def _settle_folder(folder: str, calls: FileCalls) -> None:
    """What may fail without harm: the new file is in place, and a power cut could at most bring the old one back."""
    with contextlib.suppress(OSError):
        calls.sync_folder(folder)
    sweep(folder, calls)


def _machine() -> str:
    """Eight digits for this machine, for a folder may be shared by several."""
    return blake2b(platform.node().encode(), digest_size=4).hexdigest()


def read_limited(path: str | os.PathLike[str], limit: int) -> bytes:
    """At most ``limit`` + 1 bytes of an ordinary file, so that the caller can tell one that is too large.

    Raises
    ------
    FileError
        If it is missing, a folder, a device, or may not be read.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path):
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(path))
        with Path(path).open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise file_error(error, path, writing=False) from error
    except ValueError:  # a null character in the name
        raise FileError(tr("The file cannot be read"), where=ascii(str(path)), hint=tr("Check the name")) from None
