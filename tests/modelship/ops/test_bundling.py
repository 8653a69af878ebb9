"""One script out of many modules does what the modules do; needs Node, like the other tests of scripts."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from modelship.ops.bundling import bundle
from modelship.ops.static import ModuleManifestStorage

MODULES = {
    "app/main.js": (
        'import { say } from "../lib/say.js";\nimport * as sums from "./sums.js";\n'
        'import { Total, start as from } from "./deep/total.js";\n'
        "const total = new Total(from);\ntotal.add(sums.twice(20));\n"
        'import("./late.js").then(({ more }) => say({ total: more(total), same: total instanceof Total }));\n'
    ),
    "app/sums.js": "/** Twice. */\nexport const twice = (one) => one * 2;\n",
    "app/deep/total.js": (
        'import { twice } from "../sums.js";\nexport const start = twice(1);\n'
        "export class Total {\n  constructor(sum) { this.sum = sum; }\n  add(one) { this.sum += one; }\n}\n"
    ),
    "app/late.js": (
        'import { Total } from "./deep/total.js";\n'
        "export const more = (total) => (total instanceof Total ? total.sum + 1 : -1);\n"
    ),
    "lib/say.js": "export const say = (words) => console.log(JSON.stringify(words));\n",
}


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed.")
@pytest.mark.parametrize("way", ["modules", "bundle"])
def test_a_bundle_runs_like_its_modules_and_later_ones_share_its_objects(tmp_path: Path, way: str):
    files = dict(MODULES)
    if way == "bundle":
        made = bundle("app/main.js", MODULES.__getitem__)
        files |= {"app/main.js": made.code, **made.stubs}
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        ["node", str(tmp_path / "app/main.js")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"total": 43, "same": True}


def test_the_bundle_holds_its_folder_and_imports_the_rest():
    made = bundle("app/main.js", MODULES.__getitem__)

    assert made.outside == ["lib/say.js"]
    assert set(made.stubs) == {"app/sums.js", "app/deep/total.js"}


@pytest.mark.parametrize(
    "line",
    ["export default 1;", 'export { a } from "./sums.js";', 'import "./sums.js";', "export let a = 1;"],
)
def test_a_form_that_is_not_known_is_refused(line: str):
    with pytest.raises(ValueError, match="can't be bundled"):
        bundle("app/main.js", {**MODULES, "app/main.js": line + "\n"}.__getitem__)


def test_collecting_makes_the_bundle_again_over_an_earlier_one(tmp_path: Path):
    source = ModuleManifestStorage(location=tmp_path / "from", base_url="/static/")
    target = ModuleManifestStorage(location=tmp_path / "to", base_url="/static/")
    for text in ("run(1);\n", "run(2);\n"):
        (tmp_path / "from/editor").mkdir(parents=True, exist_ok=True)
        (tmp_path / "from/editor/main.js").write_text(text)
        list(target.post_process({"editor/main.js": (source, "editor/main.js")}))

    assert "run(2)" in (tmp_path / "to/editor/main.js").read_text()
