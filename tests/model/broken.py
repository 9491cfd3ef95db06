"""An invariant that does not hold."""


class Broken(AssertionError):
    """Says which, and in which state."""


def demand(holds: bool, what: str, state: object) -> None:
    if not holds:
        raise Broken(f"{what} ({state})")
