#!/usr/bin/env python3
"""How good are the suggestions? Held against the publishers' conversion tables.

    benches/suggest.py DATA [--program target/release/codeturn]

DATA is a folder with the publishers' files (its sub-folder `releases`). For each
pair of neighbouring releases the official table is inverted here, without the
tool, and the answer of `codeturn map suggest` is measured against it:

    recall@k     the share of retired codes with an official successor of which
                 at least one official successor stands among the first k
    set recall   the share of its official successors that stand among the first 10
    shown set    precision, recall and exactness of the codes that are shown
                 (sets: means over the codes)
    confident    the share shown, of codes with an official successor and without

Neither weights nor lines were tuned on these pairs. In ICD-10-PCS no line parts
the codes with an official successor from those without: nearly all are shown.
"""

import argparse
import csv
import datetime
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile

CM = ["2016", "2017", "2019", "2020", "2021-jan", "2022", "2022-apr", "2023", "2024", "2025"]
PCS = ["2016", "2017", "2019", "2021", "2022-errata"]
EFFECTIVE = {
    "cm": dict(zip(CM, ["2015-10-01", "2016-10-01", "2018-10-01", "2019-10-01", "2021-01-01",
                        "2021-10-01", "2022-04-01", "2022-10-01", "2023-10-01", "2024-10-01"])),
    "pcs": dict(zip(PCS, ["2015-10-01", "2016-10-01", "2018-10-01", "2021-01-01", "2022-04-01"])),
}
CODE = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?")
WORD = re.compile(r"[a-z0-9]+")


def release(folder, system, name):
    """The billable codes of a release, from its order file: code -> long title."""
    with zipfile.ZipFile(os.path.join(folder, f"icd10{system}-{name}.zip")) as book:
        for member in book.namelist():
            base = os.path.basename(member).lower()
            if not base.endswith(".txt") or "adden" in base:
                continue
            lines = book.read(member).decode("latin-1").splitlines()
            if lines and re.match(r"\d{5} \S+ +[01] ", lines[0]):
                return {l[6:13].strip(): l[77:].strip() for l in lines if l[14:15] == "1"}
    sys.exit(f"no order file in the release of {name}")


def effective(cell):
    cell = str(cell).strip()
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)", cell) or re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})$", cell)
    if found and "/" in cell:
        month, day, year = map(int, found.groups())
        return datetime.date(year, month, day)
    if found:
        return datetime.date(*map(int, found.groups()))
    return datetime.date(int(float(cell)), 10, 1)


def cm_links(folder, before):
    """(effective, old, new) of the newest table; `before` holds all codes ever billable."""
    links = set()
    everything = sorted(before)
    with zipfile.ZipFile(os.path.join(folder, "icd10cm-conversion.zip")) as book:
        text = book.read("conversion_2025.csv").decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        if len(row) < 3 or not CODE.match(row[0].strip()):
            continue
        new = row[0].strip().replace(".", "")
        day = effective(row[1])
        cell = row[2]
        for low, high in re.findall(rf"({CODE.pattern})\s*-\s*({CODE.pattern})", cell):
            low, high = low.replace(".", ""), high.replace(".", "")
            links.update((day, old, new) for old in everything
                         if low <= old and (old <= high or old.startswith(high)))
        for old in CODE.findall(cell):
            links.add((day, old.replace(".", ""), new))
    return links


def pcs_links(folder):
    links = set()
    with zipfile.ZipFile(os.path.join(folder, "icd10pcs-2022-errata.zip")) as book:
        text = book.read("icd10pcs_conversion_table_2022.csv").decode("utf-8-sig", "replace")
    for row in csv.reader(io.StringIO(text)):
        if len(row) < 4 or not row[2].strip()[:4].isdigit():
            continue
        new, old, year = row[0].strip(), row[3].strip(), int(float(row[2]))
        part = row[7].strip() if len(row) > 7 else ""
        month, day = (part.split(".") + ["01"])[:2] if "." in part else ("10", "01")
        if len(new) == 7 and len(old) == 7 and new != old:
            links.add((datetime.date(year, int(month), int(day)), old, new))
    return links


def key(links, retired, after, low, high):
    """Official successors of the retired codes, billable in the newer release, over all steps between."""
    steps = {}
    for day, old, new in links:
        if low < day <= high:
            steps.setdefault(old, set()).add(new)
    answer = {}
    for old in retired:
        seen, todo = set(), [old]
        while todo:
            for new in steps.get(todo.pop(), ()):
                if new not in seen:
                    seen.add(new)
                    todo.append(new)
        found = {code for code in seen if code in after}
        if found:
            answer[old] = found
    return answer


def suggestions(program, folder, system, old, new):
    days = EFFECTIVE[system]
    command = [program, "map", "suggest", "-q", "--top", "100", "--format", "json",
               "--system", f"icd10{system}"]
    for side, name in (("--old", old), ("--new", new)):
        path = os.path.join(folder, f"icd10{system}-{name}.zip")
        command += [side, f"{path}@{days[name]}"]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    return json.loads(done.stdout)["codes"], time.perf_counter() - begun


def measure(pairs):
    """Sums over pairs of (key, codes)."""
    n = hit1 = hit10 = without = 0
    sets, precisions, recalls = [], [], []
    exact = confident_with = confident_without = 0
    for answer, codes in pairs:
        for code in codes:
            right = answer.get(code["old"])
            listed = [candidate["new"] for candidate in code["candidates"]]
            if right is None:
                without += 1
                confident_without += code["confident"]
                continue
            n += 1
            confident_with += code["confident"]
            hit1 += bool(listed) and listed[0] in right
            hit10 += any(new in right for new in listed[:10])
            sets.append(len(right.intersection(listed[:10])) / len(right))
            shown = set(code["shown"])
            if shown:
                precisions.append(len(shown & right) / len(shown))
                recalls.append(len(shown & right) / len(right))
                exact += shown == right
    share = lambda part, whole: part / whole if whole else float("nan")
    mean = lambda values: share(sum(values), len(values))
    return {
        "n": n, "recall@1": share(hit1, n), "recall@10": share(hit10, n),
        "set recall@10": mean(sets),
        "shown precision": mean(precisions), "shown recall": mean(recalls),
        "shown exact": share(exact, len(precisions)),
        "confident with": share(confident_with, n),
        "confident without": share(confident_without, without), "without": without,
    }


def show(name, figures):
    parts = [f"{what} {value:.3f}" if isinstance(value, float) else f"{what} {value}"
             for what, value in figures.items()]
    print(f"{name:<22} " + ", ".join(parts))


def run(args, system, names):
    folder = os.path.join(args.data, "releases")
    releases = {name: release(folder, system, name) for name in names}
    everything = set().union(*releases.values())
    links = cm_links(folder, everything) if system == "cm" else pcs_links(folder)
    measured, retired_all = [], 0
    kinds = {"one": 0, "several": 0, "none": 0}
    for old, new in zip(names, names[1:]):
        low, high = (datetime.date.fromisoformat(EFFECTIVE[system][name]) for name in (old, new))
        retired = set(releases[old]) - set(releases[new])
        answer = key(links, retired, releases[new], low, high)
        codes, seconds = suggestions(args.program, folder, system, old, new)
        if {code["old"] for code in codes} != retired:
            sys.exit(f"{old} -> {new}: the tool knows other retired codes than the order files")
        measured.append((answer, codes))
        retired_all += len(retired)
        for code in retired:
            count = len(answer.get(code, ()))
            kinds["none" if count == 0 else "one" if count == 1 else "several"] += 1
        show(f"{old} -> {new}", measure([(answer, codes)]) | {"seconds": seconds})
    show(f"all {system.upper()} pairs", measure(measured))
    print(f"{retired_all} retired codes: {kinds}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--program", default="target/release/codeturn")
    args = parser.parse_args()
    run(args, "cm", CM)
    run(args, "pcs", PCS)


if __name__ == "__main__":
    main()
