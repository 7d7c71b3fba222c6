"""Runs tests/vectors through the package: vectors.py FOLDER [OUT]. Prints each that fails, then the numbers.

With OUT it writes vectors there instead, of what is never the same twice, for the other languages to read.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import vatic
from vatic import EntryKind, Parameter


def keys_of(meta: dict[str, Any]) -> list[vatic.Key]:
    given = meta.get("keys", {})
    keys = []
    if "raw" in given:
        keys.append(vatic.Key.raw(bytes.fromhex(given["raw"])))
    if "password" in given:
        assert given["password"].encode().hex() == given["password_utf8"], "the password's bytes changed on their way"
        keys.append(vatic.Key.password(given["password"]))
    if "identity" in given:
        keys.append(vatic.Key.identity(given["identity"]))
    return keys


def dump(packed: bytes, keys: list[vatic.Key]) -> bytes:
    """A line for each entry, as in the other runners."""
    lines = []
    with vatic.Archive(packed, keys=keys) as archive:
        for place, entry in enumerate(archive):
            content = archive.read(place)
            last = vatic.hash(content).hex() if content else "-"
            if entry.kind in (EntryKind.SYMLINK, EntryKind.HARD_LINK):
                last = os.fsencode(entry.target).hex()
            elif entry.kind in (EntryKind.CHAR_DEVICE, EntryKind.BLOCK_DEVICE):
                last = f"{entry.device[0]},{entry.device[1]}"
            time = "-"
            if entry.mtime_ns is not None:
                seconds, nanos = divmod(entry.mtime_ns, 10**9)
                time = f"{seconds}.{nanos:09}"
            kind = {"CHAR_DEVICE": "character-device"}.get(entry.kind.name, entry.kind.name.lower().replace("_", "-"))
            name = os.fsencode(entry.name).hex()
            lines.append(f"{kind} {entry.mode:04o} {time} {entry.size} {name} {last}\n")
    return "".join(lines).encode()


def decodes(meta: dict[str, Any], packed: bytes, plain: bytes) -> str:
    keys = keys_of(meta)
    if meta.get("kind") == "archive":
        return "" if dump(packed, keys) == plain else "other entries"
    if vatic.decompress(packed, keys=keys) != plain:
        return "other content"
    out, rest = b"", packed
    while rest:
        decompressor = vatic.VaticDecompressor(keys=keys)
        for at in range(0, len(rest), 1000):
            out += decompressor.decompress(rest[at : at + 1000])
            if decompressor.eof:
                rest = decompressor.unused_data + rest[at + 1000 :]
                break
        else:
            return "no end as a stream"
    return "" if out == plain else "other content as a stream"


def fails(meta: dict[str, Any], packed: bytes, _plain: bytes) -> str:
    limits = meta.get("limits") or {}
    options = {Parameter[f"LIMIT_{name.upper()}"]: value for name, value in limits.items()}
    try:
        if meta.get("kind") == "archive":
            vatic.Archive(packed, options=options, keys=keys_of(meta)).verify()
        else:
            vatic.decompress(packed, options, keys=keys_of(meta))
    except vatic.VaticError as error:
        return "" if error.code == meta["error"] else f"{type(error).__name__}: {error}"
    return "it decoded"


def encodes(meta: dict[str, Any], packed: bytes, plain: bytes) -> str:
    options = {}
    for name, value in meta["options"].items():
        options[Parameter[name.upper()]] = vatic.Codec[value.upper()] if name == "codec" else value
    return "" if vatic.compress(plain, options=options) == packed else "other bytes than stored"


def records(_meta: dict[str, Any], packed: bytes, plain: bytes) -> str:
    expected = plain.split(b"\n")
    if vatic.decompress_many(packed) != expected:
        return "other records"
    return "" if vatic.Batch(packed)[-1] == expected[-1] else "another record alone"


def write(folder: Path, out: Path) -> None:
    plain = (folder / "encode" / "bwt-text.plain").read_bytes()
    password = "∂atei-Schlüssel"
    cheap = {Parameter.KDF_MEMORY: 1 << 20, Parameter.KDF_PASSES: 1}
    stream = vatic.VaticCompressor(2)
    halves = stream.compress(plain[:1000], stream.FLUSH_BLOCK) + stream.compress(plain[1000:]) + stream.flush()
    lines = plain.split(b"\n")
    keys = {"password": password, "password_utf8": password.encode().hex()}
    for kind, name, packed, more in (
        ("decode", "sealed", vatic.compress(plain, options=cheap, keys=password), {"keys": keys}),
        ("decode", "stream", halves, {}),
        ("records", "batch", vatic.compress_many(lines, vatic.Model.train(lines), embed_model=True), {}),
    ):
        (out / kind).mkdir(parents=True, exist_ok=True)
        meta = {"name": f"python-{name}", "packed": f"python-{name}.vat", "plain": f"python-{name}.plain", **more}
        (out / kind / f"python-{name}.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
        (out / kind / f"python-{name}.vat").write_bytes(packed)
        (out / kind / f"python-{name}.plain").write_bytes(plain)


def main(folder: Path) -> int:
    passed = failed = 0
    for kind, check in (("decode", decodes), ("must-fail", fails), ("encode", encodes), ("records", records)):
        for path in sorted((folder / kind).glob("*.json")):
            meta = json.loads(path.read_text("utf-8"))
            packed = path.with_name(meta["packed"]).read_bytes()
            plain = path.with_name(meta["plain"]).read_bytes() if "plain" in meta else b""
            try:
                wrong = check(meta, packed, plain)
            except (vatic.VaticError, OSError) as error:
                wrong = f"{type(error).__name__}: {error}"
            if wrong:
                failed += 1
                print(f"{kind}/{path.name}: {wrong}")
            else:
                passed += 1
    print(f"Python: {passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        write(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        sys.exit(main(Path(sys.argv[1])))
