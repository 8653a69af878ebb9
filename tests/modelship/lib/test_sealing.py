import pytest

from modelship.lib.sealing import Unreadable, seal, unseal

KEY, NEXT = "k" * 40, "n" * 40


def test_what_is_sealed_opens_with_its_key_and_purpose_alone():
    sealed = seal("sesame", [KEY], "doors")

    assert "sesame" not in sealed
    assert unseal(sealed, [KEY], "doors") == "sesame"
    for keys, purpose in (([NEXT], "doors"), ([KEY], "windows")):
        with pytest.raises(Unreadable):
            unseal(sealed, keys, purpose)


def test_a_new_key_opens_what_the_old_one_sealed_and_seals_anew():
    old = seal("sesame", [KEY], "doors")

    assert unseal(old, [NEXT, KEY], "doors") == "sesame"
    assert unseal(seal("sesame", [NEXT, KEY], "doors"), [NEXT], "doors") == "sesame"


def test_what_was_tampered_with_does_not_open():
    sealed = seal("sesame", [KEY], "doors")

    other = "A" if sealed[20] != "A" else "B"
    for damaged in (sealed[:-4], sealed[:20] + other + sealed[21:], "ü", ""):
        with pytest.raises(Unreadable):
            unseal(damaged, [KEY], "doors")
