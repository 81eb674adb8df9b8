"""verdicts.py <referee> <exit status> <seconds>: a referee's PASS and FAIL lines (standard input) as
JUnit (standard output). The exit status is 1 unless every claim held and there was one."""

import sys
from xml.sax.saxutils import quoteattr

name, status, seconds = sys.argv[1:4]
cases = []  # (title, why it failed or None)
for line in sys.stdin:
    line = "".join(c for c in line if c >= " ")  # XML knows no other
    word, _, rest = line.partition(" ")
    if word == "PASS":
        cases.append((rest, None))
    elif word == "FAIL":
        title, _, why = rest.partition(" -- ")
        cases.append((title, why))

failed = sum(why is not None for _, why in cases)
if int(status) != 0 and not failed:
    cases.append((f"{name} runs to its end", f"it ended with status {status}"))
if not cases:
    cases.append((f"{name} says something", "it made no claim"))
failed = sum(why is not None for _, why in cases)

print('<?xml version="1.0" encoding="UTF-8"?>')
print(f'<testsuite name={quoteattr("referees." + name)} tests="{len(cases)}" failures="{failed}" '
      f'time="{seconds}">')
for title, why in cases:
    body = f"<failure message={quoteattr(why)}/>" if why is not None else ""
    print(f"<testcase classname={quoteattr('referees.' + name)} name={quoteattr(title)}>{body}</testcase>")
print("</testsuite>")

print(f"-- {name}: {len(cases) - failed} passed, {failed} failed in {seconds} s", file=sys.stderr)
sys.exit(1 if failed else 0)
