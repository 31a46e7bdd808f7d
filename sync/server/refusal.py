"""The server's own refusals: a status, a code that is part of the protocol, and when to ask again."""


class Refusal(Exception):  # noqa: N818  named for what happened, as in sync.errors
    """Answered to the client as a `Problem`; never carries content."""

    def __init__(self, status: int, code: str, *, retry_after: int = 0, hang_up: bool = False) -> None:
        """`retry_after` seconds; `hang_up`: the rest of the request is not worth reading."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.hang_up = hang_up
