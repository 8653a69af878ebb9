from modelship.jobs.states import MOVES, QUEUED, STATES, Move, faults


def test_the_graph_of_jobs_has_no_faults():
    assert faults(STATES, MOVES, QUEUED) == []


def test_a_move_to_an_unknown_state_is_a_fault():
    found = faults(STATES, MOVES | {"lose": Move(("running",), "lost")}, QUEUED)

    assert found == ["lost is not a state."]


def test_a_state_that_nothing_leads_to_is_a_fault():
    found = faults((*STATES, "paused"), MOVES, QUEUED)

    assert found == ["Nothing leads to paused."]


def test_a_live_state_without_a_way_out_is_a_fault():
    stuck = {"claim": MOVES["claim"]}

    found = faults(("queued", "running"), stuck, QUEUED)

    assert found == ["Nothing leads out of running."]


def test_finished_states_are_left_only_by_retry():
    leaving = {
        name for name, move in MOVES.items() if set(move.sources) & {"failed", "cancelled", "succeeded"}
    }

    assert leaving == {"retry"}
    assert "succeeded" not in MOVES["retry"].sources
