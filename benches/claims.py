#!/usr/bin/env python3
"""Write a large, deterministic claims file for measuring.

One row is one claim, twelve columns:

    claim_id,line,mrn,payer,service_date,dx1,dx2,dx3,dx4,units,charge,note

Dates of service lie between 2016-08-01 and 2017-06-30, on both sides of a turn
(--turn, 2016-10-01). Most codes are billable in both releases and drawn with
skewed frequencies, as in practice; a part of the rows (--mapped) holds one code
that was retired at the turn and stands in the mapping file, a smaller part
(--unmapped) a retired code that does not. With --procedure the fourth code
column is `cpt`, with invented codes of that shape. With --quoted the notes are
quoted and hold commas, doubled quotes, line ends and retired codes (which must
stay).

The same arguments give the same bytes. What a run of the tool should find is
printed as JSON: rows, bytes, and how many mapped and unmapped retired codes are
dated on or after the turn and before it.

    python3 benches/claims.py claims.csv --old icd10cm-2016.zip \\
        --new icd10cm-2017.zip --map fixtures/maps/fy2017-prosthetic-fractures.csv
"""

import argparse
import csv
import datetime
import json
import random
import re
import sys
import zipfile

FIRST, LAST = datetime.date(2016, 8, 1), datetime.date(2017, 6, 30)
BLOCK = 1 << 14
POOL = 1 << 16
PAYERS = ["MEDTEST", "COMMTEST", "OTHERTEST", "MEDTEST-ADV", "STATETEST", "SELF"]
WORDS = ("follow up visit stable cough knee left right sample fasting repeat call back lab seen "
         "new referral form sent copy asked today later plan unchanged better worse mild").split()


def order_file(path):
    """Codes and whether they are billable, from an order file or the zip it came in."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(name) for name in archive.namelist() if not name.endswith("/")]
    else:
        with open(path, "rb") as handle:
            texts = [handle.read()]
    for text in texts:
        if re.match(rb"\d{5} [A-Z0-9]{3,7} +[01] ", text):
            lines = text.decode("latin-1").splitlines()
            return {line[6:13].strip(): line[14] == "1" for line in lines if line.strip()}
    sys.exit(f"{path}: no order file")


def mapped_codes(path):
    """Old codes of the rows that have a successor and no conditions."""
    with open(path, newline="", encoding="utf-8-sig") as handle:
        return sorted({row["old"].replace(".", "").strip()
                       for row in csv.DictReader(handle) if row["new"].strip()})


class Codes:
    """What codes there are to draw from."""

    def __init__(self, args, rng):
        old, new = order_file(args.old), order_file(args.new)
        self.lasting = [code for code, billable in old.items() if billable and new.get(code)]
        retired = [code for code, billable in old.items() if billable and not new.get(code)]
        listed = set(mapped_codes(args.map))
        self.mapped = [code for code in retired if code in listed]
        self.unmapped = [code for code in retired if code not in listed]
        if not self.mapped:
            sys.exit(f"{args.map}: no code that was retired between the two releases")
        rng.shuffle(self.lasting)
        # A few hundred codes make up most of all claims; the long tail is there too.
        self.weights = [(rank + 12) ** -1.15 for rank in range(len(self.lasting))]


def spelled(code, dotted):
    return f"{code[:3]}.{code[3:]}" if dotted and len(code) > 3 else code


def code_cells(args, codes, rng):
    """A pool of the four code cells: mapped, unmapped, and plain ones."""
    dx_columns = 3 if args.procedure else 4
    drawn = iter(rng.choices(codes.lasting, codes.weights, k=POOL * dx_columns))
    procedures = [f"{number:05}" for number in range(5001, 5400)]
    mapped, unmapped, plain = [], [], []
    for at in range(POOL):
        # One to four codes; a code stands once in a claim.
        cells = list(dict.fromkeys(next(drawn) for _ in range(dx_columns)))
        cells = cells[:rng.choice((1, 2, 2, 3, 3, 4))]
        kind = rng.random()
        if kind < args.mapped:
            cells[rng.randrange(len(cells))] = rng.choice(codes.mapped)
            pool = mapped
        elif kind < args.mapped + args.unmapped and codes.unmapped:
            cells[rng.randrange(len(cells))] = rng.choice(codes.unmapped)
            pool = unmapped
        else:
            pool = plain
        cells = [spelled(code, args.dotted) for code in cells]
        cells += [""] * (dx_columns - len(cells))
        if args.procedure:
            cells.append(rng.choice(procedures))
        pool.append(",".join(cells))
    return mapped, unmapped, plain


def note(args, codes, rng):
    words = [rng.choice(WORDS) for _ in range(rng.randint(0, 6))]
    if not args.quoted:
        return " ".join(words)
    if rng.random() < 0.5:
        words.append("x, y")
    if rng.random() < 0.1:
        words.append('"" so said""')
    if rng.random() < 0.05:
        words.append("was " + spelled(rng.choice(codes.mapped), args.dotted))
    if rng.random() < 0.03:
        words.insert(0, "first\r\nsecond" if args.crlf else "first\nsecond")
    return '"' + " ".join(words) + '"'


def tails(args, codes, rng, end):
    """A pool of what stands behind the codes: units, charge, note, line end."""
    made = []
    for _ in range(POOL):
        units = rng.choices((1, 2, 3, 4, 10), (80, 10, 5, 3, 2))[0]
        made.append(f"{units},{rng.randint(500, 250000) / 100:.2f},{note(args, codes, rng)}{end}")
    return made


def write(args, handle):
    rng = random.Random(args.seed)
    codes = Codes(args, rng)
    end = "\r\n" if args.crlf else "\n"
    mapped, unmapped, plain = code_cells(args, codes, rng)
    cells = mapped + unmapped + plain
    kinds = dict.fromkeys(mapped, "mapped") | dict.fromkeys(unmapped, "unmapped")
    span = (LAST - FIRST).days + 1
    dates = [(FIRST + datetime.timedelta(days=at)).isoformat() for at in range(span)]
    behind = tails(args, codes, rng, end)
    last = "cpt" if args.procedure else "dx4"
    head = f"claim_id,line,mrn,payer,service_date,dx1,dx2,dx3,{last},units,charge,note{end}"
    handle.write(head.encode("ascii"))
    size, row = len(head), 0
    found = {f"{kind}_{when}": 0 for kind in ("mapped", "unmapped") for when in ("after", "before")}
    while size < args.bytes:
        drawn = rng.choices(cells, k=BLOCK)
        days = rng.choices(dates, k=BLOCK)
        rows = [
            f"C{number:010d},1,TEST{number * 7919 % 9999991:07d},{payer},{date},{four},{rest}"
            for number, payer, date, four, rest in zip(
                range(row + 1, row + 1 + BLOCK), rng.choices(PAYERS, k=BLOCK), days, drawn,
                rng.choices(behind, k=BLOCK))
        ]
        block = "".join(rows)
        if size + len(block) >= args.bytes:
            # The last block: as many rows as it takes.
            kept, length = 0, 0
            while size + length < args.bytes:
                length += len(rows[kept])
                kept += 1
            drawn, days, block = drawn[:kept], days[:kept], "".join(rows[:kept])
        handle.write(block.encode("ascii"))
        size += len(block)
        row += len(drawn)
        for date, four in zip(days, drawn):
            if four in kinds:
                found[f"{kinds[four]}_{'after' if date >= args.turn else 'before'}"] += 1
    return {"rows": row, "bytes": size, "seed": args.seed, **found}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="the file to write")
    parser.add_argument("--old", required=True, help="order file (or its zip) before the turn")
    parser.add_argument("--new", required=True, help="order file (or its zip) after the turn")
    parser.add_argument("--map", required=True, help="mapping file")
    parser.add_argument("--bytes", type=int, default=1_000_000_000,
                        help="at least so many (default 1,000,000,000)")
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--mapped", type=float, default=0.046, metavar="SHARE",
                        help="rows with a retired code of the mapping file (default 0.046)")
    parser.add_argument("--unmapped", type=float, default=0.001, metavar="SHARE",
                        help="rows with another retired code (default 0.001)")
    parser.add_argument("--turn", default="2016-10-01", help="first day of the new release")
    parser.add_argument("--quoted", action="store_true", help="notes in quotes, some with line ends")
    parser.add_argument("--procedure", action="store_true", help="the fourth code column is cpt")
    parser.add_argument("--dotted", action="store_true", help="codes with their dot")
    parser.add_argument("--crlf", action="store_true", help="Windows line ends")
    args = parser.parse_args()
    with open(args.path, "wb", buffering=1 << 20) as handle:
        print(json.dumps(write(args, handle)))


if __name__ == "__main__":
    main()
