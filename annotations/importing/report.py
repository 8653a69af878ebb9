"""What an import did, or would do: counted by picture, by class and by file, in bounded memory."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from annotations.formats.reading import Findings, Reading, ReadShape
from annotations.formats.reading.records import SEVERITIES
from annotations.importing.planning import Plan

# Of files, pictures and findings so many are told; all are counted.
MOST_FILES, MOST_IMAGES, MOST_FINDINGS = 500, 200, 1_000
# What may become of a picture.
MATCHED, NEW, MISSING, LOCKED, REFUSED = "matched", "new", "missing", "locked", "refused"
VERDICTS = (MATCHED, NEW, MISSING, LOCKED, REFUSED)
COUNTS = (
    *("added", "known", "removed", "skipped", "dropped", "boxes", "splits", "reviews", "pictures"),
    *("threads", "comments", "threads_known"),
)
# How much is different afterwards: a new thread is its comments.
CHANGING = ("added", "removed", "splits", "reviews", "pictures", "comments")


@dataclass
class Report:
    """`boxes` are those that the files tell of and that fit their pictures; of these `added` are new,
    `known` were there, `skipped` have a class that is left out, and `dropped` belong to pictures that take none.
    Of threads, `comments` are new, those of new `threads` among them; of `threads_known` nothing is.
    """

    counts: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    files: dict[str, Counter[str]] = field(default_factory=dict)
    images: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        file: str,
        name: str,
        verdict: str,
        shapes: list[ReadShape] | tuple[ReadShape, ...],
        plan: Plan | None,
        image_id: str | None = None,
    ) -> None:
        told = Counter(
            boxes=len(shapes),
            added=len(plan.additions) if plan else 0,
            removed=len(plan.removals) if plan else 0,
            known=plan.known if plan else 0,
            skipped=plan.skipped if plan else 0,
            dropped=0 if plan else len(shapes),
        )
        self.counts += told
        self.verdicts[verdict] += 1
        self.classes.update(shape.class_name for shape in shapes)
        if file:
            known = self.files.setdefault(file, Counter())
            known.update(told)
            known["images"] += 1
            known["refused_images"] += verdict in (MISSING, LOCKED, REFUSED)
        if len(self.images) < MOST_IMAGES:
            self.images.append({"name": name, "image": image_id, "verdict": verdict, **told})

    @property
    def changes(self) -> int:
        """How much is different afterwards."""
        return sum(self.counts[name] for name in CHANGING)

    def as_dict(self, reading: Reading, classes: list[dict[str, Any]]) -> dict[str, Any]:
        findings = reading.findings
        shown = sorted(findings, key=lambda found: SEVERITIES.index(found.severity))[:MOST_FINDINGS]
        return {
            "format": reading.format or None,
            "guesses": [guess._asdict() for guess in reading.guesses],
            "counts": {name: self.counts[name] for name in COUNTS},
            "images": {name: self.verdicts[name] for name in VERDICTS},
            "changes": self.changes,
            "classes": classes,
            "files": self._files(findings),
            "file_count": len(set(self.files) | set(filter(None, findings.by_file))),
            "examples": self.images,
            "findings": [found._asdict() for found in shown],
            "finding_counts": [
                {"severity": severity, "code": code, "count": count}
                for (severity, code), count in sorted(
                    findings.counts.items(), key=lambda item: (SEVERITIES.index(item[0][0]), -item[1])
                )
            ],
        }

    def _files(self, findings: Findings) -> list[dict[str, Any]]:
        """The files with most problems first; each with what will happen to it."""
        told: list[dict[str, Any]] = []
        for file in {**self.files, **findings.by_file}:
            counts, problems = self.files.get(file, Counter()), findings.by_file.get(file, Counter())
            if not file:
                continue
            told.append(
                {
                    "file": file,
                    "verdict": _verdict(counts, problems),
                    "images": counts["images"],
                    "boxes": counts["boxes"],
                    "added": counts["added"],
                    "errors": problems["error"],
                    "warnings": problems["warning"],
                }
            )
        told.sort(key=lambda row: (-row["errors"], -row["warnings"], row["file"]))
        return told[:MOST_FILES]


def _verdict(counts: Counter[str], problems: Counter[str]) -> str:
    taken = counts["images"] - counts["refused_images"]
    if not taken:
        return "refused" if problems["error"] or counts["images"] else "unused"
    is_partly = problems["error"] or counts["refused_images"] or counts["skipped"]
    return "partly" if is_partly else "taken"
