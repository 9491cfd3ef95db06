"""A TPM 2.0: secrets sealed to what was booted, counters that only ever rise."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

from appliance.vault.faults import KeyFault

os.environ.setdefault("TSS2_LOG", "all+none")  # a refused policy is our line to say, not the C's
try:
    import tpm2_pytss as tss
except ImportError:
    tss = None

COUNTER_BYTES: Final = 8
_POLICY_FAIL: Final = 0x9D  # TPM_RC_POLICY_FAIL, less what says which session
_INTEGRITY: Final = 0x9F  # TPM_RC_INTEGRITY: the blob was made by another TPM, or is damaged
_NEVER_WRITTEN: Final = 0x14A  # TPM_RC_NV_UNINITIALIZED
_NO_SUCH_HANDLE: Final = 0x8B  # TPM_RC_HANDLE
_KIND: Final = 0xBF  # format-one code: bits 8 to 11 say which parameter or session


class TpmFault(KeyFault):
    """There is no TPM, its library is missing, or it refuses; the message names the remedy."""


class WrongState(TpmFault):
    """The TPM works, and this blob does not open: other PCR values, or another TPM's blob."""


class Tpm:
    """One open connection; use as a context manager, or close()."""

    def __init__(self, tcti: str) -> None:
        """tcti: such as "device:/dev/tpmrm0" or "swtpm:path=/run/tpm". Raises TpmFault."""
        if tss is None:
            raise TpmFault(
                "vault.key: the library tpm2-pytss is missing; install libtss2-dev and gcc, then "
                "pip install 'cardea-terminal[tpm]'"
            )
        try:
            self._esys = tss.ESAPI(tcti)
        except (tss.TSS2_Exception, RuntimeError) as fault:
            raise TpmFault(
                f"vault.tcti: no TPM answers at {tcti!r} ({fault}); check that it is there and "
                f"that the terminal's account may use it (group tss)"
            ) from fault

    def close(self) -> None:
        self._esys.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def measured(self, pcrs: tuple[int, ...]) -> dict[int, bytes]:
        """The SHA-256 PCRs as they are now: 32 bytes each."""
        with _told("read the PCRs"):
            return {pcr: self._measured(pcr) for pcr in pcrs}

    def seal(
        self, secret: bytes, pcrs: tuple[int, ...], coming: Mapping[int, bytes] | None = None
    ) -> bytes:
        """Return a blob that only this TPM opens, and only while `pcrs` are as they are now.

        secret: at most 128 bytes. coming: PCRs (of `pcrs`) that will hold other values then.
        """
        values = {**self.measured(pcrs), **(coming or {})}
        wanted = hashlib.sha256(b"".join(values[pcr] for pcr in sorted(set(pcrs)))).digest()
        with _told("seal"), self._storage_key() as parent:
            made = tss.TPM2B_SENSITIVE_CREATE(
                tss.TPMS_SENSITIVE_CREATE(data=tss.TPM2B_SENSITIVE_DATA(secret))
            )
            public = _sealed_object(self._policy(pcrs, wanted))
            with self._session(tss.TPM2_SE.HMAC, parent) as session:
                private, public, *_ = self._esys.create(parent, made, public, session1=session)
        return bytes(private.marshal() + public.marshal())

    def unseal(self, blob: bytes, pcrs: tuple[int, ...]) -> bytes:
        """Return what was sealed. Raises WrongState when it does not open here and now."""
        with _told("unseal"), self._storage_key() as parent:
            private, public = _parts(blob)
            handle = self._esys.load(parent, private, public)
            try:
                with self._session(tss.TPM2_SE.POLICY, parent) as session:
                    self._esys.policy_pcr(session, b"", _selection(pcrs))
                    return bytes(self._esys.unseal(handle, session1=session))
            finally:
                self._esys.flush_context(handle)

    def define_counter(self, index: int) -> int:
        """Make a monotonic counter; return its first value. Raises TpmFault when it counts already.

        It begins above every counter that this TPM ever had: one made anew never goes back.
        index: an NV handle of the owner's, 0x01500000 to 0x015FFFFF.
        """
        attributes = tss.TPMA_NV
        public = tss.TPMS_NV_PUBLIC(
            nvIndex=index,
            nameAlg=tss.TPM2_ALG.SHA256,
            attributes=attributes.OWNERREAD
            | attributes.OWNERWRITE
            | attributes.NO_DA
            | (tss.TPM2_NT.COUNTER << attributes.TPM2_NT_SHIFT),
            dataSize=COUNTER_BYTES,
        )
        if self.counter(index) is not None:
            raise TpmFault(f"the TPM counts at {index:#x} already; destroy that first")
        with _told(f"define the counter {index:#x}"):
            if self._handle(index) is None:  # a power cut may have left one that never counted
                self._esys.nv_define_space(b"", tss.TPM2B_NV_PUBLIC(public))
        return self.increment(index)

    def counter(self, index: int) -> int | None:
        """Its value; None when there is no such counter, or it never counted."""
        with _told(f"read the counter {index:#x}"):
            handle = self._handle(index)
            if handle is None:
                return None
            try:
                read = self._esys.nv_read(handle, COUNTER_BYTES, auth_handle=tss.ESYS_TR.OWNER)
            except tss.TSS2_Exception as fault:
                if fault.rc == _NEVER_WRITTEN:
                    return None
                raise
            return int.from_bytes(bytes(read), "big")

    def increment(self, index: int) -> int:
        """Count one up; return the new value. It is in the TPM's own memory when this returns."""
        with _told(f"increment the counter {index:#x}"):
            self._esys.nv_increment(self._known(index), auth_handle=tss.ESYS_TR.OWNER)
        value = self.counter(index)
        assert value is not None
        return value

    def destroy(self, index: int) -> None:
        """Take what is at an NV index out of the TPM, for good."""
        with _told(f"destroy {index:#x}"):
            self._esys.nv_undefine_space(self._known(index))

    def _measured(self, pcr: int) -> bytes:
        """One at a time: a TPM may answer with fewer PCRs than were asked for."""
        _, _, digests = self._esys.pcr_read(_selection((pcr,)))
        if len(digests) != 1:
            raise TpmFault(f"vault.pcrs: this TPM has no SHA-256 PCR {pcr}; leave it out")
        return bytes(digests[0])

    def _known(self, index: int) -> Any:
        handle = self._handle(index)
        if handle is None:
            raise TpmFault(f"the TPM has nothing at {index:#x}; define it first")
        return handle

    def _handle(self, index: int) -> Any:
        try:
            return self._esys.tr_from_tpmpublic(index)
        except tss.TSS2_Exception as fault:
            if fault.rc & _KIND == _NO_SUCH_HANDLE:
                return None
            raise

    def _policy(self, pcrs: tuple[int, ...], wanted: bytes) -> Any:
        with self._session(tss.TPM2_SE.TRIAL) as session:
            self._esys.policy_pcr(session, wanted, _selection(pcrs))
            return self._esys.policy_get_digest(session)

    @contextmanager
    def _storage_key(self) -> Iterator[Any]:
        """The owner's primary ECC key: the same at every start, so that it need not be kept."""
        bits = tss.TPMA_OBJECT
        template = tss.TPM2B_PUBLIC.parse(
            "ecc",
            objectAttributes=bits.RESTRICTED
            | bits.DECRYPT
            | bits.FIXEDTPM
            | bits.FIXEDPARENT
            | bits.SENSITIVEDATAORIGIN
            | bits.USERWITHAUTH,
        )
        handle, *_ = self._esys.create_primary(None, template)
        try:
            yield handle
        finally:
            self._esys.flush_context(handle)

    @contextmanager
    def _session(self, kind: Any, salted: Any = None) -> Iterator[Any]:
        """salted: with this key; secrets then pass the bus to the TPM encrypted."""
        none = tss.TPMT_SYM_DEF(algorithm=tss.TPM2_ALG.NULL)
        cipher = tss.TPMT_SYM_DEF.parse("aes128cfb") if salted else none
        session = self._esys.start_auth_session(
            salted or tss.ESYS_TR.NONE, tss.ESYS_TR.NONE, kind, cipher, tss.TPM2_ALG.SHA256
        )
        try:
            if salted:
                way = tss.TPMA_SESSION
                ways = way.CONTINUESESSION | way.ENCRYPT
                if kind == tss.TPM2_SE.HMAC:
                    ways |= way.DECRYPT
                self._esys.trsess_set_attributes(session, ways)
            yield session
        finally:
            self._esys.flush_context(session)


def _selection(pcrs: tuple[int, ...]) -> Any:
    return tss.TPML_PCR_SELECTION.parse("sha256:" + ",".join(map(str, sorted(pcrs))))


def _sealed_object(policy: Any) -> Any:
    """A secret that no password opens, only `policy`, and that cannot move to another TPM."""
    null = tss.TPMT_KEYEDHASH_SCHEME(scheme=tss.TPM2_ALG.NULL)
    bits = tss.TPMA_OBJECT
    return tss.TPM2B_PUBLIC(
        tss.TPMT_PUBLIC(
            type=tss.TPM2_ALG.KEYEDHASH,
            nameAlg=tss.TPM2_ALG.SHA256,
            objectAttributes=bits.FIXEDTPM | bits.FIXEDPARENT | bits.NODA,
            authPolicy=policy,
            parameters=tss.TPMU_PUBLIC_PARMS(keyedHashDetail=tss.TPMS_KEYEDHASH_PARMS(scheme=null)),
        )
    )


def _parts(blob: bytes) -> tuple[Any, Any]:
    """The private and the public half, each behind its length as the TPM writes it."""
    try:
        private, length = tss.TPM2B_PRIVATE.unmarshal(blob)
        public, _ = tss.TPM2B_PUBLIC.unmarshal(blob[length:])
    except tss.TSS2_Exception as fault:
        raise WrongState("this is no blob that a TPM has sealed") from fault
    return private, public


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except tss.TSS2_Exception as fault:
        kind = fault.rc & _KIND
        if kind == _POLICY_FAIL:
            raise WrongState(
                "the TPM does not open the key: this is not the system that it was sealed to"
            ) from fault
        if kind == _INTEGRITY:
            raise WrongState("the key was sealed by another TPM, or its blob is damaged") from fault
        raise TpmFault(f"the TPM cannot {what}: {fault}; see its log, or restart it") from fault
