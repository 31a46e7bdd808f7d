"""Failures that two machines can name to each other. Codes are part of the protocol (`sync/PROTOCOL.md`)."""


class SyncError(Exception):
    """A failure with a protocol code; never carries content. `details` are sizes, counts and ids."""

    def __init__(self, code: str, **details: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class BadEntry(SyncError):
    """An envelope or change that breaks a rule of form: kept aside, shown, never folded."""


class CannotOpen(SyncError):
    """An envelope whose key is not (yet) held, or that does not authenticate."""


class Refused(SyncError):
    """The other side answered with a refusal; nothing was deleted here."""


class Unreachable(SyncError):
    """No usable answer: refused, DNS gone, time-out, cut, wrong certificate, captive portal."""

    def __init__(self, code: str, *, after_send: bool = False, **details: int | str) -> None:
        super().__init__(code, **details)
        self.after_send = after_send


class RetryLater(SyncError):
    """The server asked to wait `seconds`."""

    def __init__(self, code: str, seconds: float) -> None:
        super().__init__(code)
        self.seconds = seconds
