"""Runs the main command exactly as README.md prints it, and compares what it prints.

The command is the first block that begins with `cargo run --release -- migrate`,
its true output the block after it. The head of the journal differs from run to
run (it holds the time) and is not compared.
"""

import re
import shutil
import subprocess
import sys

text = open("README.md", encoding="utf-8").read()
blocks = re.findall(r"^```[a-z]*\n(.*?)^```$", text, re.M | re.S)
at = next(i for i, block in enumerate(blocks) if block.startswith("cargo run --release -- migrate"))
command, expected = blocks[at], blocks[at + 1]

shutil.rmtree("RUN", ignore_errors=True)
done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, text=True)
print(done.stdout)


def mask(output):
    return re.sub(r"(Journal head) [0-9a-f]{64}", r"\1 ...", output).strip()


if done.returncode != 0:
    sys.exit(f"the main command of the README ended with {done.returncode}")
if mask(done.stdout) != mask(expected):
    sys.exit("the main command of the README prints something else than the README says")
for name in ["plan.json", "summary.json", "worklist.csv", "worklist.xlsx", "report.html", "report.xlsx", "changes.csv", "journal.ndjson", "migrated"]:
    subprocess.run(["test", "-e", f"RUN/{name}"], check=True)
subprocess.run(
    [sys.executable, "tests/independent/prove_rewrite.py", "fixtures/claims/professional.csv",
     "RUN/migrated/professional.csv", "RUN/changes.csv"],
    check=True,
)
shutil.rmtree("RUN")
