"""Spectra: frames, windows, the short-time Fourier transform and the way back."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.spectral.conventions import CONVENTIONS as CONVENTIONS
    from dlcli.engines.spectral.conventions import Convention as Convention
    from dlcli.engines.spectral.decibels import amplitude_to_decibels as amplitude_to_decibels
    from dlcli.engines.spectral.decibels import decibels_to_power as decibels_to_power
    from dlcli.engines.spectral.decibels import power_to_decibels as power_to_decibels
    from dlcli.engines.spectral.frames import Frames as Frames
    from dlcli.engines.spectral.frames import Framing as Framing
    from dlcli.engines.spectral.frames import frames as frames
    from dlcli.engines.spectral.frames import framing as framing
    from dlcli.engines.spectral.griffin_lim import Reconstruction as Reconstruction
    from dlcli.engines.spectral.griffin_lim import griffin_lim as griffin_lim
    from dlcli.engines.spectral.istft import istft as istft
    from dlcli.engines.spectral.istft import istft_plain as istft_plain
    from dlcli.engines.spectral.istft_stream import IstftStream as IstftStream
    from dlcli.engines.spectral.mask import below_peak as below_peak
    from dlcli.engines.spectral.mask import level_mask as level_mask
    from dlcli.engines.spectral.mask import masked as masked
    from dlcli.engines.spectral.mask import quantile as quantile
    from dlcli.engines.spectral.mel import hertz_to_mel as hertz_to_mel
    from dlcli.engines.spectral.mel import mel_centres as mel_centres
    from dlcli.engines.spectral.mel import mel_filterbank as mel_filterbank
    from dlcli.engines.spectral.mel import mel_to_hertz as mel_to_hertz
    from dlcli.engines.spectral.overlap import Overlap as Overlap
    from dlcli.engines.spectral.overlap import cola as cola
    from dlcli.engines.spectral.overlap import nola as nola
    from dlcli.engines.spectral.overlap import overlap_sums as overlap_sums
    from dlcli.engines.spectral.peaks import peaks as peaks
    from dlcli.engines.spectral.pitch import midi_number as midi_number
    from dlcli.engines.spectral.pitch import note_name as note_name
    from dlcli.engines.spectral.stft import stft as stft
    from dlcli.engines.spectral.stft import stft_plain as stft_plain
    from dlcli.engines.spectral.stft_plan import Plan as Plan
    from dlcli.engines.spectral.stft_plan import StftOptions as StftOptions
    from dlcli.engines.spectral.stft_stream import StftStream as StftStream
    from dlcli.engines.spectral.windows import WINDOWS as WINDOWS
    from dlcli.engines.spectral.windows import Window as Window
    from dlcli.engines.spectral.windows import window as window

open_door(__name__)
