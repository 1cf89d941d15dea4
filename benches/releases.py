#!/usr/bin/env python3
"""How long releases take, as whole processes: never a test, only ratios to look at.

    benches/releases.py target/release/codeturn FOLDER_OF_RELEASE_ZIPS

1. `diff` of two order files of some 75,000 codes each, unzipped, beside the
   same comparison as a join in DuckDB (if `pip install duckdb` was done).
2. `code E88.81` over ten ICD-10-CM releases, read from their zips into a history.

Runs are interleaved and the best of each is taken, so that both see the same
machine. DuckDB's time is that of a process of its own, start included.
"""

import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

RUNS = 7
OLD, NEW = "icd10cm-2024", "icd10cm-2025"

JOIN = """
import duckdb, sys
def table(path):
    return f'''(select trim(substr(line, 7, 7)) code, substr(line, 15, 1) flag, trim(substr(line, 78)) long
                from read_csv('{path}', columns={{'line': 'varchar'}}, delim='\\x01', header=false, quote=''))'''
old, new = map(table, sys.argv[1:])
print(duckdb.sql(f'''select count(*) filter (old.code is null), count(*) filter (new.code is null),
    count(*) filter (old.flag <> new.flag), count(*) filter (old.flag = '1' and old.long <> new.long)
    from {old} old full join {new} new on old.code = new.code''').fetchall())
"""


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def best(commands):
    """The best time of each command, the runs interleaved."""
    times = [[] for _ in commands]
    for _ in range(RUNS):
        for own, command in zip(times, commands):
            own.append(seconds(command))
    return [min(own) for own in times]


def order_file(folder, name, into):
    with zipfile.ZipFile(folder / f"{name}.zip") as archive:
        inside = next(one for one in archive.namelist() if "order" in one and "addenda" not in one)
        path = Path(into) / f"{name}.txt"
        path.write_bytes(archive.read(inside))
    return str(path)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as desk:
        old, new = order_file(folder, OLD, desk), order_file(folder, NEW, desk)
        commands = [[program, "diff", old, new, "--format", "csv"]]
        try:
            import duckdb  # noqa: F401

            commands.append([sys.executable, "-c", JOIN, old, new])
        except ImportError:
            print("DuckDB is not installed: no ratio")
        times = best(commands)
    print(f"diff of two order files     {times[0] * 1000:7.0f} ms")
    if len(times) > 1:
        print(f"the join in DuckDB          {times[1] * 1000:7.0f} ms   {times[1] / times[0]:.1f} x")
    zips = sorted(folder.glob("icd10cm-20*.zip"))[:10]
    command = [program, "code", "E88.81"] + [part for one in zips for part in ("--release", str(one))]
    print(f"{len(zips)} zips into a history       {best([command])[0] * 1000:7.0f} ms")


if __name__ == "__main__":
    main()
