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
  vatic-train --plan my-docs/ --volume 2G               which preset pays for 2 GB of such documents

A model is used with `vatic -m mine.vatm FILE`. Small records of one kind (lines of logs, events) often need no network:
try `vatic train`, which takes seconds, first.
"""


# Of trials for a plan.
PLAN_MINUTES = 10


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
    parser.add_argument("-o", "--output", type=Path, metavar="MODEL.vatm", help="the model")
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
    planned = parser.add_argument_group("choosing a preset")
    planned.add_argument(
        "--plan", action="store_true", help="train small networks, ten minutes in all, and say which preset pays"
    )
    planned.add_argument(
        "--volume", type=volume, metavar="BYTES", help="of data to be compressed with the model, such as 500M or 2G"
    )
    taught = parser.add_argument_group("learning from a teacher, such as `vatic trace` writes down")
    taught.add_argument("--teacher", type=Path, metavar="DIR", help="Parquet files with its odds of bytes")
    taught.add_argument(
        "--teacher-weight", type=float, default=0.5, metavar="SHARE", help="of a byte's odds that is the teacher's"
    )
    taught.add_argument(
        "--teacher-worst",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="of the teacher's positions, those where it and the student differ most",
    )
    shape = parser.add_argument_group("other sizes than the preset's")
    for name in ("vocabulary", "layers", "width", "heads", "kv-heads", "hidden", "context"):
        shape.add_argument(f"--{name}", type=int)
    return parser


def volume(text: str) -> float:
    """Bytes, with K, M, G or T (of 1024) behind them."""
    units = {"K": 10, "M": 20, "G": 30, "T": 40}
    unit = units.get(text[-1:].upper())
    found = float(text if unit is None else text[:-1]) * (1 << (unit or 0))
    if not 0 < found < math.inf:
        raise ValueError("not a number of bytes")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Runs the command."""
    options = parser().parse_args(arguments)
    if options.output is None and not options.plan:
        parser().error("name the model with -o, or ask for a plan with --plan")
    try:
        (plan if options.plan else run)(options)
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
    from .teacher import Weighing
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
    lessons = None
    if options.teacher is not None:
        lessons = run.lessons(options.teacher, Weighing(options.teacher_weight, options.teacher_worst))
        print(f"the teacher says something about {lessons.share():.1%} of tokens", file=sys.stderr)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    trainer = run.train(plan, device, lessons=lessons)
    info = {"name": options.output.stem, "tokens": f"{trainer.progress.tokens:,}", "seed": str(plan.seed)}
    info |= dict(pair.split("=", 1) for pair in options.info)
    run.write(trainer, options.output, info)
    plot(folder / "losses.jsonl", folder / "losses.svg")
    print(f"{options.output}: {options.output.stat().st_size:,} bytes; losses are drawn in {folder / 'losses.svg'}")
    measure(options.vatic, options.output, run.held_out())


def plan(options: argparse.Namespace) -> None:
    """Which preset pays for the corpus."""
    import torch

    from .corpus import read
    from .plan import forecast, report, trials
    from .plot import plot_curve

    if options.threads:
        torch.set_num_threads(options.threads)
    corpus = read(options.corpus, options.records, options.hold_out)
    work = options.work or Path("plan.train")
    found = trials(corpus, options.minutes or PLAN_MINUTES, work, options.vatic, options.device or "cpu")
    print(report(found, corpus, options.volume))
    curve, _ = forecast(found, corpus)
    plot_curve([trial.point for trial in found], curve, work / "plan.svg")


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
