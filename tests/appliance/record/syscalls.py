"""Stand between SQLite and the kernel: see, tear and refuse the calls of this process.

SQLite's unix VFS lets its system calls be replaced (`xSetSystemCall`, sqlite3.h), which reaches
Python's own sqlite3 module because both use the one libsqlite3 of the system.
"""

from __future__ import annotations

import ctypes
import errno
import os
from ctypes.util import find_library

HEAD = [("version", ctypes.c_int), ("file_bytes", ctypes.c_int), ("path_bytes", ctypes.c_int)]
POINTERS = (
    "next", "name", "data", "open", "delete", "access", "full_path", "dl_open", "dl_error",
    "dl_sym", "dl_close", "randomness", "sleep", "time", "last_error", "time64", "set_call",
    "get_call", "next_call",
)  # fmt: skip


class Vfs(ctypes.Structure):
    """`struct sqlite3_vfs`."""

    _fields_ = [*HEAD, *((name, ctypes.c_void_p) for name in POINTERS)]


WRITE = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, use_errno=True
)
PWRITE = ctypes.CFUNCTYPE(
    ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64, use_errno=True
)
SET_CALL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class Writes:
    """Every write of SQLite goes through `decide(fd, data, offset)`.

    `decide` returns how many bytes are to be written; fewer than all is a short write, and after
    it, or for -errno, the call fails.
    """

    def __init__(self, decide):
        library = ctypes.CDLL(find_library("sqlite3") or "libsqlite3.so.0")
        library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
        vfs = library.sqlite3_vfs_find(None)
        self._decide = decide
        self._callbacks = (WRITE(self._write), PWRITE(self._pwrite))
        self._vfs, self._set_call = vfs, SET_CALL(vfs.contents.set_call)
        for name, callback in (
            (b"write", self._callbacks[0]),
            (b"pwrite", self._callbacks[1]),
            (b"pwrite64", self._callbacks[1]),
        ):
            self._set_call(vfs, name, ctypes.cast(callback, ctypes.c_void_p))

    def close(self):
        """Let SQLite write by itself again."""
        for name in (b"write", b"pwrite", b"pwrite64"):
            self._set_call(self._vfs, name, None)

    def _write(self, fd, buffer, size):
        return self._pwrite(fd, buffer, size, None)

    def _pwrite(self, fd, buffer, size, offset):
        data = ctypes.string_at(buffer, size)
        at = os.lseek(fd, 0, os.SEEK_CUR) if offset is None else offset
        allowed = self._decide(fd, data, at)
        if allowed < 0:
            ctypes.set_errno(-allowed)
            return -1
        try:
            done = os.pwrite(fd, data[:allowed], at)
        except OSError as error:
            ctypes.set_errno(error.errno or errno.EIO)
            return -1
        if offset is None:
            os.lseek(fd, at + done, os.SEEK_SET)
        return done


INT, POINTER, SIZE, OFFSET = ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int64
SIGNATURES = {
    b"open": (INT, POINTER, INT, INT),
    b"close": (INT, INT),
    b"ftruncate": (INT, INT, OFFSET),
    b"fcntl": (INT, INT, INT, POINTER),
    b"pread": (ctypes.c_ssize_t, INT, POINTER, SIZE, OFFSET),
    b"pread64": (ctypes.c_ssize_t, INT, POINTER, SIZE, OFFSET),
    b"write": (ctypes.c_ssize_t, INT, POINTER, SIZE),
    b"pwrite": (ctypes.c_ssize_t, INT, POINTER, SIZE, OFFSET),
    b"pwrite64": (ctypes.c_ssize_t, INT, POINTER, SIZE, OFFSET),
    b"unlink": (INT, POINTER),
}
"""SQLite's calls that take or change a file; `fsync` cannot be replaced, and changes nothing that a
killed process leaves behind."""


class Calls:
    """Before every call of SQLite, `before(name, arguments)` is told, which may end the process."""

    def __init__(self, before):
        library = ctypes.CDLL(find_library("sqlite3") or "libsqlite3.so.0")
        library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
        vfs = library.sqlite3_vfs_find(None)
        set_call = SET_CALL(vfs.contents.set_call)
        libc = ctypes.CDLL(None, use_errno=True)
        self._callbacks = []
        for name, (result, *arguments) in SIGNATURES.items():
            kind = ctypes.CFUNCTYPE(result, *arguments, use_errno=True)
            real = kind((name.decode(), libc))

            def call(*given, name=name, real=real):
                before(name.decode(), given)
                return real(*given)

            callback = kind(call)
            self._callbacks.append(callback)
            set_call(vfs, name, ctypes.cast(callback, ctypes.c_void_p))
