#!/usr/bin/env python3
"""Prove, without the tool, that OUTPUT is INPUT with exactly the listed codes replaced.

Reads the two files side by side, line by line, in constant memory, and the
changes.csv of the run (columns: file, line, field, system, old, new, ...).

It holds only if
  * both files have the same number of lines, and every line that no change
    names is equal to the byte (also its line end, and a missing last one);
  * in a line that a change names, all fields but the named ones are equal, and
    so are delimiters, quotes, padding and the line end;
  * a named field differs by its code alone: `old` as the input spelled it
    became `new` in the same spelling (dot or no dot, lower or upper case);
  * every listed change is found, once.

Physical lines are counted from 1; a record with line ends inside quotes is
named by the line on which it begins. A quote is special only at the start of
a field. With `--quote none` (RIF) it never is.

Exit status: 0 proven, 1 not, 2 wrong usage. Nothing of a record is printed but
line, column and codes.
"""

import argparse
import csv
import os
import re
import sys
from itertools import zip_longest

CODE = re.compile(r"[A-Z0-9-]+\Z")
BOM = b"\xef\xbb\xbf"


class Failures:
    """Counts what is wrong; shows the first of it."""

    def __init__(self, show):
        self.show, self.count = show, 0

    def add(self, line, text):
        self.count += 1
        if self.count <= self.show:
            print(f"line {line}: {text}")


def normalise(text):
    return text.strip().replace(".", "").upper()


# ---------------------------------------------------------------- changes.csv


def same_file(listed, path, wanted):
    """Whether a row of changes.csv is about the input."""
    if wanted is not None:
        return listed == wanted
    if os.path.normpath(listed) == os.path.normpath(path):
        return True
    return os.path.basename(listed) == os.path.basename(path)


def rows(changes, path, wanted):
    """(line, field, system, old, new) of the rows about the input, as listed."""
    with open(changes, newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        missing = {"file", "line", "field", "old", "new"} - set(reader.fieldnames or ())
        if missing:
            sys.exit(f"{changes}: no column {', '.join(sorted(missing))}")
        for row in reader:
            if same_file(row["file"], path, wanted):
                yield (int(row["line"]), row["field"], row.get("system") or "",
                       normalise(row["old"]), normalise(row["new"]))


def check_files(changes, path, wanted):
    """Refuses a changes.csv in which two files answer to the input's name.

    Returns whether the rows about the input stand in the order of lines.
    """
    names, ordered, last = set(), True, 0
    with open(changes, newline="", encoding="utf-8-sig") as handle:
        for row in csv.DictReader(handle):
            if same_file(row["file"], path, wanted):
                names.add(row["file"])
                ordered, last = ordered and last <= int(row["line"]), int(row["line"])
    exact = {name for name in names if os.path.normpath(name) == os.path.normpath(path)}
    if len(names) > 1 and exact != names:
        sys.exit(f"{changes}: several files are called {os.path.basename(path)}; say --file: "
                 + ", ".join(sorted(names)))
    return ordered


def by_line(listed):
    """(line, its changes) one line after another, then (None, [])."""
    line, group = None, []
    for row in listed:
        if row[0] != line:
            if line is not None:
                yield line, group
            line, group = row[0], []
        group.append(row)
    if line is not None:
        yield line, group
    while True:
        yield None, []


# ---------------------------------------------------------------- fields


class Splitter:
    """Cuts a record into raw fields, quotes and padding included."""

    def __init__(self, delimiter, quoting):
        d = re.escape(delimiter)
        rest = rb"[^" + d + rb"\r\n]*(?:\r(?!\n|\Z)[^" + d + rb"\r\n]*)*"
        quoted = rb'"(?:[^"]|"")*"' + rest
        self.field = re.compile(quoted + rb"|" + rest if quoting else rest)
        self.delimiter, self.quoting = delimiter, quoting
        # A field that opens a quote and does not close it within the line.
        self.open = re.compile(rb'(?:\A|' + d + rb')"')

    def is_open(self, record):
        """Whether the record ends inside a quoted field: it goes on in the next line."""
        if not self.quoting or b'"' not in record:
            return False
        if not self.open.search(record):
            return False
        at, end = 0, len(record)
        while True:
            if record[at:at + 1] == b'"':
                at = self._closing(record, at)
                if at < 0:
                    return True
            at = record.find(self.delimiter, at)
            if at < 0 or at + 1 > end:
                return False
            at += 1

    @staticmethod
    def _closing(record, at):
        """The byte after the closing quote of the field that opens at `at`; -1 if none."""
        at += 1
        while True:
            at = record.find(b'"', at)
            if at < 0:
                return -1
            if record[at + 1:at + 2] != b'"':
                return at + 1
            at += 2

    def split(self, record):
        """The raw fields and the line end behind the last one."""
        fields, at = [], 0
        while True:
            match = self.field.match(record, at)
            fields.append(match.group())
            at = match.end()
            if record[at:at + 1] != self.delimiter:
                return fields, record[at:]
            at += 1


def name_of(raw):
    text = raw.decode("utf-8", "replace").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"').strip()
    return text


# ---------------------------------------------------------------- spelling


def spelled(old, new, core):
    """`new` as `core` spelled `old`: the same dot, the same case."""
    text = core.decode("ascii")
    dot = text.find(".")
    if dot >= 0 and len(new) > dot:
        new = new[:dot] + "." + new[dot:]
    if any("a" <= letter <= "z" for letter in text):
        new = new.lower()
    return new.encode("ascii")


def spellings(code):
    """Matches a code in a raw field: any case, at most one dot, alone."""
    dotted = [re.escape(code)] + [
        re.escape(code[:at]) + r"\." + re.escape(code[at:]) for at in range(1, len(code))
    ]
    pattern = r"(?<![A-Za-z0-9.])(?:" + "|".join(dotted) + r")(?![A-Za-z0-9]|\.[A-Za-z0-9])"
    return re.compile(pattern.encode("ascii"), re.IGNORECASE)


class Spellings(dict):
    def __missing__(self, code):
        self[code] = found = spellings(code)
        return found


def explains(before, after, changes, known):
    """Whether `after` is `before` with the changes of this field and nothing else.

    A cell may hold several codes; each listed change takes one occurrence, and
    any choice of occurrences that yields `after` will do.
    """
    if not changes:
        return before == after
    _, _, _, old, new = changes[0]
    for match in known[old].finditer(before):
        start, end = match.span()
        put = spelled(old, new, match.group())
        # What stands left of this code must not be needed by a later change.
        if after[:start] == before[:start] and after[start:start + len(put)] == put:
            if explains(before[end:], after[start + len(put):], changes[1:], known):
                return True
    if len(changes) > 1:
        return any(_first_is(before, after, changes, at, known) for at in range(1, len(changes)))
    return False


def _first_is(before, after, changes, at, known):
    """The same with another change standing first in the cell."""
    order = [changes[at]] + changes[:at] + changes[at + 1:]
    _, _, _, old, new = order[0]
    for match in known[old].finditer(before):
        start, end = match.span()
        put = spelled(old, new, match.group())
        if after[:start] == before[:start] and after[start:start + len(put)] == put:
            if explains(before[end:], after[start + len(put):], order[1:], known):
                return True
    return False


# ---------------------------------------------------------------- the proof


class Proof:
    def __init__(self, args, failures):
        delimiter = {"tab": "\t", "\\t": "\t"}.get(args.delimiter, args.delimiter)
        if len(delimiter.encode()) != 1:
            sys.exit("--delimiter: one byte, or tab")
        self.split = Splitter(delimiter.encode(), args.quote != "none")
        self.header_at, self.names = args.header, None
        self.failures, self.known = failures, Spellings()
        self.found = self.changed_lines = 0

    def read_header(self, record):
        record = record[3:] if record.startswith(BOM) else record
        self.names = [name_of(raw) for raw in self.split.split(record)[0]]

    def columns(self, field):
        """The columns that `field` may be: by name, any case, else by number from 1."""
        names = self.names or []
        exact = [at for at, name in enumerate(names) if name == field]
        loose = [at for at, name in enumerate(names) if name.lower() == field.lower()]
        number = re.fullmatch(r"(?:column )?(\d+)", field)
        return exact or loose or ([int(number[1]) - 1] if number else [])

    def record(self, line, before, after, changes):
        """One record that differs, or of which a change is listed."""
        left, left_end = self.split.split(before)
        right, right_end = self.split.split(after)
        if len(left) != len(right) or left_end != right_end:
            self.failures.add(line, "other fields or another line end")
            return
        listed = {}
        for change in changes:
            columns = self.columns(change[1])
            if len(columns) != 1:
                self.failures.add(line, f"{change[1]}: not one column of the header")
                continue
            listed.setdefault(columns[0], []).append(change)
        self.changed_lines += bool(listed)
        for at, (old, new) in enumerate(zip(left, right)):
            self.field(line, at, old, new, listed.pop(at, []))
        for at, rest in listed.items():
            self.failures.add(line, f"{rest[0][1]}: the record has no such field")

    def field(self, line, at, before, after, changes):
        if not changes:
            if before != after:
                name = self.names[at] if self.names and at < len(self.names) else f"column {at + 1}"
                self.failures.add(line, f"{name}: differs, and no change is listed")
            return
        for _, field, _, old, new in changes:
            if not (CODE.match(old) and CODE.match(new)) or old == new:
                self.failures.add(line, f"{field}: {old!r} -> {new!r} is no change of a code")
                return
        if explains(before, after, changes, self.known):
            self.found += len(changes)
            return
        wanted = ", ".join(f"{old} -> {new}" for _, _, _, old, new in changes)
        same = " (it was not changed)" if before == after else ""
        self.failures.add(line, f"{changes[0][1]}: is not {wanted} and nothing else{same}")

    def run(self, old, new, changes):
        """Reads both files; returns the number of lines."""
        wanted, group = next(changes)
        begin, before, after, differs = 0, b"", b"", False
        record_number, header_at = 0, self.header_at
        is_open, quoting = self.split.is_open, self.split.quoting
        line = 0
        for line, (left, right) in enumerate(zip_longest(old, new), 1):
            # The fast path: a whole record, equal, of which nothing is listed.
            if left == right and not before and line != wanted and record_number >= header_at:
                if not quoting or b'"' not in left or not is_open(left):
                    continue
            if left is None or right is None:
                self.failures.add(line, f"the {'input' if left is None else 'output'} ends here")
                return line
            if not before:
                begin, differs = line, False
            before += left
            after += right
            differs |= left != right
            if quoting and is_open(before):
                continue
            if record_number < header_at and before.strip(b"\r\n"):
                record_number += 1
                if record_number == header_at:
                    self.read_header(before)
            while wanted is not None and wanted < begin:
                self.failures.add(wanted, "a change is listed for a line on which no record begins")
                wanted, group = next(changes)
            if wanted == begin:
                self.record(begin, before, after, group)
                wanted, group = next(changes)
            elif differs:
                self.record(begin, before, after, [])
            before = after = b""
        if before:
            self.failures.add(begin, "a quoted field never closes")
        while wanted is not None:
            self.failures.add(wanted, "a change is listed behind the last record")
            wanted, group = next(changes)
        return line


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", help="the file as it was")
    parser.add_argument("output", help="the rewritten file")
    parser.add_argument("changes", help="changes.csv of the run")
    parser.add_argument("-d", "--delimiter", default=",", help="one byte, or tab (default: comma)")
    parser.add_argument("--quote", choices=("double", "none"), default="double",
                        help="none: a quote is data, as in RIF")
    parser.add_argument("--header", type=int, default=1, metavar="N",
                        help="the record that names the columns (default 1); 0: none, "
                             "fields are numbers from 1")
    parser.add_argument("--file", help="the name of the input in changes.csv, if not its own")
    parser.add_argument("--show", type=int, default=20, help="failures shown (default 20)")
    args = parser.parse_args()

    failures = Failures(args.show)
    proof = Proof(args, failures)
    listed = rows(args.changes, args.input, args.file)
    if not check_files(args.changes, args.input, args.file):
        listed = iter(sorted(listed))
    with open(args.input, "rb", buffering=1 << 20) as old, \
            open(args.output, "rb", buffering=1 << 20) as new:
        lines = proof.run(old, new, by_line(listed))
    print(f"{args.output}: {lines} lines, {proof.changed_lines} with changes, "
          f"{proof.found} codes replaced as listed, {failures.count} failures")
    return 1 if failures.count else 0


if __name__ == "__main__":
    sys.exit(main())
