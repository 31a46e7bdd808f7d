"""Taking a request's body in: no more than is allowed, no longer than is allowed, a stranger's not at all."""

import asyncio

from starlette.requests import Request

from sync.protocol import MAX_BATCH_BYTES
from sync.server.pace import Allowance
from sync.server.refusal import Refusal

MAX_BODY = MAX_BATCH_BYTES + 64 * 1024
"""A full batch and its wrapping."""
MAX_WORD = 16 * 1024
"""The body of a call that needs no session."""

MAX_STRANGERS = 256 * 1024
"""The body of a call that may be made without a session, when it is."""

_DRAINED = 8
"""So many times the limit is read and dropped, so that the sender hears the refusal."""


async def read_body(http: Request, limit: int, allowance: Allowance) -> bytes:
    """The whole body. Raises `Refusal` 413 batch.too_large, 408 body.slow (both end the connection)."""
    declared = http.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 12 or int(declared) > _DRAINED * limit:
        raise Refusal(413, "batch.too_large", hang_up=True)
    loop = asyncio.get_running_loop()
    end = loop.time() + allowance.body_seconds
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(allowance.stall_seconds) as patience:
            async for chunk in http.stream():
                patience.reschedule(min(end, loop.time() + allowance.stall_seconds))
                size += len(chunk)
                if size <= limit:
                    body += chunk
                elif size > _DRAINED * limit:
                    break
    except TimeoutError as error:
        raise Refusal(408, "body.slow", hang_up=True) from error
    if size > limit:
        raise Refusal(413, "batch.too_large", hang_up=size > _DRAINED * limit)
    return bytes(body)
