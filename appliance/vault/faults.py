"""What the vault says when it cannot: one line, naming the file or field and the remedy."""


class VaultFault(Exception):
    """The vault cannot do this. Fit for an installer: no name, number or PIN is in the message."""


class KeyFault(VaultFault):
    """The vault's key is missing, readable by others, or no key at all."""


class StorageFault(VaultFault):
    """The file itself fails: busy, full, damaged, gone. The terminal is not well until it heals."""


class OlderCopy(VaultFault):
    """This vault, or its anchor, is not the newest there was: an older one was put back."""


class Conflict(VaultFault):
    """What should be stored belongs to somebody already. Does not say to whom, nor what."""


class BackupFault(VaultFault):
    """This file is no backup of ours, or not whole, or not for this key; or it must not be used."""
