"""The pages with recipes, whose code is that of files which tests run."""
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
RECIPES = PROJECT / "docs" / "recipes"


def shown_on(page, folder):
    """Each block of code of docs/recipes/PAGE that follows a paragraph with a link to a file in FOLDER of
    tests/integration/runners: by the first such link, the code."""
    link = rf"\]\(\.\./\.\./tests/integration/runners/{folder}/([\w/.-]+)\)"
    paragraph = None
    for text in re.split(r"\n\n(?=```)|(?<=\n```)\n\n", (RECIPES / page).read_text()):
        if text.startswith("```"):
            if paragraph:
                yield paragraph[0], text.split("\n", 1)[1].removesuffix("```")
        else:
            paragraph = re.findall(link, text.rsplit("\n\n", 1)[-1])
