"""A real TPM 2.0 in software (swtpm), behind a UNIX socket as a test may open it."""

import hashlib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import tpm2_pytss as tss

LISTENING = "00010000"
"""__SO_ACCEPTCON among the flags of /proc/net/unix."""


@contextmanager
def swtpm() -> Iterator[str]:
    """Yield the TCTI string of a new TPM; it is gone afterwards."""
    # Not in tmp_path: the path of a socket has 108 bytes at most.
    with TemporaryDirectory(prefix="tpm") as folder, powered(Path(folder)) as tcti:
        yield tcti


@contextmanager
def powered(folder: Path) -> Iterator[str]:
    """The TPM whose memory lies in `folder`, from power-on (its PCRs begin anew) to power-off."""
    socket = folder / "s"
    process = subprocess.Popen(
        [
            *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}"),
            *("--ctrl", f"type=unixio,path={socket}.ctrl"),
            *("--server", f"type=unixio,path={socket}"),
            *("--flags", "not-need-init,startup-clear"),
        ]
    )
    try:
        _wait_for(socket, process)
        yield f"swtpm:path={socket}"
    finally:
        process.terminate()
        process.wait(10)


def extend(tcti: str, pcr: int, event: bytes) -> None:
    """Measure `event` into a PCR, as a boot loader does before it starts what it has read."""
    digest = tss.TPMT_HA(
        hashAlg=tss.TPM2_ALG.SHA256,
        digest=tss.TPMU_HA(sha256=hashlib.sha256(event).digest()),
    )
    esys = tss.ESAPI(tcti)
    esys.pcr_extend(tss.ESYS_TR(pcr), tss.TPML_DIGEST_VALUES([digest]))
    esys.close()


def extended(value: bytes, event: bytes) -> bytes:
    """What a PCR that holds `value` will hold after `event`."""
    return hashlib.sha256(value + hashlib.sha256(event).digest()).digest()


def _wait_for(socket: Path, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 10
    while not (_listens(socket) and _listens(Path(f"{socket}.ctrl"))):
        assert process.poll() is None, "swtpm ended"
        assert time.monotonic() < until, "swtpm does not listen"
        time.sleep(0.01)


def _listens(socket: Path) -> bool:
    """The file is there a moment before anybody listens: the kernel's own list tells (unix(7))."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    return any(line[-1] == str(socket) and line[3] == LISTENING for line in lines)
