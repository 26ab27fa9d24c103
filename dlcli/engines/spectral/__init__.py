"""Spectra: frames, windows, the short-time Fourier transform and the way back."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.spectral.consistency import distance, frame_count, reach
    from dlcli.engines.spectral.conventions import CONVENTIONS, Convention
    from dlcli.engines.spectral.decibels import (
        amplitude_to_decibels,
        decibels_to_power,
        energy_share,
        power,
        power_to_decibels,
        relative_power,
    )
    from dlcli.engines.spectral.denoise import (
        Noise,
        gate,
        learnt,
        ratio_gain,
        smoothed,
        subtraction_gain,
        triangle,
        wiener_gain,
    )
    from dlcli.engines.spectral.frames import Frames, Framing, frames, framing
    from dlcli.engines.spectral.griffin_lim import Reconstruction, griffin_lim
    from dlcli.engines.spectral.istft import istft, istft_plain
    from dlcli.engines.spectral.istft_stream import IstftStream
    from dlcli.engines.spectral.log_mel import log_mel, mel_decibels, mel_power
    from dlcli.engines.spectral.mask import below_peak, level_mask, masked, quantile
    from dlcli.engines.spectral.mel import hertz_to_mel, mel_centres, mel_filterbank, mel_to_hertz
    from dlcli.engines.spectral.mfcc import dct_basis, mfcc
    from dlcli.engines.spectral.overlap import Overlap, cola, nola, overlap_sums
    from dlcli.engines.spectral.peaks import Leakage, lowest_tone, midi_number, note_name, peaks, strongest
    from dlcli.engines.spectral.stft import stft, stft_plain
    from dlcli.engines.spectral.stft_plan import Plan, StftOptions
    from dlcli.engines.spectral.stft_stream import StftStream
    from dlcli.engines.spectral.terms import FrequencyTerms, SampleTerms, frequency_terms, sample_terms
    from dlcli.engines.spectral.windows import WINDOWS, Window, window

open_door(__name__)
