#!/usr/bin/env python3
"""Billed charges of an audit, worked out anew from the records.

The findings of an audit as CSV (with the claim's number and a column to count by
behind them) say which claims hold a code that was not valid. What was billed on
them is summed from the records with decimal arithmetic and compared with what the
audit says as JSON (--amount-column, --group-by): in all, and by every value.

    compare_charges.py RECORDS FINDINGS.csv AUDIT.json --claim CLM_ID --amount COLUMN --by COLUMN

Research files only: pipes, no quotes. The line of revenue centre 0001 is the total
of the others and left out where others have an amount; a column whose name begins
with CLM is the whole claim's and counts once, or not at all where its lines differ.
Ends with status 1 where they differ.
"""

import argparse
import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal

WRONG = {"deleted", "became_header", "always_header", "not_yet_valid", "unknown"}


def lines_by_claim(path, claim):
    lines = defaultdict(list)
    with open(path, encoding="utf-8-sig", newline="") as records:
        for row in csv.DictReader(records, delimiter="|", quoting=csv.QUOTE_NONE):
            lines[row[claim].strip()].append(row)
    return lines


def billed(lines, amount):
    """What was billed on a claim; None where that is not known."""
    lines = [line for line in lines if line[amount].strip()]
    own = [line for line in lines if line.get("REV_CNTR", "").strip() != "0001"] or lines
    amounts = [Decimal(line[amount]) for line in own]
    if amount.startswith("CLM"):
        amounts = list(set(Decimal(line[amount]) for line in lines))
        return amounts[0] if len(amounts) == 1 else None
    return sum(amounts, Decimal(0)) if amounts else None


def total(bills):
    known = [bill for bill in bills if bill is not None]
    return sum(known, Decimal(0)) if known or not bills else None


def read(text):
    return None if text is None else Decimal(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records")
    parser.add_argument("findings")
    parser.add_argument("audit")
    for option in ("--claim", "--amount", "--by"):
        parser.add_argument(option, required=True)
    args = parser.parse_args()

    lines = lines_by_claim(args.records, args.claim)
    claims = defaultdict(set)
    with open(args.findings, encoding="utf-8", newline="") as findings:
        for row in csv.DictReader(findings):
            if row["verdict"] in WRONG:
                claims[row[args.by].strip()].add(row[args.claim].strip())
    with open(args.audit, encoding="utf-8") as audit:
        told = json.load(audit)

    of = lambda which: total([billed(lines[claim], args.amount) for claim in which])
    everything = set().union(*claims.values())
    differing = []
    if (told["claims"], read(told["charges"]["affected"])) != (len(everything), of(everything)):
        differing.append(("in all", len(everything), of(everything)))
    values = {value["value"]: value for value in told["groups"][0]["values"]}
    for value, own in claims.items():
        said = values.get(value)
        if said is None or (said["claims"], read(said["charges"])) != (len(own), of(own)):
            differing.append((value, len(own), of(own)))
    for value, said in values.items():
        if value not in claims and (said["claims"], read(said["charges"])) != (0, 0):
            differing.append((value, 0, Decimal(0)))
    if not everything or differing:
        sys.exit(f"charges differ, or there are none to compare: {differing[:5]}")
    print(f"charges agree: {of(everything)} on {len(everything)} claims, {len(values)} values of {args.by}")


if __name__ == "__main__":
    main()
