"""Starts crawls quickly for the tests: imports once what a crawl needs, then forks a child for each order.

An order is a line of JSON on standard input that names three files; the answer is the child's exit code.
"""

from __future__ import annotations

import json
import os
import sys

import crawler.process  # noqa: F401
from crawler.__main__ import main


def run(order: dict[str, str]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 99
    try:
        for number, (name, flags) in enumerate((("in", os.O_RDONLY), ("out", os.O_WRONLY), ("err", os.O_WRONLY))):
            os.dup2(os.open(order[name], flags | (os.O_CREAT if flags else 0), 0o600), number)
        code = main(["--job", "-"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


print("ready", flush=True)
for line in sys.stdin:
    print(run(json.loads(line)), flush=True)
