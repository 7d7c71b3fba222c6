"""For asyncio: the work runs in a thread, and other tasks go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from . import compress as _compress
from . import decompress as _decompress

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["compress", "decompress"]


async def compress(data: Buffer, *arguments: Any, **keywords: Any) -> bytes:
    """As :func:`vatic.compress`."""
    return await asyncio.to_thread(_compress, data, *arguments, **keywords)


async def decompress(data: Buffer, *arguments: Any, **keywords: Any) -> bytes:
    """As :func:`vatic.decompress`."""
    return await asyncio.to_thread(_decompress, data, *arguments, **keywords)
