#!/usr/bin/env python3
"""Times a run in place and its undo against reading the file twice and writing it once.

    cargo build --release
    python3 benches/claims.py /tmp/claims.csv --old icd10cm-2016.zip --new icd10cm-2017.zip \\
        --map fixtures/maps/fy2017-prosthetic-fractures.csv
    python3 benches/in_place.py /tmp/claims.csv --old icd10cm-2016.zip --new icd10cm-2017.zip

Works on a copy. Each turn: the peer (a `cat`, a `cp` and `sync`: two readings and one writing;
`mv` over an older copy is timed apart: whoever replaces a file removes the one before),
then plan, apply, verify and undo. Checks by sha256 that the undo gives the bytes
back and that the apply changed them, and says how large the data for the undo is.

With --cold the file is taken out of memory before each command, as it is when the
year turns and nobody read it for a while: then the disk is what all of them wait
for. Without, all of them read from memory.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

from against_cp import arguments, row, timed


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def forget(path):
    """Takes a file out of memory; what was written to it is on disk first."""
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)


def size_of(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def main():
    args = arguments(__doc__, runs=3, pause=3, cold=True)
    folder = tempfile.mkdtemp(dir=os.path.dirname(os.path.abspath(args.records)))
    names = ("claims.csv", "copy", "older", "RUN")
    records, copy, older, run = (os.path.join(folder, name) for name in names)
    shutil.copyfile(args.records, records)
    shutil.copyfile(args.records, older)
    before = digest(records)
    plan = [args.tool, "plan", records, "--records", "dataset", "--in-place", "--old", args.old, "--new", args.new,
            "--map", args.map, "--out", run, "--quiet"]

    def taking(command):
        if args.cold:
            forget(records)
        return timed(command, args.pause)[0]

    peers = ("plan and apply / peer", "plan and apply / peer that replaces")
    times = {name: [] for name in ("peer", "mv", "plan", "apply", "verify", "undo", *peers)}
    try:
        for turn in range(args.runs + 1):
            peer = taking(["cat", records])
            peer += taking(["cp", "--reflink=never", records, copy]) + timed(["sync", copy])[0]
            moved = timed(["mv", "-f", copy, older])[0]
            taken = {"peer": peer, "mv": moved, "plan": taking(plan)}
            undo_data = size_of(os.path.join(run, "edits"))
            for verb in ("apply", "verify", "undo"):
                taken[verb] = taking([args.tool, verb, run, "--quiet"])
                if verb == "apply" and digest(records) == before:
                    sys.exit("the apply changed nothing: no code of these records is in the map")
            if digest(records) != before:
                sys.exit("the undo did not give the bytes back")
            shutil.rmtree(run)
            both = taken["plan"] + taken["apply"]
            taken.update(zip(peers, (both / peer, both / (peer + moved))))
            if turn > 0:  # the first turn warms up
                for name, value in taken.items():
                    times[name].append(value)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    size = os.path.getsize(args.records)
    print(f"{size / 1e6:.0f} MB, {args.runs} runs each, in turns: median, range")
    row("cat, cp, sync", times["peer"])
    for verb in ("mv", "plan", "apply", "verify", "undo"):
        row(verb, times[verb])
    for ratio in peers:
        row(ratio, times[ratio], "")
    print(f"the undo gives back sha256 {before[:16]}...; its data: {undo_data / 1e6:.2f} MB, "
          f"{100 * undo_data / size:.2f} % of the file")


if __name__ == "__main__":
    subprocess.run(["sync"], check=True)
    sys.exit(main())
