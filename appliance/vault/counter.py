"""The vault's number in a counter of the TPM: an older copy of the whole disk stays behind.

The TPM never counts back, and a counter that is taken away and made anew begins above every one
that this TPM ever had. So also a copy of all files of the state directory, put back, is found.
"""

from typing import Final

from appliance.vault.faults import StorageFault
from appliance.vault.tpm import Tpm, TpmFault

INDEX: Final = 0x0150_CADE
"""Its NV index, in the owner's range: one vault for each TPM."""


class Counter:
    """The counter of the TPM at `tcti`; each call is a connection of its own (about 10 ms)."""

    name: Final = f"the TPM's counter {INDEX:#x}"
    row: Final = "counter"

    def __init__(self, tcti: str) -> None:
        self._tcti = tcti

    def read(self) -> int:
        """Return its value; 0 where the TPM has none. Raises TpmFault."""
        with Tpm(self._tcti) as chip:
            return chip.counter(INDEX) or 0

    def write(self, number: int) -> None:
        """Count up to `number`, which is one more than it says. Raises StorageFault."""
        try:
            with Tpm(self._tcti) as chip:
                value = chip.increment(INDEX)
        except TpmFault as fault:
            raise StorageFault(str(fault)) from fault
        if value != number:
            raise StorageFault(f"{self.name} stands at {value} instead of {number}; who counts it?")

    def accepted(self, inside: int) -> int:
        """Return the number that lets a vault that stands at `inside` count as the newest.

        Makes the counter where there is none. Raises TpmFault.
        """
        with Tpm(self._tcti) as chip:
            value = chip.counter(INDEX)
            return (chip.define_counter(INDEX) if value is None else value) + 1
