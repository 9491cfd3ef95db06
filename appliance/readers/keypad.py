"""Keys as a keypad sends them over Wiegand: one short frame for each."""

KEYS = "0123456789*#"
BITS = 4


def key(bits: tuple[int, ...]) -> str:
    """Return the key of a 4-bit frame, or an empty string when it is none.

    Readers that send 8 bits (the key and its complement, in either order) are told apart by
    configuration, not by guessing; this terminal takes 4-bit keys only.
    """
    if len(bits) != BITS:
        return ""
    value = bits[0] << 3 | bits[1] << 2 | bits[2] << 1 | bits[3]
    return KEYS[value] if value < len(KEYS) else ""
