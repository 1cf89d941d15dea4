#!/usr/bin/env python3
"""Times `migrate` on a large claims file against `cp` of the same file, in turns.

    cargo build --release
    python3 benches/claims.py /tmp/claims.csv --old icd10cm-2016.zip --new icd10cm-2017.zip \\
        --map fixtures/maps/fy2017-prosthetic-fractures.csv
    python3 benches/against_cp.py /tmp/claims.csv --old icd10cm-2016.zip --new icd10cm-2017.zip

Machines differ and are noisy: only the ratios of one run say anything. Prints the
median and the range of each, the ratio pair by pair, and the peak memory. The
copy of `cp` is timed without waiting for the disk and with it (`sync`), for
`migrate` always waits: a copy gets its name only when it is on disk.

On a virtual machine, memory that was given back is dear to take again, and a `cp`
that runs right after a large file was deleted gets it for nothing. So there is a
pause before each command (--pause), which puts all on the same footing.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def timed(command, pause=0):
    time.sleep(pause)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return wall, cpu


def row(name, values, unit="s"):
    print(f"{name:<34} {statistics.median(values):8.3f} {unit}   {min(values):.3f} .. {max(values):.3f}")


def arguments(description, runs, pause, cold=False):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records")
    parser.add_argument("--old", required=True)
    parser.add_argument("--new", required=True)
    parser.add_argument("--map", default="fixtures/maps/fy2017-prosthetic-fractures.csv")
    parser.add_argument("--tool", default="target/release/codeturn")
    parser.add_argument("--runs", type=int, default=runs)
    parser.add_argument("--pause", type=float, default=pause, help="seconds before each command")
    if cold:
        parser.add_argument("--cold", action="store_true", help="take the file out of memory before each command")
    return parser.parse_args()


def main():
    args = arguments(__doc__, runs=5, pause=4)
    folder = tempfile.mkdtemp(dir=os.path.dirname(os.path.abspath(args.records)))
    copy, run = os.path.join(folder, "copy"), os.path.join(folder, "RUN")
    migrate = [args.tool, "migrate", args.records, "--records", "dataset", "--old", args.old, "--new", args.new,
               "--map", args.map, "--out", run, "--quiet"]
    audit = [args.tool, "audit", args.records, "--release", args.old, "--release", args.new, "--quiet"]
    cps, synced, migrates, cpus, audits = [], [], [], [], []
    try:
        for turn in range(args.runs + 1):
            wall_cp, _ = timed(["cp", "--reflink=never", args.records, copy], args.pause)
            wall_sync = wall_cp + timed(["sync", copy])[0]
            os.remove(copy)
            wall, cpu = timed(migrate, args.pause)
            shutil.rmtree(run)
            wall_audit, _ = timed(audit, args.pause)
            if turn > 0:  # the first turn warms up
                cps.append(wall_cp)
                synced.append(wall_sync)
                migrates.append(wall)
                cpus.append(cpu)
                audits.append(wall_audit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    size = os.path.getsize(args.records) / 1e6
    print(f"{size:.0f} MB, {args.runs} runs each, in turns: median, range")
    row("cp", cps)
    row("cp and sync", synced)
    row("migrate (plan, write, prove, sync)", migrates)
    row("migrate, processor time", cpus)
    row("audit (read and judge)", audits)
    row("cp / migrate", [a / b for a, b in zip(cps, migrates)], "")
    row("cp and sync / migrate", [a / b for a, b in zip(synced, migrates)], "")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'peak memory of any of them':<34} {peak:8.1f} MiB")


if __name__ == "__main__":
    sys.exit(main())
