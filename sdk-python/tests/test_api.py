"""What users rely on, and what careless callers do."""

from __future__ import annotations

import array
import bz2
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import vatic
from vatic import Parameter, Preset, VaticCompressor, VaticDecompressor

TEXT = b"It was the best of times, it was the worst of times, it was the age of wisdom. " * 50
VECTORS = Path(__file__).parents[2] / "tests" / "vectors"


def test_one_shot_takes_any_buffer() -> None:
    numbers = array.array("i", range(1000))
    assert vatic.decompress(vatic.compress(numbers)) == numbers.tobytes()
    for data in (TEXT, bytearray(TEXT), memoryview(TEXT), memoryview(bytearray(TEXT * 600))[::2], b""):
        packed = vatic.compress(data, Preset.FAST)
        plain = bytes(data)
        assert vatic.decompress(packed) == vatic.decompress(bytearray(packed)) == plain
        assert packed == vatic.compress(plain, level=2)
    assert vatic.content_length(vatic.compress(TEXT)) == len(TEXT)


def test_output_of_any_length_comes_back() -> None:
    packed = vatic.compress(TEXT)
    stream = VaticCompressor()
    unstated = stream.compress(TEXT) + stream.flush()
    for data, plain in (
        (packed * 3, TEXT * 3),
        (packed + unstated, TEXT * 2),
        (unstated + packed, TEXT * 2),
        (vatic.compress(b"") + packed, TEXT),
        (vatic.compress(bytes(10**7)), bytes(10**7)),
        (b"", None),
        (packed + b"x", None),
        (packed * 2 + packed[:-1], None),
    ):
        if plain is None:
            with pytest.raises(vatic.VaticError):
                vatic.decompress(data)
        else:
            assert vatic.decompress(data) == plain


@pytest.mark.parametrize("wrong", ["text", None, 5, [1, 2]])
def test_other_types_are_refused(wrong: object) -> None:
    with pytest.raises(TypeError):
        vatic.compress(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        vatic.decompress(wrong)  # type: ignore[arg-type]


def test_options_and_bounds() -> None:
    assert Parameter.LEVEL.bounds() == (1, 9)
    assert Parameter.LEVEL.default() == 5
    one = vatic.compress(TEXT, options={Parameter.LEVEL: 2, Parameter.CHECKSUM: 0})
    assert vatic.info(one)[0].checksum is False
    with pytest.raises(vatic.InvalidOptionError) as caught:
        vatic.compress(TEXT, 10)
    assert caught.value.code == 40
    assert isinstance(caught.value, ValueError)
    with pytest.raises(vatic.NotFoundError):
        vatic.compress(TEXT, options={77: 1})
    with pytest.raises(OverflowError):
        vatic.compress(TEXT, options={Parameter.MEMORY: -1})


def test_errors_have_classes_and_numbers() -> None:
    packed = vatic.compress(TEXT)
    with pytest.raises(vatic.TruncatedError) as caught:
        vatic.decompress(packed[:-1])
    assert caught.value.code == vatic.TruncatedError.code == 20
    assert isinstance(caught.value, EOFError)
    with pytest.raises(vatic.NotVaticError):
        vatic.decompress(b"nonsense")
    with pytest.raises(vatic.DataError):
        vatic.decompress(bytes(byte ^ (i == 40) for i, byte in enumerate(packed)))
    with pytest.raises(vatic.LimitError):
        vatic.decompress(vatic.compress(bytes(1 << 20)), {Parameter.LIMIT_OUTPUT: 1000})
    with pytest.raises(vatic.IoError):
        vatic.info("/nonexistent")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.code) == (vatic.TruncatedError, str(caught.value), 20)


def test_compressor_and_decompressor() -> None:
    compressor = VaticCompressor(level=5)
    pieces = [compressor.compress(TEXT[i : i + 100]) for i in range(0, len(TEXT), 100)]
    first = b"".join(pieces) + compressor.flush()
    second = compressor.compress(b"second", VaticCompressor.FLUSH_FRAME)
    assert vatic.decompress(first + second) == TEXT + b"second"
    assert compressor.last_mode == VaticCompressor.FLUSH_FRAME

    decompressor = VaticDecompressor()
    assert decompressor.needs_input
    out = b""
    for at in range(0, len(first), 7):
        out += decompressor.decompress(first[at : at + 7], 10)
        while not decompressor.needs_input and not decompressor.eof:
            out += decompressor.decompress(b"", 10)
    assert out == TEXT
    assert decompressor.eof
    with pytest.raises(EOFError):
        decompressor.decompress(b"")

    decompressor = VaticDecompressor()
    assert decompressor.decompress(first + second + b"!") == TEXT
    assert decompressor.unused_data == second + b"!"
    with pytest.raises(ValueError, match="mode"):
        compressor.flush(0)
    with pytest.raises(vatic.InvalidOptionError):
        compressor.compress(b"", 9)


def test_flush_block_can_be_decompressed() -> None:
    compressor, decompressor = VaticCompressor(), VaticDecompressor()
    for text in (b"first message", b"second message"):
        packed = compressor.compress(text, VaticCompressor.FLUSH_BLOCK)
        assert decompressor.decompress(packed) == text


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "a.vat"
    with vatic.open(path, "wb", level=2) as file:
        assert file.write(TEXT) == len(TEXT)
        assert file.tell() == len(TEXT)
        assert file.writable()
        assert not file.readable()
    with vatic.open(path, "ab") as file:
        file.write(b"appended")
    whole = TEXT + b"appended"
    with vatic.open(path) as file:
        assert file.peek(1)[:1] == whole[:1]
        assert file.read(10) == whole[:10]
        assert file.read1(5) == whole[10:15]
        room = bytearray(5)
        assert file.readinto(room) == 5
        assert file.tell() == 20
        assert file.seek(-8, io.SEEK_END) == len(whole) - 8
        assert file.read() == b"appended"
        assert file.seek(3) == 3
        assert file.read() == whole[3:]
        assert file.read() == b""
    with pytest.raises(FileExistsError):
        vatic.open(path, "xb")
    path.write_bytes(path.read_bytes()[:-3])
    with vatic.open(path) as file, pytest.raises(EOFError):
        file.read()


def test_text_files(tmp_path: Path) -> None:
    path = tmp_path / "t.vat"
    with vatic.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines(["größer\n", "second\n"])
    with vatic.open(path, "rt", encoding="utf-8") as file:
        assert list(file) == ["größer\n", "second\n"]
    with vatic.open(io.BytesIO(path.read_bytes())) as file:
        assert file.readline() == "größer\n".encode()


def test_files_refuse_what_makes_no_sense(tmp_path: Path) -> None:
    packed = io.BytesIO(vatic.compress(TEXT))
    file = vatic.VaticFile(packed)
    with pytest.raises(io.UnsupportedOperation):
        file.write(b"x")
    file.close()
    file.close()
    assert file.closed
    assert not packed.closed
    with pytest.raises(ValueError, match="closed"):
        file.read()
    with pytest.raises(ValueError, match="mode"):
        vatic.VaticFile(packed, "rw")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="text"):
        vatic.open(tmp_path / "x", "wb", encoding="utf-8")  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        vatic.VaticFile(5)  # type: ignore[arg-type]
    with vatic.VaticFile(io.BytesIO(), "w") as writer, pytest.raises(io.UnsupportedOperation):
        writer.read()


def test_keys() -> None:
    secret = vatic.Key.generate_raw()
    identity, recipient = vatic.Key.generate_identity()
    cheap = {Parameter.KDF_MEMORY: 1 << 20, Parameter.KDF_PASSES: 1}
    everyone = [vatic.Key.raw(secret), vatic.Key.recipient(recipient), vatic.Key.password("pässword")]
    packed = vatic.compress(TEXT, options=cheap, keys=everyone)
    for keys in (secret, "pässword", vatic.Key.identity(identity), [vatic.Key.raw(secret)]):
        assert vatic.decompress(packed, keys=keys) == TEXT
    assert vatic.info(packed)[0].sealed
    with pytest.raises(vatic.KeyNeededError):
        vatic.decompress(packed)
    with pytest.raises(vatic.WrongKeyError):
        vatic.decompress(packed, keys=bytes(32))
    with pytest.raises(vatic.NotSealedError):
        vatic.decompress(vatic.compress(TEXT), keys=secret)
    with pytest.raises(vatic.InvalidOptionError):
        vatic.Key.raw(b"short")
    assert secret.hex() not in repr(everyone)
    with pytest.raises(TypeError):
        pickle.dumps(everyone[0])


def test_archives(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(TEXT)
    odd = os.fsdecode(b"\xff.bin")
    (tmp_path / "in" / odd).write_bytes(b"odd")
    target = tmp_path / "x.vat"
    os.chdir(tmp_path)
    vatic.create_archive(target, ["in"], level=2)
    with pytest.raises(vatic.ExistsError):
        vatic.create_archive(target, ["in"])
    (tmp_path / "later").write_bytes(b"later")
    vatic.append_archive(target, [Path("later")])
    for source in (target, target.read_bytes()):
        with vatic.Archive(source) as archive:
            assert archive.names() == ["in", "in/a.txt", f"in/{odd}", "later"]
            entry = archive["in/a.txt"]
            assert (entry.kind, entry.size) == (vatic.EntryKind.FILE, len(TEXT))
            assert entry.hash == vatic.hash(TEXT)
            assert entry.mtime_ns == os.stat("in/a.txt").st_mtime_ns
            assert archive.read(entry) == TEXT
            assert archive.read(-1) == b"later"
            assert archive.read(f"in/{odd}") == b"odd"
            assert "later" in archive
            assert "nothing" not in archive
            with pytest.raises(LookupError):
                archive.read("nothing")
            with pytest.raises(IndexError):
                archive[4]
            archive.verify()
    archive = vatic.Archive(target)
    assert archive.extract(tmp_path / "all") == 4
    assert (tmp_path / "all" / "in" / odd).read_bytes() == b"odd"
    assert archive.extract(tmp_path / "some", "*.txt") == 1
    assert archive.extract_entry(f"in/{odd}", tmp_path / "one") == 1
    with pytest.raises(vatic.PartialError):
        archive.extract(tmp_path / "all")
    archive.close()
    with pytest.raises(ValueError, match="closed"):
        len(archive)
    vatic.create_archive(tmp_path / "sealed.vat", ["in"], keys=bytes(32))
    with pytest.raises(vatic.KeyNeededError):
        vatic.Archive(tmp_path / "sealed.vat")
    assert len(vatic.Archive(tmp_path / "sealed.vat", keys=bytes(32))) == 3


def test_reader_and_info(tmp_path: Path) -> None:
    data = TEXT * 100
    packed = vatic.compress(data, options={Parameter.GROUP_SIZE: 64 << 10})
    (tmp_path / "r.vat").write_bytes(packed)
    for source in (packed, tmp_path / "r.vat"):
        reader = vatic.Reader(source)
        assert len(reader) == len(data)
        assert reader.read_at(200_001, 99) == data[200_001:200_100]
        assert reader.read_at(len(data), 5) == b""
        (frame,) = vatic.info(source)
        assert (frame.content_length, frame.packed_length) == (len(data), len(packed))
        assert sum(group.length for group in frame.groups) == len(data)


RECORDS = [b'{"user": %d, "action": "login"}' % number for number in range(400)]


def test_a_model_is_trained_and_used() -> None:
    seen: list[tuple[int, int]] = []
    model = vatic.Model.train(RECORDS, size=100_000, progress=lambda done, total: seen.append((done, total)))
    assert model == vatic.Model.train((bytearray(record) for record in RECORDS), size=100_000)
    assert seen[-1][0] == seen[-1][1] > sum(map(len, RECORDS))
    assert model == pickle.loads(pickle.dumps(model)) == vatic.Model(model.to_bytes())
    assert model.parts == ["primer"]

    coder = vatic.Records(model, tag=2)
    for record in (RECORDS[7], b'{"user": 4711, "action": "logout"}', b"", b"\0" * 300):
        assert coder.decompress(coder.compress(record)) == record
    assert len(coder.compress(RECORDS[7])) < len(RECORDS[7]) // 2
    batch = vatic.compress_many(RECORDS, model, bundle=4)
    assert vatic.Batch(batch, models=model)[399] == RECORDS[399]
    assert vatic.decompress_many(batch, model) == RECORDS
    with pytest.raises(vatic.ModelMissingError):
        vatic.decompress_many(batch)
    assert vatic.decompress_many(vatic.compress_many(RECORDS, model, embed_model=True)) == RECORDS


def test_training_refuses_and_stops() -> None:
    for wrong in ([], [b""]):
        with pytest.raises(vatic.InvalidOptionError):
            vatic.Model.train(wrong)
    with pytest.raises(vatic.InvalidOptionError):
        vatic.Model.train(RECORDS, size=1)
    with pytest.raises(TypeError):
        vatic.Model.train(["text"])  # type: ignore[list-item]
    with pytest.raises(OverflowError):
        vatic.Model.train(RECORDS, size=-1)
    with pytest.raises(vatic.CancelledError):
        vatic.Model.train(RECORDS, progress=lambda done, total: False)
    with pytest.raises(ZeroDivisionError):
        vatic.Model.train(RECORDS, progress=lambda done, total: 1 // 0)


def test_models_are_made_of_others() -> None:
    base = vatic.Model(VECTORS / "transformer" / "random-23.vatm")
    assert base.parts == ["transformer"]
    beside = vatic.Model.train(RECORDS[:20], beside=base)
    assert beside.parts == ["gates", "transformer"]
    packed = vatic.compress(RECORDS[7], options={Parameter.CODEC: vatic.Codec.NEURAL}, models=beside)
    assert vatic.decompress(packed, models=beside) == RECORDS[7]
    primer = vatic.Model.train(RECORDS, size=100_000)
    joined = primer.join(base)
    assert joined.parts == ["primer", "transformer"]
    assert base.join(primer) == joined
    assert primer.join() == primer
    with pytest.raises(vatic.InvalidOptionError, match="transformer"):
        joined.join(base)
    with pytest.raises(vatic.InvalidOptionError, match="transformer"):
        vatic.Model.train(RECORDS, beside=primer)

    czm = vatic.decompress((VECTORS / "czip" / "flat.czm.vat").read_bytes())
    assert vatic.Model.from_czm(czm).parts == ["transformer"]
    with pytest.raises(vatic.DataError):
        vatic.Model.from_czm(czm[:5000])


def test_models_are_checked() -> None:
    with pytest.raises(vatic.DataError):
        vatic.Model(b"nonsense")
    with pytest.raises(vatic.IoError):
        vatic.Model("/nonexistent.vatm")
    with pytest.raises(vatic.VaticError):
        vatic.Batch(b"nonsense")
    with pytest.raises(vatic.VaticError):
        vatic.decompress_many(b"nonsense")


def test_progress_stops_work() -> None:
    seen: list[tuple[int, int]] = []
    vatic.compress(TEXT, progress=lambda *at: seen.append(at))
    assert seen[-1][0] == len(TEXT)
    with pytest.raises(vatic.CancelledError):
        vatic.compress(TEXT, progress=lambda _in, _out: False)

    def fail(_in: int, _out: int) -> bool:
        raise KeyError("from the callback")

    with pytest.raises(KeyError, match="from the callback"):
        vatic.compress(TEXT, progress=fail)
    assert vatic.decompress(vatic.compress(TEXT)) == TEXT


def test_ctrl_c_stops_work() -> None:
    program = (
        "import signal, threading, vatic\n"
        # Whoever started the tests may ignore it, which children inherit.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()\n"
        "data = bytes(i * i >> 3 & 255 for i in range(1 << 20)) * 64\n"
        "vatic.compress(data, 5, {vatic.Parameter.GROUP_SIZE: 1 << 16, vatic.Parameter.DEDUP: 0})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=300, check=False)
    assert b"KeyboardInterrupt" in done.stderr


def test_threads_run_meanwhile_and_do_not_share_objects() -> None:
    data = os.urandom(1 << 20)
    packed = vatic.compress(data, 5)
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda: results.append(vatic.decompress(packed))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [data] * 4

    busy: list[type[BaseException]] = []
    compressor = VaticCompressor(
        options={Parameter.GROUP_SIZE: 4096},
        progress=lambda _in, _out: try_again(),
    )

    def try_again() -> None:
        try:
            compressor.compress(b"from within")
        except vatic.BusyError as error:
            busy.append(type(error))

    compressor.compress(TEXT * 100, VaticCompressor.FLUSH_FRAME)
    assert vatic.BusyError in busy


def test_input_may_change_while_work_runs() -> None:
    data = bytearray(bz2.compress(os.urandom(1 << 18))) * 8
    stop = threading.Event()

    def change() -> None:
        at = 0
        while not stop.is_set():
            at = (at + 4099) % len(data)
            data[at] ^= 0xFF

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(3):
            assert len(vatic.decompress(vatic.compress(data, 2))) == len(data)
    finally:
        stop.set()
        thread.join()


def _in_child(data: bytes) -> bytes:
    return vatic.decompress(vatic.compress(data, options={Parameter.THREADS: 2}))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method: str) -> None:
    vatic.compress(TEXT, options={Parameter.THREADS: 2})
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(_in_child, [TEXT, TEXT]) == [TEXT, TEXT]


def test_command(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    command = [sys.executable, "-m", "vatic"]
    subprocess.run([*command, "-l", "2", str(path)], check=True)
    path.unlink()
    subprocess.run([*command, "-d", f"{path}.vat"], check=True)
    assert path.read_bytes() == TEXT
    refused = subprocess.run([*command, "-d", f"{path}.vat"], capture_output=True, check=False)
    assert refused.returncode == 1
    assert b"exists" in refused.stderr
    (tmp_path / "bad.vat").write_bytes(b"nonsense")
    assert subprocess.run([*command, "-d", str(tmp_path / "bad.vat")], capture_output=True, check=False).returncode == 1
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "a.txt.vat", "bad.vat"]


def test_memory_does_not_grow() -> None:
    def resident() -> int:
        pages = Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def work() -> None:
        for level in (2, 5):
            VaticDecompressor().decompress(VaticCompressor(level).compress(TEXT, VaticCompressor.FLUSH_FRAME))

    for _ in range(50):
        work()
    before = resident()
    for _ in range(200):
        work()
    assert resident() - before < 8 << 20
