"""The keys that a person has chosen for the editor's actions: what may be kept, and nothing of what it means.

Which actions there are, and which keys a browser keeps for itself, the editor knows; an id that it does not
know (of a newer page in another tab, say) is kept and does no harm.
"""

import re
from typing import Any

from modelship.lib.errors import BadRequest

MOST_ACTIONS = 200
MOST_KEYS = 4
ACTION = re.compile(r"[a-z][A-Za-z0-9-]*(\.[A-Za-z0-9-]+){0,3}")
NAMED = (
    r"Enter|Tab|Space|Escape|Delete|Backspace|Insert|Home|End|PageUp|PageDown|ContextMenu"
    r"|Arrow(Left|Right|Up|Down)|F([1-9]|1[0-9]|2[0-4])"
)
COMBO = re.compile(rf"(Ctrl\+)?(Alt\+)?(Shift\+)?([A-Z0-9]|[!-/:-@\[-`{{-~]|{NAMED})")
PLAIN: dict[str, Any] = {"keys": {}, "single_keys": True}


def keymap_of(data: dict[str, Any]) -> dict[str, Any]:
    """The keymap in a request: `keys` of each changed action, and whether keys without Ctrl or Alt do anything.

    Raises BadRequest for more than 200 actions or 4 keys of one, and for what is no id or no key.
    """
    keys, single = data.get("keys"), data.get("single_keys", True)
    if not isinstance(single, bool):
        raise BadRequest("'single_keys' must be true or false.", field="single_keys")
    if not isinstance(keys, dict) or len(keys) > MOST_ACTIONS:
        raise BadRequest(f"'keys' must be an object of at most {MOST_ACTIONS} actions.", field="keys")
    return {
        "keys": {_action(name): _combos(name, combos) for name, combos in keys.items()},
        "single_keys": single,
    }


def _action(name: str) -> str:
    if len(name) > 60 or not ACTION.fullmatch(name):
        raise BadRequest(f"'{name[:60]}' is not the id of an action, such as box.delete.", field="keys")
    return name


def _combos(name: str, combos: Any) -> list[str]:
    """The keys of one action, each once and in the order given; none of them leaves it without a key."""
    if not isinstance(combos, list) or len(combos) > MOST_KEYS:
        raise BadRequest(f"'{name}' must have a list of at most {MOST_KEYS} keys.", field="keys")
    for combo in combos:
        if not isinstance(combo, str) or len(combo) > 30 or not COMBO.fullmatch(combo):
            raise BadRequest(f"'{name}' has a key that is none. Write it like Ctrl+Shift+J.", field="keys")
    return list(dict.fromkeys(combos))
