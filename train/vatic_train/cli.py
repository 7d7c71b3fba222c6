"""The command `vatic-train`."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

EXAMPLES = """examples:
  vatic-train my-docs/ -o mine.vatm                     a small model of these documents, in a quarter of an hour
  vatic-train events.ndjson --records lines -o e.vatm   each line is a document
  vatic-train books/ -o en.vatm --preset small --minutes 600
  vatic-train books/ -o en.vatm --preset small --minutes 900    goes on where the last one stopped

A model is used with `vatic -m mine.vatm FILE`. Small records of one kind (lines of logs, events) often need no network:
try `vatic train`, which takes seconds, first.
"""


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    from .presets import PRESETS

    parser = argparse.ArgumentParser(
        prog="vatic-train",
        description="Trains a language model of a corpus, for vatic.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("corpus", type=Path, nargs="+", help="files and folders to learn from")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MODEL.vatm", help="the model")
    sizes = "; ".join(f"{name}: {preset.about}" for name, preset in PRESETS.items())
    parser.add_argument("--preset", choices=PRESETS, default="tiny", help=f"size ({sizes})")
    parser.add_argument("--records", choices=("files", "lines"), default="files", help="what a document is")
    parser.add_argument("--minutes", type=float, help="of training (default: as the preset says)")
    parser.add_argument("--tokens", type=float, help="tokens to train on, instead of minutes")
    parser.add_argument(
        "--decay", type=float, default=0.25, metavar="SHARE", help="of training, in which the rate falls"
    )
    parser.add_argument("--hold-out", type=float, default=0.02, metavar="SHARE", help="of documents, to measure with")
    parser.add_argument("--seed", type=int, default=1, help="of first weights and of the order of windows")
    parser.add_argument("--threads", type=int, help="of the processor")
    parser.add_argument("--device", help="cpu or cuda (default: cuda where there is one)")
    parser.add_argument("--work", type=Path, metavar="DIR", help="checkpoints and losses (default: MODEL.train)")
    parser.add_argument("--vatic", default="vatic", metavar="PROGRAM", help="the engine that measures")
    parser.add_argument(
        "--info", action="append", default=[], metavar="KEY=VALUE", help="what the model says of itself"
    )
    shape = parser.add_argument_group("other sizes than the preset's")
    for name in ("vocabulary", "layers", "width", "heads", "kv-heads", "hidden", "context"):
        shape.add_argument(f"--{name}", type=int)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs the command."""
    options = parser().parse_args(arguments)
    try:
        run(options)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"vatic-train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nvatic-train: stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    return 0


def run(options: argparse.Namespace) -> None:
    """From a corpus to a model, and what it reaches."""
    # What is slow to load waits until the arguments are known to be right.
    import torch

    from .corpus import read
    from .plot import plot
    from .presets import PRESETS
    from .run import Run
    from .training import Plan

    preset = PRESETS[options.preset]
    names = ("vocabulary", "layers", "width", "heads", "kv_heads", "hidden", "context")
    shape = replace(preset.shape, **{name: value for name in names if (value := getattr(options, name)) is not None})
    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = read(options.corpus, options.records, options.hold_out)
    print(
        f"{len(corpus.learnt):,} documents of {corpus.size():,} bytes to learn from, {len(corpus.held_out):,} held out;"
        f" a network of {shape.weights() / 1e6:.1f} MB",
        file=sys.stderr,
    )
    minutes = options.minutes if options.minutes or options.tokens else preset.minutes
    plan = Plan(
        tokens=options.tokens or math.inf,
        seconds=minutes * 60 if minutes else math.inf,
        decay=options.decay,
        seed=options.seed,
    )
    folder = options.work or options.output.with_suffix(".train")
    run = Run(folder, corpus, shape)
    trainer = run.train(plan, options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    info = {"name": options.output.stem, "tokens": f"{trainer.progress.tokens:,}", "seed": str(plan.seed)}
    info |= dict(pair.split("=", 1) for pair in options.info)
    run.write(trainer, options.output, info)
    plot(folder / "losses.jsonl", folder / "losses.svg")
    print(f"{options.output}: {options.output.stat().st_size:,} bytes; losses are drawn in {folder / 'losses.svg'}")
    measure(options.vatic, options.output, run.held_out())


def measure(program: str, model: Path, held_out: Path) -> None:
    """Has the engine say what the model is worth on texts that it has not seen."""
    if shutil.which(program) is None:
        print(
            f"vatic-train: no program {program!r}: the held-out texts in {held_out} were not measured", file=sys.stderr
        )
        return
    files = sorted(str(file) for file in held_out.iterdir())
    command = [program, "model", "eval", "--json", str(model), *files]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    # The last line is that of all files.
    result = json.loads(done.stdout.splitlines()[-1])
    print(f"held out: {result['bits_per_byte']:.3f} bits a byte by the network alone, {result['bytes']:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
