"""Makes a lesson of its parts: settings into stages, text into spans, expressions into numbers."""

from __future__ import annotations

from dataclasses import replace

from bpgui.lessons import predictions, stages
from bpgui.lessons.expressions import written
from bpgui.lessons.inline import Reader
from bpgui.lessons.lesson import (
    Block,
    Bullets,
    Compare,
    Lesson,
    Line,
    Option,
    Paragraph,
    Predict,
    Problem,
    Stage,
    Step,
    plain,
)
from bpgui.lessons.moment import Budget
from bpgui.lessons.scene import Scene
from bpgui.lessons.settings import KEYS, SettingError, Settings, is_setting
from bpgui.lessons.source import Field, LineError, RawBlock, RawStep, Source, field_in
from bpgui.project.state import Project

FRONT_KEYS = ("title", "summary", "names")
MOST_PROBLEMS = 100


class Builder:
    """Builds one lesson; ``problems`` gathers what is wrong, at most a hundred."""

    def __init__(self, source: Source) -> None:
        self.problems: list[Problem] = []
        self._source, self._budget = source, Budget()
        self._base = Settings({})
        for line, message in source.problems:
            self._problem(line, message)

    def lesson(self) -> Lesson | None:
        """Return the lesson, None where its beginning cannot be."""
        front = {field.key: field for field in self._source.fields if field.key in FRONT_KEYS}
        self._base = self._settings(self._source.fields, FRONT_KEYS, "a lesson")
        for key in ("title", "summary"):
            if key not in front or not front[key].value:
                self._problem(1, f"{key} is missing, as in {key}: What this lesson is about")
        article = "names" in front and front["names"].value == "article"
        if "names" in front and front["names"].value not in ("article", "plain"):
            self._problem(front["names"].line, f"names is article or plain, got {front['names'].value!r}")
        project = self._project(self._base, 1)
        if project is None:
            return None
        if article and any(layer.units > 9 for layer in project.network.layers):
            self._problem(front["names"].line, "the article's names are for layers of at most 9 neurons")
        steps = tuple(self._step(raw) for raw in self._source.steps)
        if self.problems:
            return None
        title, summary = (front[key].value for key in ("title", "summary"))
        return Lesson(title, summary, article, project, tuple(step for step in steps if step is not None))

    # Settings and stages

    def _settings(self, fields: list[Field], others: tuple[str, ...], of: str) -> Settings:
        """Return the settings among fields; tells of unknown keys and of those that stand twice."""
        seen: set[str] = set()
        for field in fields:
            if not is_setting(field.key) and field.key not in others:
                self._problem(field.line, f"{of} has no key {field.key!r}; known: {', '.join((*others, *KEYS))}")
            elif field.key in seen and field.key != "set":
                self._problem(field.line, f"{field.key} stands twice")
            seen.add(field.key)
        return Settings.of(field for field in fields if is_setting(field.key))

    def _project(self, settings: Settings, line: int, supposed: Settings | None = None) -> Project | None:
        """Return the project of some settings; what cannot be is told in the line of its key, or in ``line``.

        What is ``supposed`` replaces settings, but its lines ``set`` come last, when what is to be trained is trained.
        """
        whole = settings if supposed is None else replace(supposed, sets=()).over(settings)
        try:
            project = whole.project(self._budget)
            return project if supposed is None else supposed.set_in(project, whole.sample, self._budget)
        except SettingError as wrong:
            self._problem(whole.fields[wrong.key].line if wrong.key in whole.fields else line, str(wrong))
        except LineError as wrong:
            self._problem(wrong.line, str(wrong))
        except ValueError as wrong:
            self._problem(line, str(wrong))
        return None

    def _stage(self, block: RawBlock | None, line: int) -> tuple[Stage, Scene, Settings] | None:
        """Return a stage, what its numbers are asked of, and its settings."""
        fields = []
        for number, text in block.lines if block else ():
            found = field_in(text, number)
            if found is not None:
                fields.append(found)
            elif text.strip():
                self._problem(number, f"{text.strip()[:40]!r} is no key: value, as in select: 1.0 -> 2.0")
        settings = self._settings(fields, stages.KEYS, "a stage").over(self._base)
        project = self._project(settings, block.line if block else line)
        if project is None:
            return None
        try:
            stage = stages.staged(Stage(project, settings.sample), fields)
        except LineError as wrong:
            self._problem(wrong.line, str(wrong))
            return None
        return stage, Scene(project, settings.sample, self._budget, stage.updates), settings

    # Steps and blocks

    def _step(self, raw: RawStep) -> Step | None:
        for kind in ("stage", "predict"):
            for block in [block for block in raw.blocks if block.kind == kind][1:]:
                self._problem(block.line, f"a step has one block {kind}; this is another")
        stages = [block for block in raw.blocks if block.kind == "stage"]
        shown = [block for block in raw.blocks if block.kind != "stage"]
        if not shown:
            self._problem(raw.line, f"the step {raw.title[:40]!r} says nothing")
        found = self._stage(stages[0] if stages else None, raw.line)
        if found is None:
            return None
        stage, scene, settings = found
        blocks = [self._block(block, scene, settings) for block in shown]
        return Step(raw.title, tuple(block for block in blocks if block is not None), stage)

    def _block(self, block: RawBlock, scene: Scene, settings: Settings) -> Block | None:
        read = self._reader(scene).read
        if block.kind == "text":
            return Paragraph(read("\n".join(text for _, text in block.lines), block.line))
        if block.kind in ("bullets", "numbers"):
            return Bullets(tuple(read(text, line) for line, text in block.lines), block.kind == "numbers")
        return self._compare(block, scene) if block.kind == "compare" else self._predict(block, scene, settings)

    def _compare(self, block: RawBlock, scene: Scene) -> Compare:
        rows: list[tuple[Line, Line]] = []
        for number, text in block.lines:
            label, colon, told = text.strip().partition(": ")
            if colon and told:
                rows.append((self._reader(scene).read(label, number), self._reader(scene).read(told, number)))
            elif text.strip():
                self._problem(number, "a line to compare is what it is, a colon and the number, as exact: {E}")
        if not rows and not any(text.strip() for _, text in block.lines):
            self._problem(block.line, "there is nothing to compare")
        return Compare(tuple(rows))

    def _predict(self, block: RawBlock, scene: Scene, settings: Settings) -> Predict | None:
        before = len(self.problems)
        parts = predictions.take_apart(block, self._problem)
        if len(self.problems) > before:
            return None
        changed = None
        if parts.settings:
            supposed = self._settings(parts.settings, (), "a prediction")
            project = self._project(settings, block.line, supposed)
            if project is None:
                return None
            sample = supposed.over(settings).sample
            changed = Stage(project, sample)
            other = Scene(project, sample, self._budget, scene.updates)
            scene = Scene(scene.start.project, scene.start.sample, self._budget, scene.updates, other)
        read = self._reader(scene).read
        labels = predictions.labels_of(parts, scene, self._problem)
        options = tuple(Option(read(text, line), right) for line, text, right in labels)
        told = [option.line for option in options]
        if len({plain(line) for line in told}) < len(told):
            self._problem(block.line, "two answers say the same")
        question, because = ("\n".join(text for _, text in lines) for lines in (parts.question, parts.because))
        return Predict(read(question, parts.question[0][0]), options, read(because, parts.because[0][0]), changed)

    def _reader(self, scene: Scene) -> Reader:
        return Reader(lambda text: written(text, scene), self._problem)

    def _problem(self, line: int, message: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, message))
