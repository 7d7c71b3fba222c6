"""vatic inside of other packages, and of asyncio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import vatic
import vatic.aio

TEXT = b"many hands make light work; " * 1000


def test_asyncio() -> None:
    async def both() -> list[bytes]:
        packed = await vatic.aio.compress(TEXT, level=2)
        return list(await asyncio.gather(vatic.aio.decompress(packed), vatic.aio.decompress(packed)))

    assert asyncio.run(both()) == [TEXT, TEXT]


def test_fsspec(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    import vatic.fsspec

    path = str(tmp_path / "a.vat")
    with fsspec.open(path, "wb", compression="infer") as file:
        file.write(TEXT)
    assert vatic.decompress(Path(path).read_bytes()) == TEXT
    with fsspec.open(path, "rb", compression="vatic") as file:
        assert file.read() == TEXT


def test_numcodecs() -> None:
    numcodecs = pytest.importorskip("numcodecs")
    numpy = pytest.importorskip("numpy")
    codec = numcodecs.get_codec({"id": "vatic", "level": 2})
    array = numpy.arange(10_000, dtype="i4").reshape(100, 100)
    packed = codec.encode(array)
    assert bytes(codec.decode(packed)) == array.tobytes()
    out = numpy.empty_like(array)
    codec.decode(packed, out=out)
    assert (out == array).all()
    assert codec.get_config() == {"id": "vatic", "level": 2, "dedup": True}
    assert numcodecs.get_codec(codec.get_config()) == codec
