import numpy as np
import pytest
from rich.segment import Segment

from dlcli.views.pictures.tone import Tone, finite_range


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[3, 90]], np.uint8), Tone(0, 255)),
        (np.array([[True, False]]), Tone(0, 1)),
        (np.array([[0.0, 0.9]]), Tone(0, 1)),
        (np.array([[0.0, 0.25]]), Tone(0, 0.25)),
        (np.array([[30.0, 90.0]]), Tone(30, 90)),
        (np.array([[[30.0, 90.0, 424.0]]]), Tone(0, 424)),
        (np.array([[-2, 1]]), Tone(-2, 2, signed=True)),
        (np.array([[np.nan, 4.0, 2.0]]), Tone(2, 4)),
        (np.array([[np.nan, np.inf]]), Tone(0, 0)),
        (np.array([[0.0, 0.0]]), Tone(0, 0)),
    ],
)
def test_the_tone_suits_what_the_numbers_are(values, expected):
    tone = Tone.of(values, values.astype(float))
    assert (tone.low, tone.high, tone.signed) == pytest.approx(
        (expected.low, expected.high, expected.signed), rel=0.02
    )


def test_a_few_extremes_do_not_wash_out_a_signed_map():
    values = np.concatenate([np.linspace(-1, 1, 1000), [500.0]])[None]
    tone = Tone.of(values, values)
    assert 0.9 < tone.high < 1.1
    assert tone.beyond == 500


def test_a_map_that_averages_to_nothing_keeps_its_own_range():
    assert Tone.of(np.array([[-3.0, 3.0]]), np.zeros((1, 1))) == Tone(-3, 3, signed=True)


def test_shares_and_characters():
    signed = Tone(-2, 2, signed=True)
    assert signed.share(np.array([-9, -2, 0, 1, 9])).tolist() == [-1, -1, 0, 0.5, 1]
    assert "".join(signed.characters(np.array([-2, -1.3, -0.7, 0, 0.7, 1.3, 2]))) == "=-, '+#"
    assert "".join(Tone(0, 9).characters(np.arange(10))) == " .:-=+*#%@"
    assert Tone(0, 0).share(np.array([0.0])).tolist() == [0]


def test_colours_of_light_stay_what_they_are():
    assert Tone(0, 255).rgb(np.array([[[255.0, 128.0, 0.0]]])).tolist() == [[[255, 128, 0]]]
    assert Tone(0, 10).rgb(np.array([[[5.0]]])).tolist() == [[[128, 128, 128]]]
    assert Tone(-1, 1, signed=True).rgb(np.array([[[0.0]]])).tolist() == [[[247, 247, 247]]]


@pytest.mark.parametrize(
    ("tone", "expected"),
    [
        (Tone(0, 255), "0 | .:-=+*#%@| 255"),
        (Tone(-2.5, 2.5, signed=True), "−2.5 |=-, '+#| +2.5"),
        (Tone(-2.5, 2.5, signed=True, beyond=9.0), "−9 −2.5 |=-, '+#| +2.5 +9"),
    ],
)
def test_the_legend_names_the_ends(tone, expected):
    assert "".join(segment.text for segment in tone.legend(False, 4)) == expected
    coloured = tone.legend(True, 4)
    assert Segment.get_line_length(coloured) < 60
    least = -tone.beyond if tone.beyond else tone.low
    assert coloured[1].style.bgcolor.get_truecolor() == tuple(tone.rgb(np.array([[[least]]]))[0, 0].tolist())


def test_a_spike_has_a_colour_of_its_own_on_any_ground():
    for ground, spike in ((-50.0, -100.0), (-50.0, 120.0), (1.0, 60.0)):
        values = np.full((900, 1200), ground)
        values[:2, 0] = -1.0  # signed
        values[450, 77] = spike
        tone = Tone.of(values, values[:300:3, ::3])
        letters = set(tone.characters(np.array([ground, spike])).tolist())
        colours = {tuple(one) for one in tone.rgb(np.array([[[ground], [spike]]]))[0].tolist()}
        assert (len(letters), len(colours)) == (2, 2)


def test_numbers_a_little_beyond_the_others_share_the_colours_evenly():
    values = np.concatenate([np.linspace(-1, 1, 1000), [1.2]])[None]
    assert Tone.of(values, values) == Tone(-1.2, 1.2, signed=True)


def test_finite_range_passes_over_what_is_no_number():
    assert finite_range(np.array([np.nan, -1.0, np.inf, 5.0])) == (-1, 5)
    assert finite_range(np.array([])) == (0, 0)
    assert finite_range(np.array([3, 1], np.uint8)) == (1, 3)
