#!/usr/bin/env python3
"""Compare two audit CSVs as sets of sites.

A site is (base name of the file, line, field, code, date, verdict); all other
columns are left out. Prints what only one of the two has, by verdict, and
exits with 1 if there is any difference (2 for wrong usage).

Field names are compared without regard to case. With --ignore COLUMN a column
is left out of the comparison, to see whether it alone differs.
"""

import argparse
import csv
import sys
from collections import Counter

COLUMNS = ("file", "line", "field", "code", "date", "verdict")


def sites(path, columns, depth):
    with open(path, newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            sys.exit(f"{path}: no column {', '.join(sorted(missing))}")
        found = Counter()
        for row in reader:
            parts = row["file"].replace("\\", "/").split("/")
            row["file"] = "/".join(parts[-depth:])
            row["field"] = row["field"].upper()
            found[tuple(row[column] for column in columns)] += 1
    return found


def show(title, path, only, limit):
    print(f"{title} {path}: {sum(only.values())}")
    verdicts = Counter()
    for site, count in only.items():
        verdicts[site[-1]] += count
    for verdict, count in sorted(verdicts.items()):
        print(f"    {verdict}: {count}")
    for site in sorted(only)[:limit]:
        print("  " + ",".join(site))
    if len(only) > limit:
        print(f"  ... and {len(only) - limit} more")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--ignore", action="append", default=[], choices=COLUMNS)
    parser.add_argument("--verdict", action="append", default=[],
                        help="compare only the sites with this verdict")
    parser.add_argument("--except-verdict", action="append", default=[],
                        help="leave out the sites with this verdict")
    parser.add_argument("--depth", type=int, default=1, metavar="N",
                        help="parts of the path that tell files apart (default 1: the name)")
    parser.add_argument("--show", type=int, default=20, help="sites shown a side (default 20)")
    args = parser.parse_args()

    columns = [column for column in COLUMNS if column not in args.ignore]

    def wanted(found):
        if "verdict" in args.ignore:
            return found
        return Counter({site: count for site, count in found.items()
                        if (not args.verdict or site[-1] in args.verdict)
                        and site[-1] not in args.except_verdict})

    first = wanted(sites(args.first, columns, args.depth))
    second = wanted(sites(args.second, columns, args.depth))
    for found, path in ((first, args.first), (second, args.second)):
        twice = sum(1 for count in found.values() if count > 1)
        if twice:
            print(f"{path}: {twice} sites stand more than once (use --depth for equal file names)")
    only_first, only_second = first - second, second - first
    both = sum((first & second).values())
    print(f"in both: {both}")
    if only_first:
        show("only in", args.first, only_first, args.show)
    if only_second:
        show("only in", args.second, only_second, args.show)
    return 1 if only_first or only_second else 0


if __name__ == "__main__":
    sys.exit(main())
