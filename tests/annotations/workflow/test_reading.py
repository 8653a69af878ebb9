import pytest

from annotations.workflow import PRESETS, BadWorkflow, Hold, Workflow, preset_of, read_moves, read_workflow

SUBMIT = {"action": "submit", "from": ["open"], "to": "submitted"}
APPROVE = {"action": "approve", "from": ["submitted"], "to": "approved"}
REOPEN = {"action": "reopen", "from": ["approved"], "to": "open"}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_sound_and_come_back_from_what_they_write(name: str):
    preset = PRESETS[name]

    assert read_workflow({"preset": name}) == preset
    assert read_workflow(preset.wire()) == preset
    assert preset_of(read_workflow({"preset": name, "hold": {"mode": "hard"}})) == name


def test_a_way_of_its_own_names_only_its_states():
    own = read_workflow({"steps": [SUBMIT, APPROVE, REOPEN], "approvals": 3})

    assert isinstance(own, Workflow)
    assert own.states == ("open", "submitted", "approved")
    assert own.steps["approve"].role == "reviewer"
    assert preset_of(own) is None
    assert own.offered("annotator") == {"submit": ["open"]}


def test_how_pictures_are_held_stays_where_nobody_says_anything():
    assert read_workflow({}, Hold("hard", 3)).hold == Hold("hard", 3)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"preset": "lenient"}, "'preset' must be one of"),
        ({"speed": 1}, "'speed' is not known"),
        ({"steps": []}, "1 to 4 steps"),
        ({"steps": "all"}, "1 to 4 steps"),
        ({"steps": [SUBMIT, SUBMIT, APPROVE]}, "twice"),
        ({"steps": [SUBMIT, APPROVE]}, "must lead out of it"),
        ({"steps": [SUBMIT, REOPEN]}, "Without the step approve"),
        ({"steps": [APPROVE, REOPEN]}, "No step leads to submitted"),
        (
            {"steps": [{**APPROVE, "from": ["open"]}, REOPEN, SUBMIT]},
            "From submitted no way leads to approved",
        ),
        ({"steps": [{**SUBMIT, "to": "approved"}, APPROVE, REOPEN]}, "and no other, leads to approved"),
        ({"steps": [SUBMIT, {**APPROVE, "role": "annotator"}, REOPEN]}, "'annotator' is too low"),
        ({"steps": [{**SUBMIT, "role": "viewer"}, APPROVE, REOPEN]}, "'viewer' is too low"),
        ({"steps": [SUBMIT, {**APPROVE, "from": ["submitted", "submitted"]}, REOPEN]}, "twice"),
        ({"steps": [SUBMIT, {**APPROVE, "from": []}, REOPEN]}, "must list some"),
        ({"steps": [SUBMIT, {**APPROVE, "from": ["approved"]}, REOPEN]}, "to itself"),
        ({"steps": [SUBMIT, {**APPROVE, "comment": "maybe"}, REOPEN]}, "'comment' must be one of"),
        ({"states": ["open"]}, "The steps use the states"),
        ({"approvals": 0}, "from 1 to 5"),
        ({"approvals": True}, "from 1 to 5"),
        ({"own_work": "no"}, "true or false"),
        ({"hold": {"mode": "iron"}}, "'mode' must be one of"),
        ({"hold": {"minutes": 0}}, "from 1 to 480"),
    ],
)
def test_what_is_not_sound_is_refused_in_words(given: dict, says: str):
    with pytest.raises(BadWorkflow, match=says):
        read_workflow(given)


def test_pictures_move_only_out_of_what_goes_and_never_to_approved():
    simple = PRESETS["simple"]

    assert read_moves({"submitted": "open"}, {"submitted"}, simple) == {"submitted": "open"}
    for moves in ({"submitted": "approved"}, {"open": "open"}, {"submitted": "changes_requested"}, []):
        with pytest.raises(BadWorkflow):
            read_moves(moves, {"submitted"}, simple)
