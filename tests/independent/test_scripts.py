#!/usr/bin/env python3
"""Tests of the independent checks themselves: python3 tests/independent/test_scripts.py

A check that cannot fail proves nothing, so most of these make it fail.
"""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def run(script, *arguments):
    done = subprocess.run([sys.executable, os.path.join(HERE, script), *map(str, arguments)],
                          capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def put(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as handle:
            handle.write(content if isinstance(content, bytes) else content.encode())
        return path


BEFORE = (b"\xef\xbb\xbfclaim_id,dx1,dx2,note\r\n"
          b'C1,E88.81,I10,"a note, E88.81\r\nin ""two"" lines"\r\n'
          b'C2,"e8881", H81.41 ,5" ruler\r\n'
          b"C3,I10,05301-25,caf\xe9")
AFTER = (BEFORE.replace(b"C1,E88.81", b"C1,E88.810").replace(b"e8881", b"e88810")
         .replace(b"H81.41", b"H81.4").replace(b"05301", b"05311"))
CHANGES = """file,line,record,field,system,date,date_rule,old,new
in.csv,2,1,dx1,icd10cm,2025-01-01,,E8881,E88810
in.csv,4,2,dx1,icd10cm,2025-01-01,,E8881,E88810
in.csv,4,2,dx2,icd10cm,2025-01-01,,H8141,H814
in.csv,5,3,dx2,cpt,2025-01-01,,05301,05311
other.csv,9,9,dx1,icd10cm,2025-01-01,,E8881,E88810
"""


class ProveRewrite(Folder):
    def prove(self, after=AFTER, changes=CHANGES, before=BEFORE, *options):
        return run("prove_rewrite.py", self.put("in.csv", before), self.put("out.csv", after),
                   self.put("changes.csv", changes), *options)

    def assert_fails(self, said, *arguments):
        status, out, _ = self.prove(*arguments)
        self.assertEqual(status, 1, out)
        self.assertIn(said, out)

    def test_a_true_rewrite_is_proven(self):
        status, out, err = self.prove()
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn("5 lines, 3 with changes, 4 codes replaced", out)

    def test_order_of_the_list_does_not_matter(self):
        first, *rest = CHANGES.splitlines(True)
        self.assertEqual(self.prove(AFTER, first + "".join(reversed(rest)))[0], 0)

    def test_an_unlisted_change_is_found(self):
        self.assert_fails("dx2: differs", AFTER.replace(b",I10,", b",I11,"))
        self.assert_fails("note: differs", AFTER.replace(b'note, E88.81', b'note, E88.810'))
        self.assert_fails("note: differs", AFTER.replace(b"caf\xe9", b"caf\xc3\xa9"))

    def test_a_missing_change_is_found(self):
        self.assert_fails("it was not changed", BEFORE)
        self.assert_fails("dx2: is not", AFTER.replace(b"H81.4 ", b"H81.41 "))

    def test_another_spelling_is_found(self):
        self.assert_fails("dx1: is not", AFTER.replace(b"E88.810,I10", b"E88810,I10"))
        self.assert_fails("dx1: is not", AFTER.replace(b"e88810", b"E88810"))
        self.assert_fails("dx1: is not", AFTER.replace(b'"e88810"', b"e88810"))
        self.assert_fails("dx2: is not", AFTER.replace(b" H81.4 ", b" H81.4"))

    def test_line_ends_and_rows_are_compared(self):
        self.assert_fails("line end", AFTER.replace(b"ruler\r\n", b"ruler\n"))
        self.assert_fails("ends here", AFTER.replace(b"C3,I10,05311-25,caf\xe9", b""))
        self.assert_fails("", AFTER + b"\n")
        self.assert_fails("", AFTER[3:])

    def test_a_change_listed_for_no_record_is_found(self):
        self.assert_fails("no record begins", AFTER, CHANGES.replace("in.csv,4,2,dx2", "in.csv,3,1,dx2"))
        self.assert_fails("behind the last", AFTER, CHANGES + "in.csv,99,9,dx1,,,,E8881,E88810\n")
        self.assert_fails("not one column", AFTER, CHANGES.replace("2,1,dx1", "2,1,dx9"))

    def test_two_codes_in_one_cell(self):
        before = b"id,dx\n1,E88.81; H81.41; E88.81\n"
        after = b"id,dx\n1,E88.81; H81.4; E88.810\n"
        head = CHANGES.splitlines(True)[0]
        listed = head + "in.csv,2,1,dx,,,,E8881,E88810\nin.csv,2,1,dx,,,,H8141,H814\n"
        self.assertEqual(self.prove(after, listed, before)[0], 0)
        self.assert_fails("dx: is not", after.replace(b"E88.810", b"E88.81"), listed, before)

    def test_pipes_without_quotes(self):
        before = b'id|dx|note\n1|E8881|"open\n2|E8881|x\n'
        after = before.replace(b"2|E8881", b"2|E88810")
        listed = CHANGES.splitlines(True)[0] + "in.csv,3,2,dx,,,,E8881,E88810\n"
        self.assertEqual(self.prove(after, listed, before, "-d", "|", "--quote", "none")[0], 0)
        self.assertEqual(self.prove(after, listed, before, "-d", "|")[0], 1)


def order_line(number, code, billable, title):
    return f"{number:05} {code:<7} {billable} {title:<60} {title}\r\n"


def order_file(*codes):
    """Codes; one that ends in - is a header."""
    return "".join(order_line(at, code.rstrip("-"), int(not code.endswith("-")), "Title")
                   for at, code in enumerate(codes, 1))


COLUMNS = ("CLM_ID NCH_CLM_TYPE_CD CLM_FROM_DT CLM_THRU_DT NCH_BENE_DSCHRG_DT REV_CNTR REV_CNTR_DT "
           "LINE_1ST_EXPNS_DT ICD_DGNS_CD1 ICD_DGNS_VRSN_CD1 LINE_ICD_DGNS_CD "
           "LINE_ICD_DGNS_VRSN_CD ICD_PRCDR_CD1 ICD_PRCDR_VRSN_CD1 PRCDR_DT1 HCPCS_CD").split()
SEP, OCT, NOV = "28-Sep-2024", "02-Oct-2024", "03-Nov-2024"


def rif(*rows):
    lines = ["|".join(COLUMNS)]
    for at, row in enumerate(rows, 1):
        row = {"CLM_ID": str(at), "ICD_DGNS_VRSN_CD1": "0", "LINE_ICD_DGNS_VRSN_CD": "0",
               "ICD_PRCDR_VRSN_CD1": "0", **row}
        lines.append("|".join(row.get(name, " ") for name in COLUMNS))
    return "\n".join(lines)


class AuditRif(Folder):
    """E8881 becomes a header on 2024-10-01; E88810 and E8882 begin that day."""

    def setUp(self):
        super().setUp()
        self.old = self.put("icd10cm_order_2024.txt",
                            order_file("E88-", "E888-", "E8881", "E8889", "I10", "S060X2A"))
        self.new = self.put("icd10cm_order_2025.txt",
                            order_file("E88-", "E888-", "E8881-", "E88810", "E8882", "E8889", "I10"))
        self.releases = ["-r", self.old, "-r", self.new]

    def audit(self, *rows, options=()):
        """(line, field, verdict, reason) of what is not plainly valid."""
        path = self.put("claims.csv", rif(*rows))
        status, out, err = run("audit_rif.py", path, *self.releases, *options)
        self.assertEqual(status, 0, err)
        found = []
        for row in csv.DictReader(io.StringIO(out)):
            reason = row["date_rule"].partition(" (")[2].rstrip(")")
            found.append((int(row["line"]), row["field"], row["verdict"], reason))
        return found

    def verdicts(self, *rows, options=()):
        return [verdict + (":" + reason if reason else "")
                for _, _, verdict, reason in self.audit(*rows, options=options)]

    def test_inpatient_goes_by_its_discharge(self):
        stay = {"NCH_CLM_TYPE_CD": "60", "CLM_FROM_DT": SEP, "ICD_DGNS_CD1": "E8881"}
        self.assertEqual(self.verdicts(
            {**stay, "CLM_THRU_DT": OCT, "NCH_BENE_DSCHRG_DT": OCT},
            {**stay, "CLM_THRU_DT": OCT},
            {**stay, "CLM_THRU_DT": SEP, "NCH_BENE_DSCHRG_DT": OCT},
            {**stay, "CLM_THRU_DT": OCT, "NCH_BENE_DSCHRG_DT": NOV},
            {**stay, "CLM_THRU_DT": SEP},
            options=["--historical"]),
            ["became_header", "became_header", "date_uncertain:discharge_conflict",
             "became_header", "historical"])

    def test_other_classes_have_candidates(self):
        span = {"CLM_FROM_DT": SEP, "CLM_THRU_DT": OCT, "ICD_DGNS_CD1": "E8881"}
        self.assertEqual(self.verdicts(
            {**span, "NCH_CLM_TYPE_CD": "40"},
            {**span, "NCH_CLM_TYPE_CD": "50", "NCH_BENE_DSCHRG_DT": OCT},
            {**span, "NCH_CLM_TYPE_CD": "71", "LINE_1ST_EXPNS_DT": OCT},
            {**span, "NCH_CLM_TYPE_CD": "10"},
            {**span, "NCH_CLM_TYPE_CD": "40", "CLM_FROM_DT": OCT, "REV_CNTR_DT": OCT},
            {**span, "NCH_CLM_TYPE_CD": "40", "CLM_FROM_DT": " ", "CLM_THRU_DT": "?"},
            {**span, "NCH_CLM_TYPE_CD": "40", "ICD_DGNS_CD1": "I10"}),
            ["date_uncertain:straddle"] * 3 + ["became_header"] * 2 + ["undated:no_date"])

    def test_rows_of_a_claim_share_a_verdict(self):
        row = {"CLM_ID": "7", "NCH_CLM_TYPE_CD": "71", "CLM_THRU_DT": OCT, "CLM_FROM_DT": OCT,
               "ICD_DGNS_CD1": "E8881", "LINE_ICD_DGNS_CD": "E8881"}
        first, second = {**row, "LINE_1ST_EXPNS_DT": OCT}, {**row, "LINE_1ST_EXPNS_DT": SEP}
        self.assertEqual(self.audit(first, second), [
            (2, "ICD_DGNS_CD1", "date_uncertain", "straddle"),
            (2, "LINE_ICD_DGNS_CD", "became_header", ""),
            (3, "ICD_DGNS_CD1", "date_uncertain", "straddle"),
            (3, "LINE_ICD_DGNS_CD", "date_uncertain", "straddle")])
        apart = self.audit(first, {"NCH_CLM_TYPE_CD": "71"}, second)
        self.assertEqual(apart[0], (2, "ICD_DGNS_CD1", "became_header", ""))

    def test_systems_and_nulls(self):
        row = {"NCH_CLM_TYPE_CD": "20", "CLM_THRU_DT": NOV, "CLM_FROM_DT": NOV}
        self.assertEqual(self.verdicts(
            {**row, "ICD_DGNS_CD1": "E8881", "ICD_DGNS_VRSN_CD1": "9"},
            {**row, "ICD_DGNS_CD1": "E8881", "ICD_DGNS_VRSN_CD1": " "},
            {**row, "ICD_DGNS_CD1": "~"},
            {**row, "HCPCS_CD": "AAA00", "REV_CNTR": "0022"},
            {**row, "HCPCS_CD": "G0008", "REV_CNTR": "0450"},
            {**row, "ICD_PRCDR_CD1": "0DTJ4ZZ"},
            {**row, "ICD_DGNS_CD1": "Q99999"}),
            ["other_system"] * 4 + ["unknown"])
        self.assertEqual(self.verdicts(
            {**row, "ICD_DGNS_CD1": "E8881", "ICD_DGNS_VRSN_CD1": " "},
            options=["--assume-icd10"]), ["became_header"])

    def test_verdicts_by_day(self):
        def on(date, code):
            return {"NCH_CLM_TYPE_CD": "10", "CLM_THRU_DT": date, "ICD_DGNS_CD1": code}
        self.assertEqual(self.verdicts(
            on("30-SEP-2024", "E8881"), on("01-OCT-2024", "E8881"), on("01-OCT-2024", "S060X2A"),
            on("30-SEP-2024", "E8882"), on("01-OCT-2024", "E8882"), on("30-SEP-2023", "I10"),
            on("30-SEP-2015", "Q99999"), on("01-OCT-2024", "E888"), options=["--historical"]),
            ["historical", "became_header", "deleted", "not_yet_valid", "before_history",
             "before_system", "always_header"])

    def test_a_missing_edition_leaves_days_uncertain(self):
        self.releases = ["-r", self.old + "@2022-10-01", "-r", self.new + "@2024-10-01"]

        def on(date, code):
            return {"NCH_CLM_TYPE_CD": "10", "CLM_THRU_DT": date, "ICD_DGNS_CD1": code}
        self.assertEqual(self.verdicts(
            on("31-Mar-2023", "E8881"), on("01-Apr-2023", "E8881"), on("01-Apr-2023", "I10"),
            on("31-Mar-2023", "E8882"), on("30-Sep-2024", "E8882"), options=["--historical"]),
            ["historical", "date_uncertain:edition_missing", "not_yet_valid",
             "date_uncertain:edition_missing"])

    def test_order_files_in_a_zip(self):
        path = os.path.join(self.folder.name, "both.zip")
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(self.old, "a/icd10cm_order_2024.txt")
            archive.write(self.new, "a/icd10cm_order_2025.txt")
            archive.writestr("a/icd10cm_order_addenda_2025.txt", "Add:         1 E8882   Title")
        self.releases = ["-r", path]
        self.assertEqual(self.verdicts(
            {"NCH_CLM_TYPE_CD": "10", "CLM_THRU_DT": NOV, "ICD_DGNS_CD1": "e88.81"}),
            ["became_header"])


class AuditFixtures(Folder):
    def test_the_listed_audit_is_what_comes_out(self):
        fixtures = os.path.join(os.path.dirname(os.path.dirname(HERE)), "fixtures")
        listed = os.path.join(fixtures, "claims", "rif.audit.csv")
        out = os.path.join(self.folder.name, "audit.csv")
        status, _, err = run(
            "audit_rif.py", "--historical", "-o", out,
            *(os.path.join(fixtures, "claims", f"rif-{name}.csv")
              for name in ("inpatient", "outpatient", "carrier")),
            "-r", os.path.join(fixtures, "icd10cm", "icd10cm_order_2024.txt@2023-10-01"),
            "-r", os.path.join(fixtures, "icd10cm", "icd10cm_order_2025.txt@2024-10-01"))
        self.assertEqual(status, 0, err)
        status, out, _ = run("compare_audit.py", listed, out)
        self.assertEqual(status, 0, out)


AUDIT = """file,line,record,field,system,code,date,date_rule,verdict,since,until,successors
a/x.csv,2,1,DX1,icd10cm,E8881,2024-10-02,,became_header,,,
a/x.csv,3,2,DX1,icd10cm,Q99999,2024-10-02,,unknown,,,
"""


class CompareAudit(Folder):
    def compare(self, second, *options):
        return run("compare_audit.py", self.put("first.csv", AUDIT), self.put("second.csv", second),
                   *options)

    def test_order_path_and_evidence_do_not_matter(self):
        head, first, second = AUDIT.splitlines(True)
        other = head + second.replace("a/", "/b/") + first.replace("DX1", "dx1").replace(
            "header,,,", "header,2023-10-01,2024-09-30,E88810")
        self.assertEqual(self.compare(other)[0], 0)

    def test_differences_are_found(self):
        for old, new in (("unknown", "valid"), ("x.csv,3", "x.csv,4"), ("02,,unk", "03,,unk")):
            status, out, _ = self.compare(AUDIT.replace(old, new))
            self.assertEqual(status, 1, out)
        self.assertEqual(self.compare(AUDIT.replace("unknown", "valid"), "--ignore", "verdict")[0], 0)
        self.assertEqual(self.compare(AUDIT + AUDIT.splitlines(True)[1])[0], 1)


class BenchClaims(Folder):
    def test_same_arguments_same_bytes(self):
        root = os.path.dirname(os.path.dirname(HERE))
        releases = os.path.join(root, "fixtures", "icd10cm", "icd10cm_order_20%d.txt")
        mapping = os.path.join(root, "fixtures", "maps", "icd10cm.csv")
        made = []
        for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2)):
            path = os.path.join(self.folder.name, name)
            status, out, err = run(
                os.path.join(root, "benches", "claims.py"), path, "--old", releases % 24, "--new",
                releases % 25, "--map", mapping, "--bytes", 300000, "--quoted", "--seed", seed,
                "--turn", "2016-10-01")
            self.assertEqual(status, 0, err)
            with open(path, "rb") as handle:
                made.append(handle.read())
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[0], made[2])
        self.assertGreaterEqual(len(made[0]), 300000)
        rows = list(csv.reader(io.StringIO(made[0].decode(), newline="")))
        self.assertEqual({len(row) for row in rows}, {12})
        self.assertEqual(len({row[0] for row in rows}), len(rows))
        self.assertEqual(json.loads(out)["rows"], made[2].count(b"\nC"))


if __name__ == "__main__":
    unittest.main()
