"""The vault's files page by page, raw and decrypted: what SQLite has freed can be looked at, too.

A page of SQLCipher 4 ends in 80 reserved bytes: 16 of IV, 64 of HMAC-SHA-512. The rest is
AES-256-CBC under the raw key; the first 16 bytes of page 1 are the salt in the clear
(https://www.zetetic.net/sqlcipher/design/). A log frame is a header of 24 bytes and a page.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE_BYTES: Final = 4096
RESERVED: Final = 80
SALT: Final = 16
IV: Final = 16
LOG_HEADER: Final = 32
FRAME_HEADER: Final = 24
OPEN_FILES: Final = Path("/proc/self/fd")


class Pages:
    """The pages of the file at `path` and of its log, under the raw 32-byte key."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path.absolute()
        self._cipher = algorithms.AES(key)

    @property
    def files(self) -> tuple[Path, ...]:
        """The vault's files that are there: the file, its log, the log's index."""
        names = (self._path.name + ending for ending in ("", "-wal", "-shm"))
        return tuple(path for name in names if (path := self._path.with_name(name)).exists())

    def read(self, file: Path, first: int, most: int) -> bytes:
        """At most `most` bytes of one of `files` from `first` on, as they lie on the disk.

        Raises OSError. Through SQLite's own descriptor: POSIX locks of a process go when it closes
        any descriptor of that file, so none may be opened here.
        """
        for entry in OPEN_FILES.iterdir():
            try:
                if entry.readlink() == file:
                    return os.pread(int(entry.name), most, first)
            except FileNotFoundError:
                continue  # the descriptor that listed this very folder
        with file.open("rb") as stream:
            stream.seek(first)
            return stream.read(most)

    def decrypted(self, first: int, count: int) -> list[bytes]:
        """Up to `count` pages of the file from page number `first` (1, ...) on; none behind it."""
        raw = self.read(self._path, (first - 1) * PAGE_BYTES, count * PAGE_BYTES)
        starts = range(0, len(raw) - PAGE_BYTES + 1, PAGE_BYTES)
        pages = (raw[start : start + PAGE_BYTES] for start in starts)
        return [
            self._decrypt(page, SALT if number == 1 else 0)
            for number, page in enumerate(pages, start=first)
        ]

    def logged(self, first: int, count: int) -> list[bytes]:
        """Up to `count` pages of the log from frame `first` (0, ...) on; none behind it."""
        log, frame = self._path.with_name(f"{self._path.name}-wal"), FRAME_HEADER + PAGE_BYTES
        raw = self.read(log, LOG_HEADER + first * frame, count * frame) if log.exists() else b""
        pages = (
            raw[at + FRAME_HEADER : at + frame] for at in range(0, len(raw) - frame + 1, frame)
        )
        # Of page 1 the first two blocks become noise: the file's header, where no row is.
        return [self._decrypt(page, 0) for page in pages]

    def _decrypt(self, page: bytes, salt: int) -> bytes:
        end = PAGE_BYTES - RESERVED
        decryptor = Cipher(self._cipher, modes.CBC(page[end : end + IV])).decryptor()
        return decryptor.update(page[salt:end]) + decryptor.finalize()
