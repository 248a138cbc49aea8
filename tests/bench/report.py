"""The results as lines of a terminal and as the tables of docs/performance.md."""

import datetime
import pathlib
import platform
import re
import subprocess

MARK = "measured"


class Report:
    """Tables of text cells; a row is printed when it is added. `missed` names what did not reach its target."""

    def __init__(self):
        self.tables = []
        self.missed = []

    def table(self, *head):
        self.tables.append([head])
        print("\n" + " | ".join(head), flush=True)

    def row(self, *cells, reached=None):
        """`reached` is None where there is no target."""
        verdict = {True: "yes", False: "**no**", None: "-"}[reached]
        if reached is False:
            self.missed.append(cells[0])
        self.tables[-1].append((*cells, verdict))
        print(" | ".join((*cells, verdict)), flush=True)

    def markdown(self):
        parts = [f"{datetime.date.today()}, {machine()}, commit {commit()}."]
        for head, *rows in self.tables:
            lines = [head, ["---"] + ["--:"] * (len(head) - 2) + ["---"], *rows]
            parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
        return "\n\n".join(parts)

    def write(self, path):
        put(path, MARK, self.markdown())


def put(path, mark, text):
    """Replaces what stands between two marks of a page."""
    path = pathlib.Path(path)
    page, begin, end = path.read_text(), f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, after = page.index(begin) + len(begin), page.index(end)
    path.write_text(f"{page[:before]}\n\n{text}\n\n{page[after:]}")


def machine():
    about = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", about)
    cores = len(re.findall(r"^processor", about, re.M))
    return f"{cores} cores of {model[1] if model else platform.machine()}, Linux {platform.release()}"


def commit():
    here = pathlib.Path(__file__).resolve().parent
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
