#!/usr/bin/env python3
"""Audit RIF files (CMS claims, pipe-delimited) against order files, without the tool.

Written from the publishers' order files and the rules on stored records alone,
so that two independent readings of the same rules can be compared site by
site (compare_audit.py).

Output: the audit CSV
    file,line,record,field,system,code,date,date_rule,verdict,since,until,successors
one row for each code that is not plainly valid (historical ones only with
--historical), or with --tally the number of sites by file and verdict.
`successors` stays empty: mapping files are not read.

Releases: icd10cm_order_YYYY.txt or icd10pcs_order_YYYY.txt, a zip with them,
or a folder; PATH@YYYY-MM-DD sets the day. Else the number of billable codes
tells the edition; else 1 October of the year before the one in the name.

The rules, and what was chosen where they leave room ("CHOICE"):

Sites
  * Diagnoses: ICD_DGNS_CDn, PRNCPAL_DGNS_CD, ADMTG_DGNS_CD, ICD_DGNS_E_CDn,
    FST_DGNS_E_CD, RSN_VISIT_CDn, LINE_ICD_DGNS_CD. ICD procedures:
    ICD_PRCDR_CDn. HCPCS_CD. Whole names, any case; a misspelt name
    (CD_DGNS_CD22) is no code column. Empty, blank, ~, NULL and \\N are null.
  * HCPCS_CD beside REV_CNTR 0022, 0023 or 0024 is a HIPPS code: no site.
    CHOICE: leading zeros do not count, 22 is 0022.
  * The twin version column: 0 = ICD-10, 9 = ICD-9 (other_system). CHOICE: a
    code whose twin is empty or anything else is other_system ("none is
    stated"), unless --assume-icd10; a file without the twin column is ICD-10
    by the path.
  * CPT and HCPCS have no release here: other_system. Their system goes by
    shape and is empty where the shape says nothing.
  * CHOICE: a value that is no code (other characters, more than eight) is
    judged like any code that stands in no release.
Classes: NCH_CLM_TYPE_CD 20 30 60-64 inpatient, 10 home health, 50 hospice,
  40 outpatient, 71 72 81 82 professional. CHOICE: another value or none falls
  to the type of bill (CLM_FAC_TYPE_CD and CLM_SRVC_CLSFCTN_TYPE_CD), else the
  class is unknown and every reading is worked out: date_uncertain if the
  verdicts differ.
Days
  * Inpatient diagnoses and ICD procedures: NCH_BENE_DSCHRG_DT, else
    CLM_THRU_DT. A discharge after the through date with another verdict is
    date_uncertain (discharge_conflict). HCPCS: candidates CLM_FROM_DT and
    CLM_THRU_DT. CHOICE: that HCPCS is dated by CLM_FROM_DT.
  * Home health diagnoses: CLM_THRU_DT only. HCPCS: REV_CNTR_DT, else CLM_FROM_DT.
  * Outpatient, hospice: diagnoses by REV_CNTR_DT of the row, else CLM_FROM_DT;
    ICD procedures by PRCDR_DTn, else CLM_THRU_DT; HCPCS by REV_CNTR_DT, else
    CLM_FROM_DT. A hospice discharge is not used.
  * Professional: diagnoses by LINE_1ST_EXPNS_DT of the row, else CLM_FROM_DT;
    HCPCS by LINE_1ST_EXPNS_DT only.
  * Diagnoses and ICD procedures of outpatient, hospice and professional claims
    have CLM_FROM_DT and CLM_THRU_DT as further candidates: date_uncertain
    (straddle) where a verdict differs. CHOICE: LINE_ICD_DGNS_CD too, for it is
    a diagnosis; only HCPCS goes by the line alone.
  * CHOICE: where the basis has no date, the first candidate that has one dates
    the verdict. No candidate with a date: undated. A date that cannot be read
    counts as absent. ICD procedures of home health claims (no such columns in
    RIF) would go by CLM_THRU_DT.
  * Rows of one CLM_ID that stand beside each other share the verdict of a
    claim-level code (not LINE_ICD_DGNS_CD, not HCPCS_CD); where they differ all
    are date_uncertain (straddle). CHOICE: a claim-level code is the same code
    of the same system in the same column; each row keeps its own date. A row
    without CLM_ID stands alone.
Verdicts
  * other_system comes first. Before 2015-10-01 every ICD-10 code is
    before_system, also one that stands in no release. Earlier than the first
    release of the system: before_history. Then: in no release, unknown; a
    header in all in which it stands, always_header.
  * Between two releases the older one holds until the day before the newer
    one. If a code is billable in one of two neighbours only and an edition
    between them is not at hand, date_uncertain (edition_missing) from the first
    missing edition on. Editions: those of the table below and every 1 October.
  * U07.0 and U07.1 are billable from 2020-04-01. A code of the system's shape that
    no release has is date_uncertain (edition_missing) from the next edition behind
    the newest release on, and between two releases from the first missing edition
    on, if a whole year fits behind it. CHOICE: the reasons of days that differ are
    not told apart (straddle also where one of them is before_history).
  * Not billable on the day: became_header or deleted if it was billable
    before, else not_yet_valid. Billable: historical if that ended later, else
    valid. CHOICE: a code that ended and came back is historical in its first
    life. CHOICE: for the verdict became_header it must stand as a header in
    the release of the day.
  * `since` and `until` are the first and last day of the life in question, both
    inclusive; since is at the earliest the day of the first release. CHOICE:
    beside a missing edition they give the longest life that is possible.
"""

import argparse
import csv
import datetime
import os
import re
import sys
import zipfile
from bisect import bisect_right
from collections import Counter

SYSTEM_START = datetime.date(2015, 10, 1)
DAY = datetime.timedelta(days=1)


def day(text):
    return datetime.date.fromisoformat(text)


# Number of billable codes -> first day in force (CMS, CDC/NCHS).
EDITIONS = {
    "icd10cm": {
        69823: "2015-10-01", 71486: "2016-10-01", 71704: "2017-10-01", 71932: "2018-10-01",
        72184: "2019-10-01", 72616: "2020-10-01", 72621: "2021-01-01", 72748: "2021-10-01",
        72750: "2022-04-01", 73639: "2022-10-01", 73674: "2023-04-01", 74044: "2023-10-01",
        74260: "2024-10-01", 74719: "2025-10-01",
    },
    "icd10pcs": {
        71974: "2015-10-01", 75789: "2016-10-01", 78705: "2017-10-01", 78881: "2018-10-01",
        77559: "2019-10-01", 78136: "2021-01-01", 78227: "2022-04-01", 78229: "2022-04-01",
        78530: "2023-04-01", 78638: "2024-04-01", 78948: "2024-10-01", 79115: "2025-10-01",
    },
}
SYSTEMS = ("icd10cm", "icd10pcs")

# Codes that came between the files of two years: conversion table of January 2021.
OWN_DAYS = {"U070": day("2020-04-01"), "U071": day("2020-04-01")}


def edition_days(system):
    """All days on which an edition is known to have taken effect."""
    known = {day(text) for text in EDITIONS[system].values()}
    return sorted(known | {datetime.date(year, 10, 1) for year in range(2015, 2100)})


# ---------------------------------------------------------------- releases

ORDER_LINE = re.compile(r"\d{5} [A-Z0-9]{3,7} *\Z")


class Release:
    """One order file: code -> billable."""

    def __init__(self, name, text, given):
        self.name, self.codes = name, {}
        for line in text.splitlines():
            if line.strip():
                self.codes[line[6:13].strip()] = line[14] == "1"
        billable = sum(self.codes.values())
        long = sum(len(code) == 7 for code, valid in self.codes.items() if valid)
        self.system = "icd10pcs" if long == billable else "icd10cm"
        year = re.search(r"(20\d\d)", os.path.basename(name))
        known = EDITIONS[self.system].get(billable)
        if given:
            self.effective = day(given)
        elif known:
            self.effective = day(known)
        elif year:
            self.effective = datetime.date(int(year[1]) - 1, 10, 1)
        else:
            sys.exit(f"{name}: no known edition ({billable} billable codes); say PATH@YYYY-MM-DD")
        self.billable = billable


def is_order_file(data):
    """By content: the first lines are order number, code, flag."""
    lines = data[:4000].decode("latin-1").splitlines()[:5]
    return bool(lines) and all(
        ORDER_LINE.match(line[:13]) and line[13:16] in (" 0 ", " 1 ") for line in lines)


def order_files(path):
    """(name, bytes) of every order file at the path."""
    if os.path.isdir(path):
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                yield from order_files(os.path.join(folder, name))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                data = b"" if name.endswith("/") else archive.read(name)
                if is_order_file(data):
                    yield name, data
    else:
        with open(path, "rb") as handle:
            data = handle.read()
        if is_order_file(data):
            yield path, data


def read_releases(arguments):
    releases = []
    for argument in arguments:
        at = re.search(r"@(\d{4}-\d\d-\d\d)\Z", argument)
        path, given = (argument[:at.start()], at[1]) if at else (argument, None)
        found = [Release(name, data.decode("latin-1"), given)
                 for name, data in order_files(path)]
        if not found:
            sys.exit(f"{argument}: no order file")
        releases += found
    return releases


class History:
    """The releases of one system: where a code stood on a day."""

    def __init__(self, system, releases):
        self.system = system
        self.releases = sorted(releases, key=lambda release: release.effective)
        self.days = [release.effective for release in self.releases]
        for first, second in zip(self.releases, self.releases[1:]):
            if first.effective == second.effective and first.codes != second.codes:
                sys.exit(f"two {system} releases take effect on {first.effective}: "
                         f"{first.name}, {second.name}")
        editions = edition_days(system)
        self.gaps = [next((e for e in editions if old < e < new), None)
                     for old, new in zip(self.days, self.days[1:])]
        self.cache = {}

    def states(self, code):
        """A letter a release: B billable, H header, - absent."""
        if code not in self.cache:
            found = (release.codes.get(code) for release in self.releases)
            self.cache[code] = "".join("-" if f is None else "HB"[f] for f in found)
        return self.cache[code]

    def life(self, states, at):
        """First and last day of the run of B around release `at`, gaps included."""
        first = last = at
        while first and states[first - 1] == "B":
            first -= 1
        while last + 1 < len(states) and states[last + 1] == "B":
            last += 1
        since = self.days[first]
        # Known to begin by then; a missing edition may have begun it earlier.
        if first and self.gaps[first - 1]:
            since = self.gaps[first - 1]
        until = self.days[last + 1] - DAY if last + 1 < len(states) else None
        return since, until

    def may_be_missing(self, code, at, on):
        """Whether an edition that is not at hand may hold a code that no release has."""
        shape = r"[A-Z][A-Z0-9]{2,6}" if self.system == "icd10cm" else r"[0-9A-HJ-NP-Z]{7}"
        if not re.fullmatch(shape, code):
            return False
        if at == len(self.gaps):
            after = (e for e in edition_days(self.system) if e > self.days[at])
            first = OWN_DAYS.get(code, datetime.date.max)
            first = min(next(after), first if first > self.days[at] else datetime.date.max)
            return on >= first
        gap = self.gaps[at]
        year = gap and gap.replace(year=gap.year + 1)
        return bool(gap) and on >= gap and year <= self.days[at + 1]

    def verdict(self, code, on):
        """(verdict, since, until, reason)."""
        if on < SYSTEM_START:
            return "before_system", None, None, ""
        if on < self.days[0]:
            return "before_history", None, None, ""
        states = self.states(code)
        at = bisect_right(self.days, on) - 1
        if "H" not in states and "B" not in states and self.may_be_missing(code, at, on):
            return "date_uncertain", None, None, "edition_missing"
        if "B" not in states:
            return ("always_header" if "H" in states else "unknown"), None, None, ""
        now = states[at]
        after = states[at + 1] if at + 1 < len(states) else now
        gap = self.gaps[at] if at < len(self.gaps) else None
        if code in OWN_DAYS and now == "-" and after == "B":
            gap = None
            if on >= OWN_DAYS[code]:
                at, now = at + 1, "B"
        if (now == "B") != (after == "B") and gap and on >= gap:
            return ("date_uncertain", *self.life(states, at if now == "B" else at + 1),
                    "edition_missing")
        if now == "B":
            since, until = self.life(states, at)
            return ("historical" if until else "valid"), since, until, ""
        before = states.rfind("B", 0, at)
        if before >= 0:
            verdict = "became_header" if now == "H" else "deleted"
            return verdict, *self.life(states, before), ""
        return "not_yet_valid", *self.life(states, states.index("B")), ""


# ---------------------------------------------------------------- records

MONTHS = {name: at for at, name in enumerate(
    "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)}
DATE = re.compile(
    r"(?P<d>\d{1,2})-(?P<m>[A-Za-z]{3})-(?P<y>\d{4})|(?P<iso>\d{4}-\d\d-\d\d)|(?P<plain>\d{8})")

DIAGNOSIS = re.compile(
    r"ICD_DGNS_CD\d+|PRNCPAL_DGNS_CD|ADMTG_DGNS_CD|ICD_DGNS_E_CD\d*|FST_DGNS_E_CD|RSN_VISIT_CD\d"
    r"|LINE_ICD_DGNS_CD")
PROCEDURE = re.compile(r"ICD_PRCDR_CD(\d+)")
HCPCS = re.compile(r"HCPCS(_CD|_CODE)?(_\d+)?")
NULLS = {"", "~", "NULL", "\\N"}
HIPPS = {"22", "23", "24"}
CLASS_OF_TYPE = {"10": "home health", "50": "hospice", "40": "outpatient"}
CLASS_OF_TYPE |= dict.fromkeys(("20", "30", "60", "61", "62", "63", "64"), "inpatient")
CLASS_OF_TYPE |= dict.fromkeys(("71", "72", "81", "82"), "professional")
CLASS_OF_BILL = dict.fromkeys(("11", "18", "21", "41"), "inpatient")
CLASS_OF_BILL |= dict.fromkeys(("32", "33", "34"), "home health")
CLASS_OF_BILL |= dict.fromkeys(("81", "82"), "hospice")
CLASSES = ("inpatient", "home health", "outpatient", "professional")
LINE_LEVEL = "LINE_ICD_DGNS_CD"


def read_date(text):
    match = DATE.fullmatch(text.strip())
    if not match:
        return None
    try:
        if match["iso"]:
            return day(match["iso"])
        if match["plain"]:
            return datetime.datetime.strptime(match["plain"], "%Y%m%d").date()
        return datetime.date(int(match["y"]), MONTHS[match["m"].upper()], int(match["d"]))
    except (KeyError, ValueError):
        return None


def normalise(text):
    return text.strip().replace(".", "").upper()


def system_by_shape(code):
    if re.fullmatch(r"\d{4}[\dAFMTU]", code):
        return "cpt"
    if re.fullmatch(r"D\d{4}", code):
        return "cdt"
    return "hcpcs" if re.fullmatch(r"[A-Z]\d{4}", code) else ""


class Row:
    """One record by column name; a column that is absent or null is empty."""

    def __init__(self, line, number, names, cells):
        self.line, self.number = line, number
        self.cells = {}
        for name, cell in zip(names, cells):
            cell = cell.strip()
            self.cells[name] = "" if cell.upper() in NULLS else cell

    def get(self, name):
        return self.cells.get(name, "")

    def date(self, name):
        return read_date(self.get(name))

    def claim_class(self):
        known = CLASS_OF_TYPE.get(self.get("NCH_CLM_TYPE_CD").lstrip("0"))
        if known:
            return known
        bill = self.get("CLM_FAC_TYPE_CD") + self.get("CLM_SRVC_CLSFCTN_TYPE_CD")
        if len(bill) == 2:
            return CLASS_OF_BILL.get(bill, "outpatient")
        return None


class Site:
    def __init__(self, row, field, kind, system, code):
        self.row, self.field, self.kind, self.system, self.code = row, field, kind, system, code
        self.date = self.since = self.until = None
        self.date_rule = self.verdict = self.reason = ""


def days_of(site, claim_class):
    """(columns of the basis, further candidate columns) by class and kind of code."""
    suffix = PROCEDURE.fullmatch(site.field)
    span = ["CLM_FROM_DT", "CLM_THRU_DT"]
    if site.kind == "hcpcs":
        return {
            "inpatient": (["CLM_FROM_DT"], ["CLM_THRU_DT"]),
            "professional": (["LINE_1ST_EXPNS_DT"], []),
        }.get(claim_class, (["REV_CNTR_DT", "CLM_FROM_DT"], []))
    if claim_class == "inpatient":
        return ["NCH_BENE_DSCHRG_DT", "CLM_THRU_DT"], []
    if claim_class == "home health":
        return ["CLM_THRU_DT"], []
    if site.kind == "procedure":
        return [f"PRCDR_DT{suffix[1]}", "CLM_THRU_DT"], span
    line = "LINE_1ST_EXPNS_DT" if claim_class == "professional" else "REV_CNTR_DT"
    return [line, "CLM_FROM_DT"], span


def candidates(site, claim_class):
    """(column, day) of the basis first, then of the others; only those with a day."""
    basis, further = days_of(site, claim_class)
    dated = [(name, site.row.date(name)) for name in basis]
    dated = [pair for pair in dated if pair[1]][:1]
    return dated + [(name, site.row.date(name)) for name in further if site.row.date(name)]


class Audit:
    def __init__(self, releases, assume_icd10):
        self.assume_icd10 = assume_icd10
        self.histories = {}
        for system in SYSTEMS:
            own = [release for release in releases if release.system == system]
            if own:
                self.histories[system] = History(system, own)

    # -- sites

    def sites(self, row):
        for field in row.cells:
            text = row.get(field)
            if not text:
                continue
            if DIAGNOSIS.fullmatch(field):
                yield self.icd_site(row, field, "diagnosis", "icd10cm", "icd9cm", text)
            elif PROCEDURE.fullmatch(field):
                yield self.icd_site(row, field, "procedure", "icd10pcs", "icd9pcs", text)
            elif HCPCS.fullmatch(field):
                if row.get("REV_CNTR").lstrip("0") not in HIPPS:
                    code = normalise(text)
                    yield Site(row, field, "hcpcs", system_by_shape(code), code)

    def icd_site(self, row, field, kind, ten, nine, text):
        twin = re.sub(r"_CD(\d*)\Z", r"_VRSN_CD\1", field)
        version = row.get(twin)
        if twin not in row.cells or (not version and self.assume_icd10):
            version = "0"
        system = {"0": ten, "9": nine}.get(version, "")
        return Site(row, field, kind, system, normalise(text))

    # -- verdicts

    def judge(self, site):
        claim_class = site.row.claim_class()
        if claim_class is None:
            return self.judge_each_reading(site)
        self.judge_as(site, claim_class)

    def judge_each_reading(self, site):
        """Class unknown: the same verdict under every reading, or uncertain."""
        readings = []
        for claim_class in CLASSES:
            one = Site(site.row, site.field, site.kind, site.system, site.code)
            self.judge_as(one, claim_class)
            if one.verdict != "undated":
                readings.append(one)
        if not readings:
            site.verdict, site.reason = "undated", "no_date"
            return
        vars(site).update(vars(readings[0]))
        if len({reading.verdict for reading in readings}) > 1:
            site.verdict, site.reason = "date_uncertain", "class_conflict"

    def judge_as(self, site, claim_class):
        dated = candidates(site, claim_class)
        if dated:
            site.date_rule, site.date = dated[0]
        history = self.histories.get(site.system)
        if history is None:
            site.verdict = "other_system"
            return
        if not dated:
            site.verdict, site.reason = "undated", "no_date"
            return
        site.verdict, site.since, site.until, site.reason = history.verdict(site.code, site.date)
        others = [(history.verdict(site.code, on)[0], "straddle") for _, on in dated[1:]]
        if claim_class == "inpatient" and site.date_rule == "NCH_BENE_DSCHRG_DT":
            through = site.row.date("CLM_THRU_DT")
            if through and site.date > through:
                others.append((history.verdict(site.code, through)[0], "discharge_conflict"))
        for verdict, reason in others:
            if verdict != site.verdict:
                site.verdict, site.reason = "date_uncertain", reason
                return

    def judge_claim(self, rows):
        """All sites of adjacent rows with one CLM_ID, judged together."""
        sites = [site for row in rows for site in self.sites(row)]
        shared = {}
        for site in sites:
            self.judge(site)
            if site.kind != "hcpcs" and site.field != LINE_LEVEL and site.verdict != "other_system":
                shared.setdefault((site.field, site.system, site.code), []).append(site)
        for same in shared.values():
            if len({site.verdict for site in same}) > 1:
                for site in same:
                    site.verdict, site.reason = "date_uncertain", "straddle"
        return sites


# ---------------------------------------------------------------- files


def read_rows(path):
    """Rows of a RIF file; a header in quotes means quoted cells."""
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as handle:
        names, number = None, 0
        for line, text in enumerate(handle, 1):
            text = text.rstrip("\r\n")
            if not text:
                continue
            cells = text.split("|")
            if names is None:
                quoted = cells[0].startswith('"')
            if quoted:
                cells = next(csv.reader([text], delimiter="|"))
            if names is None:
                names = [cell.strip().upper() for cell in cells]
                if "CLM_ID" not in names:
                    return
                continue
            number += 1
            yield Row(line, number, names, cells)


def claims(rows):
    group = []
    for row in rows:
        claim = row.get("CLM_ID")
        if group and (not claim or claim != group[0].get("CLM_ID")):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


HEADER = ("file line record field system code date date_rule verdict since until "
          "successors").split()


def line_of(path, site):
    iso = [value.isoformat() if value else "" for value in (site.date, site.since, site.until)]
    rule = site.date_rule + (f" ({site.reason})" if site.reason else "")
    return [path, site.row.line, site.row.number, site.field, site.system, site.code, iso[0], rule,
            site.verdict, iso[1], iso[2], ""]


def print_tally(tally):
    verdicts = sorted({verdict for counts in tally.values() for verdict in counts})
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "sites", *verdicts])
    total = Counter()
    for path, counts in tally.items():
        writer.writerow([path, sum(counts.values()), *(counts[verdict] for verdict in verdicts)])
        total += counts
    writer.writerow(["TOTAL", sum(total.values()), *(total[verdict] for verdict in verdicts)])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", help="RIF files with a header line")
    parser.add_argument("--release", "-r", action="append", required=True, metavar="PATH[@DATE]")
    parser.add_argument("--historical", action="store_true", help="list historical codes too")
    parser.add_argument("--assume-icd10", action="store_true",
                        help="an empty version cell means ICD-10")
    parser.add_argument("--tally", action="store_true", help="print counts by file and verdict")
    parser.add_argument("--reasons", action="store_true",
                        help="with --tally: split date_uncertain and undated by reason")
    parser.add_argument("--output", "-o", help="file for the CSV (default: standard output)")
    args = parser.parse_args()

    audit = Audit(read_releases(args.release), args.assume_icd10)
    for history in audit.histories.values():
        for release in history.releases:
            print(f"{history.system} from {release.effective}: {release.name}, "
                  f"{release.billable} billable", file=sys.stderr)
    silent = {"valid"} if args.historical else {"valid", "historical"}
    tally, listed = {}, []
    for path in args.records:
        counts = tally.setdefault(path, Counter())
        for rows in claims(read_rows(path)):
            for site in audit.judge_claim(rows):
                reason = f":{site.reason}" if args.reasons and site.reason else ""
                counts[site.verdict + reason] += 1
                if site.verdict not in silent:
                    listed.append(line_of(path, site))
    if args.tally:
        print_tally(tally)
        return
    out = open(args.output, "w", newline="", encoding="utf-8") if args.output else sys.stdout
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(listed)


if __name__ == "__main__":
    main()
