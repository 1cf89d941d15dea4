#!/usr/bin/env python3
"""Tests of the independent checks themselves: python3 tests/independent/test_scripts.py

A check that cannot fail proves nothing, so most of these make it fail.
"""

import csv
import io
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


if __name__ == "__main__":
    unittest.main()
