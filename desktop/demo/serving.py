"""The practice server's process: the product's own server command, reached through the program itself."""

from collections.abc import Sequence

from sync.server.cli import main


def serve(arguments: Sequence[str]) -> int:
    """Run `causeway-server` with these arguments; its exit status."""
    return main(arguments)
