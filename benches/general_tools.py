#!/usr/bin/env python3
"""Times a whole run against what general tools take to rewrite the same codes.

    cargo build --release
    python3 -m pip install duckdb polars
    python3 benches/claims.py /tmp/claims.csv --old icd10cm-2016.zip --new icd10cm-2017.zip \\
        --map fixtures/maps/fy2017-prosthetic-fractures.csv
    python3 benches/general_tools.py /tmp/claims.csv --old icd10cm-2016.zip --new icd10cm-2017.zip

The job of the others is the smaller one: they read the file, put the successor in
place of each old code of the mapping where the date is on or after 2016-10-01, and
write the file anew. They look at no release, prove nothing, write no plan, worklist
or journal, and need not wait for the disk. `codeturn` plans and applies, in turns
with them. Says in how many lines the result of each differs from what `codeturn`
wrote.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile

from against_cp import arguments, row, timed

DUCKDB = """
import duckdb, sys
records, target, pairs, columns, dated, turn = {arguments}
link = duckdb.connect()
link.execute("create table map (old varchar, new varchar)")
link.executemany("insert into map values (?, ?)", pairs)
def cell(name):
    if not name.startswith("dx"):
        return name
    return f"case when {{dated}} >= '{{turn}}' then coalesce(m_{{name}}.new, {{name}}) else {{name}} end as {{name}}"
joins = " ".join(f"left join map m_{{n}} on {{n}} = m_{{n}}.old" for n in columns if n.startswith("dx"))
link.execute(f"copy (select {{', '.join(map(cell, columns))}} from read_csv('{{records}}', all_varchar = true) {{joins}}) "
             f"to '{{target}}' (header, delimiter ',')")
"""

POLARS = """
import polars as pl
records, target, pairs, columns, dated, turn = {arguments}
new = dict(pairs)
is_late = pl.col(dated) >= turn
cells = [pl.when(is_late).then(pl.col(n).replace(new)).otherwise(pl.col(n)).alias(n) for n in columns if n.startswith("dx")]
pl.scan_csv(records, infer_schema=False).with_columns(cells).sink_csv(target)
"""


def differing_lines(one, other):
    with open(one, "rb") as first, open(other, "rb") as second:
        pairs = zip(first, second, strict=True)
        try:
            return str(sum(left != right for left, right in pairs))
        except ValueError:
            return "another number of"


def main():
    args = arguments(__doc__, runs=3, pause=3)
    folder = tempfile.mkdtemp(dir=os.path.dirname(os.path.abspath(args.records)))
    run, copy = os.path.join(folder, "RUN"), os.path.join(folder, "copy.csv")
    with open(args.map, newline="", encoding="utf-8-sig") as handle:
        plain = [(one["old"].replace(".", ""), one["new"].replace(".", "")) for one in csv.DictReader(handle)]
    with open(args.records, newline="", encoding="ascii") as handle:
        columns = next(csv.reader(handle))
    job = (args.records, copy, [pair for pair in plain if pair[1]], columns, "service_date", "2016-10-01")
    others = {name: [sys.executable, "-c", text.format(arguments=repr(job))]
              for name, text in (("duckdb", DUCKDB), ("polars", POLARS))}
    plan = [args.tool, "plan", args.records, "--records", "dataset", "--old", args.old, "--new", args.new,
            "--map", args.map, "--out", run, "--quiet"]
    times = {name: [] for name in ("codeturn", *others)}
    differ = {}
    try:
        for turn in range(args.runs + 1):
            taken = {"codeturn": timed(plan, args.pause)[0] + timed([args.tool, "apply", run, "--quiet"])[0]}
            ours = os.path.join(run, "migrated", os.path.basename(args.records))
            for name, command in others.items():
                taken[name] = timed(command, args.pause)[0]
                if turn == 0:
                    differ[name] = differing_lines(ours, copy)
                os.remove(copy)
            shutil.rmtree(run)
            if turn > 0:  # the first turn warms up
                for name, value in taken.items():
                    times[name].append(value)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{os.path.getsize(args.records) / 1e6:.0f} MB, {args.runs} runs each, in turns: median, range")
    row("plan and apply", times["codeturn"])
    for name in others:
        row(name, times[name])
        row(f"{name} / (plan and apply)", [one / own for one, own in zip(times[name], times["codeturn"])], "")
        print(f"  {differ[name]} lines differ from the copy that was planned")


if __name__ == "__main__":
    subprocess.run(["sync"], check=True)
    sys.exit(main())
